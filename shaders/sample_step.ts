import { type Draw, defineKernel, type Numbers, type TileDevice } from '../src/gpu/kernel.ts';
import { type BinaryOutputShape, binaryCrossEntropy } from './binary_output.ts';
import { denseForward } from './dense.ts';
import { lstmBackward, lstmForward } from './lstm.ts';
import { hardSigmoid } from './lstm_cell.ts';
import {
  type GatesStorage,
  gatesBackwardMemory,
  gatesBackwardSteps,
  gatesForwardMemory,
  gatesForwardSteps,
  gatesInputGradient,
  gatesMain,
  loadColumn,
  unitsOfTurn,
} from './lstm_gates.ts';
import { type GateLanes, gateRegisters, type LstmShape } from './lstm_tile.ts';
import { outputLoss } from './output_loss.ts';
import { activations, packStep, stepStruct } from './snippets.ts';
import { softmaxMultiplyBackward, softmaxMultiplyForward } from './softmax_multiply.ts';
import { ceilDiv, unroll, wgsl } from './wgsl.ts';

export interface SampleStepShape extends LstmShape, BinaryOutputShape {
  /** Elements of the parameter arena. */
  length: number;
  /** Where the blocks of the layers begin in the arena. */
  attention: number;
  lstm: number;
  output: number;
}

/** The same shape for the kernels that this one stands for. */
function shapesOf(shape: SampleStepShape) {
  const { timeSteps, inputDim, units, batch, gateSlope, classWeights, labelSmoothing } = shape;
  const lstm: LstmShape = { timeSteps, inputDim, units, batch, gateSlope };
  const columns = { rows: timeSteps, samples: inputDim * batch };
  return {
    lstm,
    columns,
    dense: { ...columns, columns: timeSteps },
    loss: { batch, units, timeSteps, classWeights, labelSmoothing },
  };
}

const lanesOf = ({ units }: SampleStepShape) => 4 * units;

/** Lanes that share a channel of the attention: a power of two, and no more than there are steps to share. */
function channelLanes(shape: SampleStepShape): number {
  const { timeSteps, inputDim } = shape;
  return 2 ** Math.floor(Math.log2(Math.min(lanesOf(shape) / inputDim, 2 ** Math.ceil(Math.log2(timeSteps)))));
}

/** Values in workgroup memory. */
function sampleStepValues(shape: SampleStepShape): number {
  const { timeSteps, inputDim, units } = shape;
  return 3 * timeSteps * inputDim + units + 4 * lanesOf(shape);
}

/** A longer attention is better computed for many samples together, whose kernel is read once. */
const MOST_STEPS = 128;
const MOST_CHANNELS = 32;

/** Why a device does not run a sample in one workgroup, or gains nothing by it; undefined if it should. */
export function sampleStepMisfit(shape: SampleStepShape, { isSoftware, limits }: TileDevice): string | undefined {
  const { timeSteps, inputDim } = shape;
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize } = limits;
  if (isSoftware) return 'a software adapter has no lanes to spare';
  if (timeSteps > MOST_STEPS || inputDim > Math.min(MOST_CHANNELS, lanesOf(shape))) return 'the sample is too large';
  if (lanesOf(shape) > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX))
    return 'a workgroup has fewer invocations';
  return 4 * sampleStepValues(shape) > maxComputeWorkgroupStorageSize ? 'workgroup memory is smaller' : undefined;
}

const tileOf = (shape: SampleStepShape): GateLanes => ({ lanes: 'gates', registers: gateRegisters(shape) });

/** A function that returns to every lane of a channel the sum or the maximum over the lanes of the channel: a tree. */
function channelReduction(shape: SampleStepShape, name: string, join: (a: string, b: string) => string): string {
  const lanes = channelLanes(shape);
  return `
fn ${name}(lane: u32, own: f32) -> f32 {
  shared_values[lane] = own;
  workgroupBarrier();
  for (var half = ${Math.floor(lanes / 2)}u; half > 0u; half /= 2u) {
    if (lane % ${lanes}u < half) { shared_values[lane] = ${join('shared_values[lane]', 'shared_values[lane + half]')}; }
    workgroupBarrier();
  }
  let joined = shared_values[lane - lane % ${lanes}u];
  workgroupBarrier();
  return joined;
}`;
}

/** `body` for the steps of the lane in its channel; `n` is the value of the sample. */
function eachStep(shape: SampleStepShape, body: string): string {
  const { timeSteps, inputDim } = shape;
  return `if (channel < ${inputDim}u) {
    for (var j = lane % ${channelLanes(shape)}u; j < ${timeSteps}u; j += ${channelLanes(shape)}u) {
      let n = j * ${inputDim}u + channel;
      ${body}
    }
  }`;
}

/** Logits of the attention, and its softmax, from `shared_x`: `shared_a` and `shared_m`, the product. */
function attentionForward(shape: SampleStepShape): string {
  const { timeSteps, inputDim, attention } = shape;
  const turn = unitsOfTurn(timeSteps);
  return `
  for (var n = lane; n < ${timeSteps * inputDim}u; n += ${lanesOf(shape)}u) {
    shared_x[n] = x[n * BATCH + s];
  }
  workgroupBarrier();
  for (var n = lane; n < ${timeSteps * inputDim}u; n += ${lanesOf(shape)}u) {
    let j = n % ${timeSteps}u;
    let d = n / ${timeSteps}u;
    var z = parameters[${attention + timeSteps * timeSteps}u + j];
    for (var i = 0u; i < ${timeSteps}u; i += ${turn}u) {
      ${unroll(turn, (m) => `let k${m} = parameters[${attention + m * timeSteps}u + i * ${timeSteps}u + j];`)}
      ${unroll(turn, (m) => `z += k${m} * shared_x[(i + ${m}u) * ${inputDim}u + d];`)}
    }
    shared_a[j * ${inputDim}u + d] = z;
  }
  workgroupBarrier();
  let channel = lane / ${channelLanes(shape)}u;
  var largest = shared_a[min(channel, ${inputDim - 1}u)];
  ${eachStep(shape, 'largest = max(largest, shared_a[n]);')}
  largest = largest_of_channel(lane, largest);
  var sum = 0.0;
  ${eachStep(shape, 'sum += exp(shared_a[n] - largest);')}
  let scale = 1.0 / sum_of_channel(lane, sum);
  ${eachStep(
    shape,
    `let a = exp(shared_a[n] - largest) * scale;
      let m = a * shared_x[n];
      shared_a[n] = a;
      shared_m[n] = m;
      flows[n * BATCH + s] = m;`,
  )}`;
}

/** The logit, its loss, and its gradient by h of the last step: sets `dh`. */
function outputAndLoss({ units, output }: SampleStepShape): string {
  return `
  let output_parameter = parameters[${output}u + unit];
  if (lane < UNITS) { shared_values[lane] = shared_h[lane] * output_parameter; }
  workgroupBarrier();
  var logit = parameters[${output + units}u];
  for (var j = 0u; j < UNITS; j++) { logit += shared_values[j]; }
  var dh = predict(s, logit) * output_parameter;
  if (lane == 0u) { results[s] = own_result; }
  workgroupBarrier();`;
}

/** From dx of the LSTM in `shared_m` to the gradient of the attention's logits. */
function attentionBackward(shape: SampleStepShape): string {
  const { timeSteps, inputDim } = shape;
  return `
  var products = 0.0;
  ${eachStep(shape, 'products += shared_a[n] * shared_m[n];')}
  let inner = sum_of_channel(lane, products);
  ${eachStep(shape, `flows[(${timeSteps * inputDim}u + n) * BATCH + s] = shared_a[n] * (shared_m[n] - inner);`)}`;
}

/** Elements of every binding. */
export function sampleStepSizes({
  timeSteps,
  inputDim,
  units,
  batch,
  length,
}: Pick<SampleStepShape, 'timeSteps' | 'inputDim' | 'units' | 'batch' | 'length'>) {
  return {
    x: timeSteps * inputDim * batch,
    y: batch,
    parameters: length,
    step: 4,
    states: 2 * (timeSteps + 1) * batch * units,
    gates: 4 * timeSteps * batch * units,
    gateGradient: 4 * timeSteps * batch * units,
    flows: 2 * timeSteps * inputDim * batch,
    results: 4 * batch,
  };
}

/**
 * Everything of one sample between the batch and the gradients of the parameters, by one workgroup: attention, LSTM,
 * output, loss, and all the way back. It is `dense_forward`, `softmax_multiply_forward`, `lstm_forward`, `output_loss`,
 * `lstm_backward` and `softmax_multiply_backward` in one. x (T, D, batch), y (batch), parameters (arena) → states: rows
 * 1 … T of hidden and of cell (2, T + 1, batch, U), whose first rows are zero; gates and gateGradient dz (T, batch, U,
 * 4); flows: the product of x and attention, and the gradient of the attention's logits (2, T, D, batch); results:
 * loss, correctness, the logit's gradient and the probability (batch, 4).
 */
export const sampleStep = defineKernel({
  name: 'sample_step',
  bindings: {
    x: 'read',
    y: 'read',
    parameters: 'read',
    step: 'uniform',
    states: 'read_write',
    gates: 'write',
    gateGradient: 'write',
    flows: 'write',
    results: 'write',
  },
  code: (shape: SampleStepShape) => {
    const { timeSteps, inputDim, units, batch } = shape;
    const { lstm, loss } = shapesOf(shape);
    const sizes = sampleStepSizes(shape);
    const tile = tileOf(shape);
    const storage: GatesStorage = {
      parameters: (at) => `parameters[${shape.lstm}u + ${at}]`,
      hidden: (at) => `states[${at}]`,
      cell: (at) => `states[${sizes.states / 2}u + ${at}]`,
    };
    return wgsl`
${stepStruct}${activations}${hardSigmoid(lstm)}
const UNITS = ${units}u;
const BATCH = ${batch}u;
const RECURRENT = ${inputDim + 1}u;
@group(0) @binding(0) var<storage, read> x: array<f32, ${sizes.x}>;
@group(0) @binding(1) var<storage, read> y: array<f32, ${sizes.y}>;
@group(0) @binding(2) var<storage, read> parameters: array<f32, ${sizes.parameters}>;
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<storage, read_write> states: array<f32, ${sizes.states}>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4f, ${sizes.gates / 4}>;
@group(0) @binding(6) var<storage, read_write> gate_gradient: array<vec4f, ${sizes.gates / 4}>;
@group(0) @binding(7) var<storage, read_write> flows: array<f32, ${sizes.flows}>;
@group(0) @binding(8) var<storage, read_write> results: array<vec4f, ${batch}>;

var<workgroup> shared_x: array<f32, ${timeSteps * inputDim}>;
var<workgroup> shared_a: array<f32, ${timeSteps * inputDim}>;
var<workgroup> shared_m: array<f32, ${timeSteps * inputDim}>;
var<workgroup> shared_values: array<f32, ${lanesOf(shape)}>;
var<private> own_result: vec4f;
${gatesForwardMemory(lstm)}${gatesBackwardMemory(lstm)}
${channelReduction(shape, 'sum_of_channel', (a, b) => `${a} + ${b}`)}
${channelReduction(shape, 'largest_of_channel', (a, b) => `max(${a}, ${b})`)}
${binaryCrossEntropy(loss, (p, loss, correct) => `  own_result = vec4f(${loss}, ${correct}, gradient, ${p});`)}
${gatesMain(lstm)}
  ${attentionForward(shape)}
  if (lane < UNITS) { shared_h[lane] = 0.0; }
  var c = 0.0;
  ${loadColumn(lstm, tile, storage)}
  ${gatesForwardSteps(lstm, tile, '', (d) => `shared_m[t * ${inputDim}u + ${d}u]`, storage)}
  workgroupBarrier();
  ${outputAndLoss(shape)}
  storageBarrier();
  var dc = 0.0;
  ${gatesBackwardSteps(lstm, tile, false, storage)}
  storageBarrier();
  ${gatesInputGradient(lstm, 'shared_m[n] = sum * shared_x[n];', storage)}
  workgroupBarrier();
  ${attentionBackward(shape)}
}
`;
  },
  workgroups: ({ batch }) => [batch, 1, 1],
  sizes: (shape: SampleStepShape) => sampleStepSizes(shape),
  reference({ x, y, parameters, step, states: before }, shape) {
    const { lstm, columns, dense, loss } = shapesOf(shape);
    const { attention: first, lstm: second, output: third, timeSteps, batch, units } = shape;
    const states = Float64Array.from(before);
    const half = states.length / 2;
    const zeros = { hidden: new Float64Array(half), cell: new Float64Array(half) };
    const [ofAttention, ofLstm, ofOutput] = [first, second, third].map((at) => parameters.subarray(at));
    const { output: logits } = denseForward.reference({ input: x, parameters: ofAttention }, dense);
    const { attention, product } = softmaxMultiplyForward.reference({ logits, x }, columns);
    const { hidden, cell, gates } = lstmForward.reference({ x: product, parameters: ofLstm, ...zeros }, lstm);
    const ends = outputLoss.reference({ hidden, parameters: ofOutput, y, step }, loss);
    const { stateGradient } = ends;
    const { gateGradient, inputGradient: productGradient } = lstmBackward.reference(
      { gates, cell, parameters: ofLstm, stateGradient },
      lstm,
    );
    const { logitGradient } = softmaxMultiplyBackward.reference({ productGradient, x, attention }, columns);
    // The first rows stay as they are.
    states.set(hidden.subarray(batch * units), batch * units);
    states.set(cell.subarray(batch * units), half + batch * units);
    const flows = new Float64Array(2 * product.length);
    flows.set(product);
    flows.set(logitGradient, timeSteps * columns.samples);
    const results = Float64Array.from({ length: 4 * batch }, (_, i) => {
      const kinds = [ends.losses, ends.correct, ends.logitGradient, ends.probabilities];
      return kinds[i % 4][Math.floor(i / 4)];
    });
    return { states, gates, gateGradient, flows, results };
  },
  cost: (shape) => {
    const { lstm, columns, dense, loss } = shapesOf(shape);
    const costs = [
      denseForward.cost(dense),
      softmaxMultiplyForward.cost(columns),
      lstmForward.cost(lstm),
      outputLoss.cost(loss),
      lstmBackward.cost(lstm),
      softmaxMultiplyBackward.cost(columns),
    ];
    const { step: _, ...sizes } = sampleStepSizes(shape);
    return {
      flops: costs.reduce((sum, { flops }) => sum + flops, 0),
      bytes: 4 * Object.values(sizes).reduce((sum, size) => sum + size, 0),
    };
  },
  lane: (shape) => {
    const { timeSteps, inputDim, units } = shape;
    const turns = ceilDiv(timeSteps * inputDim, lanesOf(shape));
    const steps = ceilDiv(timeSteps, channelLanes(shape));
    const { lstm } = shapesOf(shape);
    const tile = tileOf(shape);
    const [forward, backward] = [lstmForward.lane(lstm, tile), lstmBackward.lane(lstm, tile)];
    const [before, after] = [forward.time ?? { turns: 0 }, backward.time ?? { turns: 0 }];
    return {
      // x, the attention's kernel, parameters of LSTM and output, dz for the input's gradient.
      loads: turns * (1 + timeSteps / unitsOfTurn(timeSteps) + units / unitsOfTurn(units)) + 3,
      barriers: 7 + 3 * (2 + Math.log2(channelLanes(shape))),
      activations: 2 * steps + 2,
      time: {
        turns: timeSteps,
        loads: (before.loads ?? 0) + (after.loads ?? 0),
        barriers: (before.barriers ?? 0) + (after.barriers ?? 0),
        activations: (before.activations ?? 0) + (after.activations ?? 0),
      },
    };
  },
  inputs: (shape: SampleStepShape, draw: Draw) => ({
    parameters: smallParameters(shape, draw),
    states: new Float32Array(sampleStepSizes(shape).states),
    y: Float32Array.from(draw.integers(shape.batch, 2)),
    step: packStep({ first: 0, count: Math.max(1, shape.batch - 3), slot: 0, stepSize: 0 }),
  }),
  cases: [
    ['size 1', 1, 1, 1, 4],
    ['odd', 7, 3, 5, 12],
    ['beyond a workgroup', 40, 2, 8, 68],
    ['48 steps, 8 units', 48, 1, 8, 16],
  ].map(([name, timeSteps, inputDim, units, batch]) => ({
    name: String(name),
    shape: blocksOf({
      timeSteps: Number(timeSteps),
      inputDim: Number(inputDim),
      units: Number(units),
      batch: Number(batch),
    }),
  })),
  tolerance: 2e-5,
});

/** A shape whose layers lie one behind the other in the arena, as in a plan. */
export function blocksOf(shape: LstmShape): SampleStepShape {
  const { timeSteps, inputDim, units } = shape;
  const aligned = (elements: number) => 64 * ceilDiv(elements, 64);
  const lstm = aligned((timeSteps + 1) * timeSteps);
  const output = lstm + aligned((inputDim + 1 + units) * 4 * units);
  return { ...shape, attention: 0, lstm, output, length: output + aligned(units + 1) };
}

/** Parameters with which neither the attention nor the gates saturate. */
function smallParameters({ length, timeSteps, units }: SampleStepShape, draw: Draw): Numbers {
  return draw.normal(length).map((value) => value / Math.sqrt(Math.max(timeSteps, units)));
}
