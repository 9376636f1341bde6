import { type Draw, defineTiledKernel, type KernelCase, type Numbers } from '../src/gpu/kernel.ts';
import { hardSigmoid } from './lstm_cell.ts';
import { gatesBackward, gatesForward } from './lstm_gates.ts';
import { laneOf } from './lstm_lane.ts';
import { quadsBackward, quadsForward } from './lstm_quads.ts';
import { samplesBackward, samplesForward } from './lstm_samples.ts';
import { type LstmShape, type LstmTile, lstmTiling, tileFeatures, tileWorkgroups } from './lstm_tile.ts';
import { unitsBackward, unitsForward } from './lstm_units.ts';
import { activations } from './snippets.ts';
import { wgsl } from './wgsl.ts';

// This file defines the result of the LSTM. lstm_tile.ts lists the ways in which lanes share the work; each way has a
// file with its code.

function forwardBody(shape: LstmShape, tile: LstmTile): string {
  if (tile.lanes === 'quads') return quadsForward(shape);
  if (tile.lanes === 'gates') return gatesForward(shape, tile);
  return tile.lanes === 'samples' ? samplesForward(shape, tile) : unitsForward(shape, tile);
}

/** `everyStep`: the gradient of every hidden state comes in. */
function backwardBody(shape: LstmShape, tile: LstmTile, everyStep: boolean): string {
  if (tile.lanes === 'quads') return quadsBackward(shape, everyStep);
  if (tile.lanes === 'gates') return gatesBackward(shape, tile, everyStep);
  return tile.lanes === 'samples' ? samplesBackward(shape, tile, everyStep) : unitsBackward(shape, tile, everyStep);
}

const SAMPLES: LstmTile[] = [
  { lanes: 'samples', samplesPerLane: 1, unitsPerPass: 1, subgroups: false },
  { lanes: 'samples', samplesPerLane: 8, unitsPerPass: 2, subgroups: true },
];
const QUADS: LstmTile[] = [
  { lanes: 'quads', samplesPerWorkgroup: 32 },
  { lanes: 'quads', samplesPerWorkgroup: 8 },
];
const UNITS: LstmTile[] = [
  { lanes: 'units', samplesPerLane: 1, parameters: 'registers' },
  { lanes: 'units', samplesPerLane: 2, parameters: 'workgroup' },
  { lanes: 'units', samplesPerLane: 4, parameters: 'storage' },
];
const GATES: LstmTile[] = [
  { lanes: 'gates', registers: 160 },
  { lanes: 'gates', registers: 4 },
];
const ALL = [...SAMPLES, ...QUADS, ...UNITS, GATES[0]];
const LARGE: LstmTile[] = [
  { lanes: 'samples', samplesPerLane: 4, unitsPerPass: 4, subgroups: true },
  { lanes: 'units', samplesPerLane: 1, parameters: 'storage' },
];

/** Each size has tiles that can run it. The experiment has the default tile of software adapters. */
const CASES: KernelCase<LstmShape, LstmTile>[] = [
  { name: 'size 1', shape: { timeSteps: 1, inputDim: 1, units: 1, batch: 4 }, tiles: ALL },
  { name: 'odd', shape: { timeSteps: 5, inputDim: 3, units: 7, batch: 12 }, tiles: ALL },
  { name: 'hard gates', shape: { timeSteps: 6, inputDim: 2, units: 6, batch: 8, gateSlope: 0.6 }, tiles: ALL },
  {
    name: 'beyond a tile',
    shape: { timeSteps: 3, inputDim: 2, units: 17, batch: 132 },
    tiles: [...SAMPLES, ...QUADS, UNITS[2], ...GATES],
  },
  { name: '64 channels, 150 units', shape: { timeSteps: 2, inputDim: 64, units: 150, batch: 8 }, tiles: LARGE },
  // The largest multiple of 4 units whose parameters fit into the least workgroup memory of WebGPU.
  {
    name: '64 steps, 28 units',
    shape: { timeSteps: 64, inputDim: 1, units: 28, batch: 8 },
    tiles: [...UNITS, GATES[0]],
  },
  { name: 'experiment', shape: { timeSteps: 64, inputDim: 1, units: 32, batch: 256 }, tiles: [QUADS[0]] },
];

/** A random LSTM whose gates neither vanish nor saturate. */
function scaled(values: Float32Array, fanIn: number): Float32Array {
  return values.map((value) => value / Math.sqrt(fanIn));
}

function forwardInputs({ inputDim, units }: LstmShape, draw: Draw) {
  const inputs = scaled(draw.normal((inputDim + 1) * 4 * units), inputDim);
  const recurrent = scaled(draw.normal(units * 4 * units), units);
  return { parameters: Float32Array.from([...inputs, ...recurrent]) };
}

/** Gates that saturate both ways, and cells that grow with t. */
function saturated(shape: LstmShape, draw: Draw) {
  const { parameters } = forwardInputs(shape, draw);
  const tenfold = (values: Float32Array) => values.map((value) => 10 * value);
  const x = draw.normal(shape.timeSteps * shape.inputDim * shape.batch);
  return { x: tenfold(x), parameters: tenfold(parameters) };
}

const SATURATED: KernelCase<LstmShape, LstmTile> = {
  name: 'saturated',
  shape: { timeSteps: 200, inputDim: 2, units: 5, batch: 8 },
  tiles: [SAMPLES[0], QUADS[0], UNITS[0], GATES[0]],
  inputs: saturated,
};

/** The gates' activation, and its derivative from its value. */
function gateOf({ gateSlope }: LstmShape) {
  if (gateSlope === undefined) {
    return { activate: (z: number) => 1 / (1 + Math.exp(-z)), slope: (gate: number) => gate * (1 - gate) };
  }
  return {
    activate: (z: number) => Math.min(Math.max(gateSlope * z + 0.5, 0), 1),
    slope: (gate: number) => (gate > 0 && gate < 1 ? gateSlope : 0),
  };
}

/** Gates with values that activations can have. */
function backwardInputs(shape: LstmShape, draw: Draw) {
  const { timeSteps, units, batch } = shape;
  const { activate } = gateOf(shape);
  const gates = draw.normal(timeSteps * batch * 4 * units).map((value, index) => {
    return index % 4 === 2 ? Math.tanh(value) : activate(value);
  });
  return { ...forwardInputs(shape, draw), gates };
}

function sizesOf({ timeSteps, inputDim, units, batch }: LstmShape) {
  return {
    x: timeSteps * inputDim * batch,
    parameters: (inputDim + 1 + units) * 4 * units,
    states: (timeSteps + 1) * batch * units,
    gates: timeSteps * batch * 4 * units,
  };
}

function header(shape: LstmShape, tile: LstmTile): string {
  return wgsl`
#if ${tileFeatures(shape, tile).includes('subgroups')}
enable subgroups;
#endif
${activations}${hardSigmoid(shape)}
const UNITS = ${shape.units}u;
const BATCH = ${shape.batch}u;
const RECURRENT = ${shape.inputDim + 1}u; // R's first row among the parameters' rows.`;
}

/** A cell: two products and one sum for c, one product for h; an activation counts as one operation. */
function forwardFlops({ timeSteps, inputDim, units, batch }: LstmShape): number {
  return timeSteps * batch * units * (8 * (inputDim + units) + 9);
}

const TILING = lstmTiling(forwardFlops);

/**
 * x (T, D, batch), parameters K, b and R as (D + 1 + U, 4U), hidden h and cell c (T + 1, batch, U) whose first row is
 * the state before the first step → rows 1 … T of hidden and cell, and the activated gates (T, batch, U, 4) in Keras'
 * order i, f, c̃, o. z = x_t·K + h·R + b; c = σ(f)c + σ(i)tanh(c̃); h = σ(o)tanh(c). With
 * `gateSlope` σ is a hard sigmoid.
 */
export const lstmForward = defineTiledKernel({
  name: 'lstm_forward',
  bindings: { x: 'read', parameters: 'read', hidden: 'read_write', cell: 'read_write', gates: 'write' },
  code: (shape: LstmShape, tile: LstmTile) => {
    const { x, parameters, states, gates } = sizesOf(shape);
    return wgsl`${header(shape, tile)}
@group(0) @binding(0) var<storage, read> x: array<f32, ${x}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${parameters}>;
@group(0) @binding(2) var<storage, read_write> hidden: array<f32, ${states}>;
@group(0) @binding(3) var<storage, read_write> cell: array<f32, ${states}>;
@group(0) @binding(4) var<storage, read_write> gates: array<vec4f, ${gates / 4}>;
${forwardBody(shape, tile)}
`;
  },
  tiles: TILING,
  features: tileFeatures,
  workgroups: tileWorkgroups,
  sizes: (shape) => {
    const { states, ...sizes } = sizesOf(shape);
    return { ...sizes, hidden: states, cell: states };
  },
  reference({ x, parameters, ...states }, shape) {
    const { timeSteps, inputDim, units, batch } = shape;
    const { activate } = gateOf(shape);
    const hidden = Float64Array.from(states.hidden);
    const cell = Float64Array.from(states.cell);
    const gates = new Float64Array(timeSteps * batch * 4 * units);
    const z = new Float64Array(4);
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < timeSteps; t++) {
        const before = (t * batch + b) * units;
        const after = ((t + 1) * batch + b) * units;
        for (let j = 0; j < units; j++) {
          for (let gate = 0; gate < 4; gate++) {
            const column = gate * units + j;
            let sum = parameters[inputDim * 4 * units + column];
            for (let d = 0; d < inputDim; d++) {
              sum += parameters[d * 4 * units + column] * x[(t * inputDim + d) * batch + b];
            }
            for (let k = 0; k < units; k++)
              sum += parameters[(inputDim + 1 + k) * 4 * units + column] * hidden[before + k];
            z[gate] = gate === 2 ? Math.tanh(sum) : activate(sum);
            gates[((t * batch + b) * units + j) * 4 + gate] = z[gate];
          }
          cell[after + j] = z[1] * cell[before + j] + z[0] * z[2];
          hidden[after + j] = z[3] * Math.tanh(cell[after + j]);
        }
      }
    }
    return { hidden, cell, gates };
  },
  cost: ({ timeSteps, inputDim, units, batch }) => ({
    flops: forwardFlops({ timeSteps, inputDim, units, batch }),
    bytes: 4 * (timeSteps * batch * (inputDim + 6 * units) + 2 * batch * units + 4 * units * (inputDim + 1 + units)),
  }),
  lane: (shape, tile) => laneOf(shape, tile, 'forward'),
  inputs: forwardInputs,
  cases: [...CASES, SATURATED],
  tolerance: 1e-5,
});

/** The result of `lstm_backward`; `stepGradient` (T, batch, U) is added to dh of each step. */
function backwardReference(
  { gates, cell, parameters, ...states }: Record<'gates' | 'cell' | 'parameters' | 'stateGradient', Numbers>,
  shape: LstmShape,
  stepGradient?: Numbers,
) {
  const { timeSteps, inputDim, units, batch } = shape;
  const { slope } = gateOf(shape);
  const stateGradient = Float64Array.from(states.stateGradient);
  const gateGradient = new Float64Array(timeSteps * batch * 4 * units);
  const inputGradient = new Float64Array(timeSteps * inputDim * batch);
  const dh = stateGradient.subarray(0, batch * units);
  const dc = stateGradient.subarray(batch * units);
  const dhBefore = new Float64Array(units);
  for (let b = 0; b < batch; b++) {
    for (let t = timeSteps - 1; t >= 0; t--) {
      dhBefore.fill(0);
      for (let j = 0; j < units; j++) {
        const at = b * units + j;
        const first = ((t * batch + b) * units + j) * 4;
        const [i, f, g, o] = gates.subarray(first, first + 4);
        const cTanh = Math.tanh(cell[(t + 1) * batch * units + at]);
        const dhHere = dh[at] + (stepGradient?.[t * batch * units + at] ?? 0);
        const dcHere = dc[at] + dhHere * o * (1 - cTanh * cTanh);
        dc[at] = dcHere * f;
        const dz = [
          dcHere * g * slope(i),
          dcHere * cell[t * batch * units + at] * slope(f),
          dcHere * i * (1 - g * g),
          dhHere * cTanh * slope(o),
        ];
        for (let gate = 0; gate < 4; gate++) {
          const column = gate * units + j;
          gateGradient[first + gate] = dz[gate];
          for (let k = 0; k < units; k++) {
            dhBefore[k] += parameters[(inputDim + 1 + k) * 4 * units + column] * dz[gate];
          }
          for (let d = 0; d < inputDim; d++) {
            inputGradient[(t * inputDim + d) * batch + b] += parameters[d * 4 * units + column] * dz[gate];
          }
        }
      }
      dh.set(dhBefore, b * units);
    }
  }
  return { stateGradient, gateGradient, inputGradient };
}

function backwardCode(shape: LstmShape, tile: LstmTile, everyStep: boolean): string {
  const { x, parameters, states, gates } = sizesOf(shape);
  const stepGradient = everyStep
    ? `@group(0) @binding(6) var<storage, read> step_gradient: array<f32, ${gates / 4}>;\n`
    : '';
  return wgsl`${header(shape, tile)}
@group(0) @binding(0) var<storage, read> gates: array<vec4f, ${gates / 4}>;
@group(0) @binding(1) var<storage, read> cell: array<f32, ${states}>;
@group(0) @binding(2) var<storage, read> parameters: array<f32, ${parameters}>;
@group(0) @binding(3) var<storage, read_write> state_gradient: array<f32, ${2 * shape.batch * shape.units}>;
@group(0) @binding(4) var<storage, read_write> gate_gradient: array<vec4f, ${gates / 4}>;
@group(0) @binding(5) var<storage, read_write> input_gradient: array<f32, ${x}>;
${stepGradient}${backwardBody(shape, tile, everyStep)}
`;
}

function backwardSizes(shape: LstmShape) {
  const { x, parameters, states, gates } = sizesOf(shape);
  return {
    gates,
    cell: states,
    parameters,
    stateGradient: 2 * shape.batch * shape.units,
    gateGradient: gates,
    inputGradient: x,
  };
}

function backwardCost({ timeSteps, inputDim, units, batch }: LstmShape) {
  return {
    flops: timeSteps * batch * units * (8 * (units + inputDim) + 26),
    bytes: 4 * (timeSteps * batch * (9 * units + inputDim) + 5 * batch * units + 4 * units * (units + inputDim)),
  };
}

const BACKWARD_BINDINGS = {
  gates: 'read',
  cell: 'read',
  parameters: 'read',
  stateGradient: 'read_write',
  gateGradient: 'write',
  inputGradient: 'write',
} as const;

/**
 * Backpropagation through time. gates (T, batch, U, 4), cell (T + 1, batch, U), parameters K, b and R (D + 1 + U, 4U),
 * stateGradient dh and dc after the last step (2, batch, U) → stateGradient before the first step; gateGradient dz (T,
 * batch, U, 4), the gradient before the activations; inputGradient dx = dz·Kᵀ (T, D, batch). `lstm_parameter_gradient`
 * computes the gradients of the parameters from dz.
 */
export const lstmBackward = defineTiledKernel({
  name: 'lstm_backward',
  bindings: BACKWARD_BINDINGS,
  code: (shape: LstmShape, tile: LstmTile) => backwardCode(shape, tile, false),
  tiles: TILING,
  features: tileFeatures,
  workgroups: tileWorkgroups,
  sizes: backwardSizes,
  reference: (inputs, shape) => backwardReference(inputs, shape),
  cost: backwardCost,
  lane: (shape, tile) => laneOf(shape, tile, 'backward'),
  inputs: backwardInputs,
  cases: CASES,
  tolerance: 1e-5,
});

/** The same if every hidden state is used: stepGradient (T, batch, U) is the gradient of each. */
export const lstmSequenceBackward = defineTiledKernel({
  name: 'lstm_sequence_backward',
  bindings: { ...BACKWARD_BINDINGS, stepGradient: 'read' },
  code: (shape: LstmShape, tile: LstmTile) => backwardCode(shape, tile, true),
  tiles: TILING,
  features: tileFeatures,
  workgroups: tileWorkgroups,
  sizes: (shape) => ({ ...backwardSizes(shape), stepGradient: sizesOf(shape).gates / 4 }),
  reference: ({ stepGradient, ...inputs }, shape) => backwardReference(inputs, shape, stepGradient),
  cost(shape) {
    const { timeSteps, units, batch } = shape;
    const { flops, bytes } = backwardCost(shape);
    return { flops: flops + timeSteps * batch * units, bytes: bytes + 4 * timeSteps * batch * units };
  },
  lane: (shape, tile) => laneOf(shape, tile, 'backward'),
  inputs: backwardInputs,
  cases: CASES,
  tolerance: 1e-5,
});
