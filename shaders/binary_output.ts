import { type Draw, defineKernel, type Numbers } from '../src/gpu/kernel.ts';
import {
  classWeightFunction,
  type LossOptions,
  log1p,
  packStep,
  stepStruct,
  unpackStep,
  weightOf,
} from './snippets.ts';
import { ceilDiv, EACH_LANE, f32, LANES, wgsl, workgroupsOf } from './wgsl.ts';

export interface BinaryOutputShape extends LossOptions {
  /** Stored batch, a multiple of 4. */
  batch: number;
}

/** Predictions as late in training: correct, with losses of 1e-3 to 1e-7 whose own digits count. */
function sureInputs({ batch }: BinaryOutputShape, draw: Draw): Record<string, Numbers> {
  const y = Float32Array.from(draw.integers(batch, 2));
  const logits = draw.normal(batch).map((value, b) => (2 * y[b] - 1) * (11 + Math.max(-4, Math.min(4, 2 * value))));
  return { y, logits };
}

function inUpdate({ batch }: BinaryOutputShape): Record<string, Numbers> {
  return { step: packStep({ first: 0, count: batch - 1, slot: 0, stepSize: 1e-3 }) };
}

/** Statements that store the probability, the loss and the correctness of sample b; and `gradient`. */
type LossStore = (probability: string, loss: string, correct: string) => string;

const STORES: LossStore = (probability, loss, correct) => `  probabilities[b] = ${probability};
  losses[b] = ${loss};
  correct[b] = ${correct};
  logit_gradient[b] = gradient;`;

/**
 * From one sample's logit: writes its probability, loss and correctness, and returns the logit's gradient. Every kernel
 * with the loss binds these names.
 */
export function binaryCrossEntropy({ classWeights, labelSmoothing }: LossOptions, store = STORES): string {
  const moved = labelSmoothing ? `${f32(labelSmoothing)} * (label - 0.5)` : '';
  const target = moved ? `(label - ${moved})` : 'label';
  const difference = moved ? `(p_minus_y + ${moved})` : 'p_minus_y';
  return /* wgsl */ `
${classWeightFunction(classWeights)}
${log1p}
fn predict(b: u32, z: f32) -> f32 {
  let label = y[b];
  let e = exp(-abs(z));
  let p = select(e, 1.0, z >= 0.0) / (1.0 + e);
  // σ'(z) side by side with 1 − p would cancel near p = 1; e / (1 + e) is 1 − p exactly where the label is 1.
  let p_minus_y = select(p, -select(1.0, e, z >= 0.0) / (1.0 + e), label == 1.0);
  let counted = select(0.0, 1.0, b < step.count);
  let weight = counted * class_weight(u32(label));
  let gradient = weight * ${difference} / f32(step.count);
${store('p', `weight * (max(z, 0.0) - z * ${target} + log1p(e))`, 'counted * select(0.0, 1.0, (p > 0.5) == (label == 1.0))')}
  return gradient;
}
`;
}

/**
 * Sigmoid and binary cross-entropy from the logit z, with the label y in {0, 1}: probability σ(z), loss max(z, 0) − z·y
 * + ln(1 + e^−|z|), correct 1 if (p > 0.5) equals y, and the logit's gradient of the mean loss, (p − y) / count. All
 * are (batch). Past `step.count` loss, correct and gradient are zero. In an update a sample's loss and gradient are
 * multiplied by the weight of its class. With label smoothing s, loss and gradient take y (1 − s) + s / 2 for y.
 */
export const binaryOutput = defineKernel({
  name: 'binary_output',
  bindings: {
    logits: 'read',
    y: 'read',
    step: 'uniform',
    probabilities: 'write',
    losses: 'write',
    correct: 'write',
    logitGradient: 'write',
  },
  code: ({ batch, ...loss }: BinaryOutputShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> logits: array<f32, ${batch}>;
@group(0) @binding(1) var<storage, read> y: array<f32, ${batch}>;
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> probabilities: array<f32, ${batch}>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32, ${batch}>;
@group(0) @binding(5) var<storage, read_write> correct: array<f32, ${batch}>;
@group(0) @binding(6) var<storage, read_write> logit_gradient: array<f32, ${batch}>;

${binaryCrossEntropy(loss)}
${EACH_LANE} {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  _ = predict(b, logits[b]);
}
`,
  workgroups: ({ batch }) => [workgroupsOf(batch), 1, 1],
  sizes: ({ batch }) => ({
    logits: batch,
    y: batch,
    step: 4,
    probabilities: batch,
    losses: batch,
    correct: batch,
    logitGradient: batch,
  }),
  reference({ logits, y, step }, { batch, classWeights, labelSmoothing = 0 }) {
    const { count, stepSize } = unpackStep(step);
    const probabilities = new Float64Array(batch);
    const losses = new Float64Array(batch);
    const correct = new Float64Array(batch);
    const logitGradient = new Float64Array(batch);
    for (let b = 0; b < batch; b++) {
      const z = logits[b];
      probabilities[b] = 1 / (1 + Math.exp(-z));
      if (b >= count) continue;
      const weight = weightOf(y[b], stepSize, classWeights);
      const target = y[b] * (1 - labelSmoothing) + labelSmoothing / 2;
      losses[b] = weight * (Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z))));
      correct[b] = probabilities[b] > 0.5 === (y[b] === 1) ? 1 : 0;
      logitGradient[b] = (weight * (probabilities[b] - target)) / count;
    }
    return { probabilities, losses, correct, logitGradient };
  },
  // Exponential, logarithm, and about ten operations around them.
  cost: ({ batch }) => ({ flops: 12 * batch, bytes: 24 * batch }),
  lane: () => ({ loads: 1, activations: 2 }),
  inputs: ({ batch }: BinaryOutputShape, draw: Draw) => ({
    logits: draw.normal(batch).map((value) => 8 * value),
    y: Float32Array.from(draw.integers(batch, 2)),
    step: packStep({
      first: 0,
      count: Math.max(1, batch - 3),
      slot: 0,
      stepSize: 0,
    }),
  }),
  cases: [
    { name: 'one sample', shape: { batch: 4 } },
    { name: 'odd', shape: { batch: 20 } },
    { name: 'beyond a workgroup', shape: { batch: 388 } },
    { name: 'experiment', shape: { batch: 256 } },
    { name: 'right and sure', shape: { batch: 256 }, inputs: sureInputs },
    { name: 'weighted in an update', shape: { batch: 20, classWeights: [0.5, 3] }, inputs: inUpdate },
    { name: 'not weighted in a validation', shape: { batch: 20, classWeights: [0.5, 3] } },
    { name: 'smoothed labels', shape: { batch: 20, labelSmoothing: 0.1 } },
  ],
  tolerance: 2e-6,
});

export interface MetricSumShape {
  batch: number;
  /** Steps that one epoch can record. */
  slots: number;
}

/**
 * losses and correct (batch) → metrics (slots, 2): row `step.slot` gets the batch's summed loss and its correct count.
 * One workgroup adds in a fixed order: strided sums, then a tree.
 */
export const metricSum = defineKernel({
  name: 'metric_sum',
  bindings: { losses: 'read', correct: 'read', step: 'uniform', metrics: 'write' },
  code: ({ batch, slots }: MetricSumShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> losses: array<f32, ${batch}>;
@group(0) @binding(1) var<storage, read> correct: array<f32, ${batch}>;
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> metrics: array<vec2f, ${slots}>;

var<workgroup> sums: array<vec2f, ${LANES}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f(0.0);
  for (var b = lane; b < ${batch}u; b += ${LANES}u) {
    sum += vec2f(losses[b], correct[b]);
  }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { metrics[step.slot] = sums[0]; }
}
`,
  workgroups: () => [1, 1, 1],
  sizes: ({ batch, slots }) => ({ losses: batch, correct: batch, step: 4, metrics: 2 * slots }),
  reference({ losses, correct, step }, { batch, slots }) {
    const metrics = new Float64Array(2 * slots).fill(Number.NaN);
    const { slot } = unpackStep(step);
    metrics[2 * slot] = 0;
    metrics[2 * slot + 1] = 0;
    for (let b = 0; b < batch; b++) {
      metrics[2 * slot] += losses[b];
      metrics[2 * slot + 1] += correct[b];
    }
    return { metrics };
  },
  cost: ({ batch }) => ({ flops: 2 * batch, bytes: 8 * batch + 8 }),
  lane: ({ batch }) => ({ loads: ceilDiv(batch, LANES), barriers: 1 + Math.log2(LANES) }),
  inputs: ({ batch, slots }: MetricSumShape, draw: Draw) => ({
    losses: draw.normal(batch).map(Math.abs),
    correct: Float32Array.from(draw.integers(batch, 2)),
    step: packStep({ first: 0, count: batch, slot: slots - 1, stepSize: 0 }),
  }),
  cases: [
    { name: 'one sample', shape: { batch: 4, slots: 1 } },
    { name: 'odd', shape: { batch: 20, slots: 3 } },
    { name: 'beyond a workgroup', shape: { batch: 388, slots: 7 } },
    { name: 'experiment', shape: { batch: 256, slots: 235 } },
  ],
  tolerance: 1e-6,
});
