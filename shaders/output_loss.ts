import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { type BinaryOutputShape, binaryCrossEntropy, binaryOutput } from './binary_output.ts';
import { logitFunction, type OutputShape, outputBackward, outputForward } from './output.ts';
import { packStep, stepStruct } from './snippets.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface OutputLossShape extends Omit<OutputShape, 'outputs'>, BinaryOutputShape {
  timeSteps: number;
}

/**
 * The output layer with a single logit, its loss, and the gradient of the last state in one kernel: `output_forward`,
 * `binary_output` and `output_backward`. hidden (T + 1, batch, U), parameters (U + 1), y (batch) → probabilities,
 * losses, correct, logitGradient (batch), stateGradient (2, batch, U).
 */
export const outputLoss = defineKernel({
  name: 'output_loss',
  bindings: {
    hidden: 'read',
    parameters: 'read',
    y: 'read',
    step: 'uniform',
    probabilities: 'write',
    losses: 'write',
    correct: 'write',
    logitGradient: 'write',
    stateGradient: 'write',
  },
  code: ({ batch, units, timeSteps, ...loss }: OutputLossShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${units + 1}>;
@group(0) @binding(2) var<storage, read> y: array<f32, ${batch}>;
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<storage, read_write> probabilities: array<f32, ${batch}>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32, ${batch}>;
@group(0) @binding(6) var<storage, read_write> correct: array<f32, ${batch}>;
@group(0) @binding(7) var<storage, read_write> logit_gradient: array<f32, ${batch}>;
@group(0) @binding(8) var<storage, read_write> state_gradient: array<f32, ${2 * batch * units}>;

const UNITS = ${units}u;
const OUTPUTS = 1u;
const HIDDEN_SKIP = ${timeSteps * batch * units}u;
${logitFunction}
${binaryCrossEntropy(loss)}
${EACH_LANE} {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  let gradient = predict(b, logit(b, 0u));
  for (var j = 0u; j < UNITS; j++) {
    state_gradient[b * UNITS + j] = gradient * parameters[j];
    state_gradient[(${batch}u + b) * UNITS + j] = 0.0;
  }
}
`,
  workgroups: ({ batch }) => [workgroupsOf(batch), 1, 1],
  sizes: ({ batch, units, timeSteps }) => ({
    hidden: (timeSteps + 1) * batch * units,
    parameters: units + 1,
    y: batch,
    step: 4,
    probabilities: batch,
    losses: batch,
    correct: batch,
    logitGradient: batch,
    stateGradient: 2 * batch * units,
  }),
  reference({ hidden, parameters, y, step }, lossShape) {
    const shape = { ...lossShape, outputs: 1 };
    const { logits } = outputForward.reference({ hidden, parameters }, shape);
    const loss = binaryOutput.reference({ logits, y, step }, shape);
    const { logitGradient } = loss;
    return { ...loss, ...outputBackward.reference({ logitGradient, parameters }, shape) };
  },
  cost: (lossShape) => {
    const { batch, units } = lossShape;
    const shape = { ...lossShape, outputs: 1 };
    const flops = [outputForward, binaryOutput, outputBackward].map((kernel) => kernel.cost(shape).flops);
    return { flops: flops[0] + flops[1] + flops[2], bytes: 4 * (batch * (3 * units + 5) + units + 1) };
  },
  lane: ({ units }) => ({ loads: 2 + 2 * units, activations: 2 }),
  inputs: ({ batch }: OutputLossShape, draw: Draw) => ({
    y: Float32Array.from(draw.integers(batch, 2)),
    step: packStep({
      first: 0,
      count: Math.max(1, batch - 3),
      slot: 0,
      stepSize: 0,
    }),
  }),
  cases: [
    { name: 'size 1', shape: { batch: 4, units: 1, timeSteps: 3 } },
    { name: 'odd', shape: { batch: 12, units: 7, timeSteps: 3 } },
    { name: 'beyond a workgroup', shape: { batch: 388, units: 66, timeSteps: 3 } },
    { name: 'experiment', shape: { batch: 256, units: 32, timeSteps: 3 } },
    {
      name: 'weighted and smoothed in an update',
      shape: { batch: 20, units: 5, timeSteps: 2, classWeights: [0.5, 3], labelSmoothing: 0.2 },
      inputs: () => ({ step: packStep({ first: 0, count: 18, slot: 0, stepSize: 1e-3 }) }),
    },
  ],
  tolerance: 1e-5,
});
