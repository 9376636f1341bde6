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
import { EACH_LANE, f32, wgsl, workgroupsOf } from './wgsl.ts';

export interface CategoricalOutputShape extends LossOptions {
  /** Stored batch, a multiple of 4. */
  batch: number;
  /** Logits of a sample, one a class: C. */
  outputs: number;
}

function classes({ batch, outputs }: CategoricalOutputShape, draw: Draw): Float32Array {
  return Float32Array.from(draw.integers(batch, outputs));
}

/** Predictions as late in training: correct, with losses whose own digits count. */
function sureInputs(shape: CategoricalOutputShape, draw: Draw): Record<string, Numbers> {
  const y = classes(shape, draw);
  const logits = draw.normal(shape.batch * shape.outputs);
  y.forEach((label, b) => {
    logits[b * shape.outputs + label] += 14;
  });
  return { y, logits };
}

function inUpdate({ batch }: CategoricalOutputShape): Record<string, Numbers> {
  return { step: packStep({ first: 0, count: batch - 1, slot: 0, stepSize: 1e-3 }) };
}

/** A probability less its target. */
function difference(labelSmoothing = 0): string {
  const unsmoothed = 'select(p, -unlabelled / sum, c == label)';
  if (labelSmoothing === 0) return unsmoothed;
  return `(${unsmoothed} + ${f32(labelSmoothing)} * (select(0.0, 1.0, c == label) - 1.0 / f32(OUTPUTS)))`;
}

/** The loss: smoothing takes its share of the label's logit, and gives it to the mean of all. */
function smoothedLoss(labelSmoothing = 0): string {
  if (labelSmoothing === 0) return '  losses[b] = weight * (log1p(others) + (top - logits[first + label]));';
  return /* wgsl */ `  var target_logit = ${f32(1 - labelSmoothing)} * logits[first + label];
  for (var c = 0u; c < OUTPUTS; c++) {
    target_logit += ${f32(labelSmoothing)} / f32(OUTPUTS) * logits[first + c];
  }
  losses[b] = weight * (log1p(others) + (top - target_logit));`;
}

/**
 * Softmax and categorical cross-entropy from the logits z (batch, C), with the label y in 0 … C − 1: probabilities
 * (batch, C), loss ln Σ e^z − z_y, correct 1 if the first largest logit is the label's, and the logits' gradient of the
 * mean loss, (p − [c = y]) / count, (batch, C). Past `step.count` loss, correct and gradient are zero. In an update a
 * sample's loss and gradient are multiplied by the weight of its class. With label smoothing s, loss and gradient take
 * [c = y] (1 − s) + s / C for [c = y]. One lane computes one sample.
 */
export const categoricalOutput = defineKernel({
  name: 'categorical_output',
  bindings: {
    logits: 'read',
    y: 'read',
    step: 'uniform',
    probabilities: 'write',
    losses: 'write',
    correct: 'write',
    logitGradient: 'write',
  },
  code: ({ batch, outputs, classWeights, labelSmoothing }: CategoricalOutputShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> logits: array<f32, ${batch * outputs}>;
@group(0) @binding(1) var<storage, read> y: array<f32, ${batch}>;
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> probabilities: array<f32, ${batch * outputs}>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32, ${batch}>;
@group(0) @binding(5) var<storage, read_write> correct: array<f32, ${batch}>;
@group(0) @binding(6) var<storage, read_write> logit_gradient: array<f32, ${batch * outputs}>;

const OUTPUTS = ${outputs}u;

${classWeightFunction(classWeights)}
${log1p}
${EACH_LANE} {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  let first = b * OUTPUTS;
  let label = u32(y[b]);
  var largest = 0u;
  for (var c = 1u; c < OUTPUTS; c++) {
    if (logits[first + c] > logits[first + largest]) { largest = c; }
  }
  let top = logits[first + largest];
  // Apart from the label's and the largest logit's own terms, so that 1 − p keeps its digits where p is near 1.
  var others = 0.0;
  var unlabelled = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    let e = exp(logits[first + c] - top);
    others += select(e, 0.0, c == largest);
    unlabelled += select(e, 0.0, c == label);
  }
  let sum = 1.0 + others;
  let counted = select(0.0, 1.0, b < step.count);
  let weight = counted * class_weight(label);
  let scale = weight / f32(step.count);
  for (var c = 0u; c < OUTPUTS; c++) {
    let p = exp(logits[first + c] - top) / sum;
    probabilities[first + c] = p;
    logit_gradient[first + c] = scale * ${difference(labelSmoothing)};
  }
${smoothedLoss(labelSmoothing)}
  correct[b] = counted * select(0.0, 1.0, largest == label);
}
`,
  workgroups: ({ batch }) => [workgroupsOf(batch), 1, 1],
  sizes: ({ batch, outputs }) => ({
    logits: batch * outputs,
    y: batch,
    step: 4,
    probabilities: batch * outputs,
    losses: batch,
    correct: batch,
    logitGradient: batch * outputs,
  }),
  reference({ logits, y, step }, { batch, outputs, classWeights, labelSmoothing = 0 }) {
    const { count, stepSize } = unpackStep(step);
    const probabilities = new Float64Array(batch * outputs);
    const losses = new Float64Array(batch);
    const correct = new Float64Array(batch);
    const logitGradient = new Float64Array(batch * outputs);
    for (let b = 0; b < batch; b++) {
      const row = Array.from(logits.subarray(b * outputs, (b + 1) * outputs));
      const label = y[b];
      const largest = row.indexOf(Math.max(...row));
      const exponentials = row.map((z) => Math.exp(z - row[largest]));
      const others = exponentials.reduce((sum, e, c) => (c === largest ? sum : sum + e), 0);
      exponentials.forEach((e, c) => {
        probabilities[b * outputs + c] = e / (1 + others);
      });
      if (b >= count) continue;
      const weight = weightOf(label, stepSize, classWeights);
      const mean = row.reduce((sum, z) => sum + z, 0) / outputs;
      const target = row[label] - labelSmoothing * (row[label] - mean);
      losses[b] = weight * (Math.log1p(others) + row[largest] - target);
      correct[b] = largest === label ? 1 : 0;
      const unlabelled = exponentials.reduce((sum, e, c) => (c === label ? sum : sum + e), 0);
      exponentials.forEach((e, c) => {
        const unsmoothed = (c === label ? -unlabelled : e) / (1 + others);
        const moved = labelSmoothing * ((c === label ? 1 : 0) - 1 / outputs);
        logitGradient[b * outputs + c] = (weight * (unsmoothed + moved)) / count;
      });
    }
    return { probabilities, losses, correct, logitGradient };
  },
  // Two exponentials and about ten operations a logit, one logarithm a sample.
  cost: ({ batch, outputs }) => ({ flops: batch * (12 * outputs + 4), bytes: 4 * batch * (3 * outputs + 3) }),
  lane: ({ outputs, labelSmoothing }) => ({
    loads: (labelSmoothing ? 4 : 3) * outputs + 1,
    activations: 2 * outputs + 1,
  }),
  inputs: (shape: CategoricalOutputShape, draw: Draw) => ({
    logits: draw.normal(shape.batch * shape.outputs).map((value) => 4 * value),
    y: classes(shape, draw),
    step: packStep({ first: 0, count: Math.max(1, shape.batch - 3), slot: 0, stepSize: 0 }),
  }),
  cases: [
    { name: 'one sample', shape: { batch: 4, outputs: 2 } },
    { name: 'odd', shape: { batch: 20, outputs: 3 } },
    { name: 'beyond a workgroup', shape: { batch: 388, outputs: 5 } },
    { name: 'many classes', shape: { batch: 36, outputs: 70 } },
    { name: 'right and sure', shape: { batch: 256, outputs: 4 }, inputs: sureInputs },
    { name: 'weighted in an update', shape: { batch: 20, outputs: 3, classWeights: [0.5, 3, 1] }, inputs: inUpdate },
    { name: 'not weighted in a validation', shape: { batch: 20, outputs: 3, classWeights: [0.5, 3, 1] } },
    { name: 'smoothed labels', shape: { batch: 20, outputs: 5, labelSmoothing: 0.1 } },
  ],
  tolerance: 2e-6,
});
