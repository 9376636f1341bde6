import { type Draw, defineTiledKernel, type Numbers } from '../src/gpu/kernel.ts';
import {
  GRU_CASES,
  GRU_TILING,
  type GruShape,
  type GruTile,
  gruHeader,
  gruInputs,
  gruLane,
  gruMain,
  gruSizes,
  gruWorkgroups,
} from './gru.ts';
import { wgsl } from './wgsl.ts';

/** Gates with values that activations can have. */
function backwardInputs(shape: GruShape, draw: Draw) {
  const saved = draw.normal(gruSizes(shape).saved).map((value, index) => {
    if (index % 4 === 3) return value;
    return index % 4 === 2 ? Math.tanh(value) : 1 / (1 + Math.exp(-value));
  });
  return { ...gruInputs(shape, draw), saved };
}

/** The gradients of unit j's gates from `dh`, that of its state; sets `d` and the part that goes past the gates, `past`. */
function unitBackward(dh: string): string {
  return `
    let at = (t * BATCH + s) * UNITS + j;
    let gate = saved[at];
    let before = hidden[at];
    let dh_j = ${dh};
    let d_h = dh_j * (1.0 - gate.x) * (1.0 - gate.z * gate.z);
    let d_z = dh_j * (before - gate.z) * gate.x * (1.0 - gate.x);
    let d_r = d_h * gate.w * gate.y * (1.0 - gate.y);
    let d = vec4f(d_z, d_r, d_h, d_h * gate.y);
    let past = dh_j * gate.x;
    gate_gradient[at] = d;`;
}

/** The product of the gradients `d` of unit j's gates with a row of R, and with one of K. */
const OF_STATE = (row: string) =>
  `parameter(INPUTS + 2u + ${row}, 0u, j) * d.x + parameter(INPUTS + 2u + ${row}, 1u, j) * d.y + parameter(INPUTS + 2u + ${row}, 2u, j) * d.w`;
const OF_INPUT = (row: string) =>
  `parameter(${row}, 0u, j) * d.x + parameter(${row}, 1u, j) * d.y + parameter(${row}, 2u, j) * d.z`;

function backwardBody(shape: GruShape, tile: GruTile, everyStep: boolean): string {
  const { timeSteps, inputDim, units } = shape;
  const ofStep = everyStep ? ' + step_gradient[at]' : '';
  if (tile.lanes === 'samples') {
    return `${gruMain(shape, tile)}
  var dh: array<f32, ${units}>;
  var before_dh: array<f32, ${units}>;
  var dx: array<f32, ${inputDim}>;
  for (var k = 0u; k < UNITS; k++) { dh[k] = state_gradient[s * UNITS + k]; }
  for (var step = 0u; step < ${timeSteps}u; step++) {
    let t = ${timeSteps - 1}u - step;
    for (var k = 0u; k < UNITS; k++) { before_dh[k] = 0.0; }
    for (var c = 0u; c < INPUTS; c++) { dx[c] = 0.0; }
    for (var j = 0u; j < UNITS; j++) {${unitBackward(`dh[j]${ofStep}`)}
      before_dh[j] += past;
      for (var k = 0u; k < UNITS; k++) { before_dh[k] += ${OF_STATE('k')}; }
      for (var c = 0u; c < INPUTS; c++) { dx[c] += ${OF_INPUT('c')}; }
    }
    for (var k = 0u; k < UNITS; k++) { dh[k] = before_dh[k]; }
    for (var c = 0u; c < INPUTS; c++) { input_gradient[(t * INPUTS + c) * BATCH + s] = dx[c]; }
  }
  for (var k = 0u; k < UNITS; k++) { state_gradient[s * UNITS + k] = dh[k]; }
}`;
  }
  return `
var<workgroup> shared_d: array<vec4f, ${2 * units}>;
${gruMain(shape, tile).replace('index) j: u32', 'index) lane: u32')}
  var dh = state_gradient[s * UNITS + lane];
  for (var step = 0u; step < ${timeSteps}u; step++) {
    let t = ${timeSteps - 1}u - step;
    let half = (step & 1u) * UNITS;
    {
      let j = lane;${unitBackward(`dh${ofStep}`)}
      shared_d[half + j] = d;
      dh = past;
    }
    workgroupBarrier();
    for (var j = 0u; j < UNITS; j++) {
      let d = shared_d[half + j];
      dh += ${OF_STATE('lane')};
    }
    for (var c = lane; c < INPUTS; c += UNITS) {
      var dx = 0.0;
      for (var j = 0u; j < UNITS; j++) {
        let d = shared_d[half + j];
        dx += ${OF_INPUT('c')};
      }
      input_gradient[(t * INPUTS + c) * BATCH + s] = dx;
    }
  }
  state_gradient[s * UNITS + lane] = dh;
}`;
}

function backwardCode(shape: GruShape, tile: GruTile, everyStep: boolean): string {
  const { x, parameters, hidden, saved } = gruSizes(shape);
  return wgsl`
@group(0) @binding(0) var<storage, read> saved: array<vec4f, ${saved / 4}>;
@group(0) @binding(1) var<storage, read> hidden: array<f32, ${hidden}>;
@group(0) @binding(2) var<storage, read> parameters: array<f32, ${parameters}>;
@group(0) @binding(3) var<storage, read_write> state_gradient: array<f32, ${2 * shape.batch * shape.units}>;
@group(0) @binding(4) var<storage, read_write> gate_gradient: array<vec4f, ${saved / 4}>;
@group(0) @binding(5) var<storage, read_write> input_gradient: array<f32, ${x}>;
#if ${everyStep}
@group(0) @binding(6) var<storage, read> step_gradient: array<f32, ${saved / 4}>;
#endif
${gruHeader(shape)}${backwardBody(shape, tile, everyStep)}
`;
}

function backwardReference(
  {
    saved,
    hidden,
    parameters,
    stateGradient: after,
  }: Record<'saved' | 'hidden' | 'parameters' | 'stateGradient', Numbers>,
  shape: GruShape,
  stepGradient?: Numbers,
) {
  const { timeSteps, inputDim, units, batch } = shape;
  const stateGradient = Float64Array.from(after);
  const gateGradient = new Float64Array(gruSizes(shape).saved);
  const inputGradient = new Float64Array(gruSizes(shape).x);
  for (let b = 0; b < batch; b++) {
    const dh = stateGradient.subarray(b * units, (b + 1) * units);
    for (let t = timeSteps - 1; t >= 0; t--) {
      const before = new Float64Array(units);
      for (let j = 0; j < units; j++) {
        const at = (t * batch + b) * units + j;
        const [z, r, candidate, ofState] = saved.subarray(4 * at, 4 * at + 4);
        const dhHere = dh[j] + (stepGradient?.[at] ?? 0);
        const dCandidate = dhHere * (1 - z) * (1 - candidate ** 2);
        const dz = dhHere * (hidden[at] - candidate) * z * (1 - z);
        const dr = dCandidate * ofState * r * (1 - r);
        gateGradient.set([dz, dr, dCandidate, dCandidate * r], 4 * at);
        before[j] += dhHere * z;
        const through = (row: number, last: number) =>
          [dz, dr, last].reduce((sum, one, gate) => sum + one * parameters[(row * 3 + gate) * units + j], 0);
        for (let k = 0; k < units; k++) before[k] += through(inputDim + 2 + k, dCandidate * r);
        for (let d = 0; d < inputDim; d++) inputGradient[(t * inputDim + d) * batch + b] += through(d, dCandidate);
      }
      dh.set(before);
    }
  }
  return { stateGradient, gateGradient, inputGradient };
}

function backwardSizes(shape: GruShape) {
  const { x, parameters, hidden, saved } = gruSizes(shape);
  return {
    saved,
    hidden,
    parameters,
    stateGradient: 2 * shape.batch * shape.units,
    gateGradient: saved,
    inputGradient: x,
  };
}

function backwardCost(shape: GruShape) {
  const { timeSteps, inputDim, units, batch } = shape;
  return {
    flops: timeSteps * batch * units * (6 * (inputDim + units) + 20),
    bytes: 4 * (timeSteps * batch * (9 * units + inputDim) + 2 * batch * units + gruSizes(shape).parameters),
  };
}

const BACKWARD_BINDINGS = {
  saved: 'read',
  hidden: 'read',
  parameters: 'read',
  stateGradient: 'read_write',
  gateGradient: 'write',
  inputGradient: 'write',
} as const;

/**
 * Backpropagation through time. saved (T, batch, U, 4) and hidden (T + 1, batch, U) of the forward pass; stateGradient
 * dh after the last step (batch, U), and as many elements behind it that stay → dh before the first step; gateGradient
 * of z, r, h̃ and h_h before the activations (T, batch, U, 4); inputGradient dx (T, C, batch).
 */
export const gruBackward = defineTiledKernel({
  name: 'gru_backward',
  bindings: BACKWARD_BINDINGS,
  code: (shape: GruShape, tile: GruTile) => backwardCode(shape, tile, false),
  tiles: GRU_TILING,
  workgroups: gruWorkgroups,
  sizes: backwardSizes,
  reference: (inputs, shape) => backwardReference(inputs, shape),
  cost: backwardCost,
  lane: gruLane,
  inputs: backwardInputs,
  cases: GRU_CASES,
  tolerance: 1e-5,
});

/** The same if every hidden state is used: stepGradient (T, batch, U) is the gradient of each. */
export const gruSequenceBackward = defineTiledKernel({
  name: 'gru_sequence_backward',
  bindings: { ...BACKWARD_BINDINGS, stepGradient: 'read' },
  code: (shape: GruShape, tile: GruTile) => backwardCode(shape, tile, true),
  tiles: GRU_TILING,
  workgroups: gruWorkgroups,
  sizes: (shape) => ({ ...backwardSizes(shape), stepGradient: gruSizes(shape).saved / 4 }),
  reference: ({ stepGradient, ...inputs }, shape) => backwardReference(inputs, shape, stepGradient),
  cost(shape) {
    const { timeSteps, units, batch } = shape;
    const { flops, bytes } = backwardCost(shape);
    return { flops: flops + timeSteps * batch * units, bytes: bytes + 4 * timeSteps * batch * units };
  },
  lane: gruLane,
  inputs: backwardInputs,
  cases: GRU_CASES,
  tolerance: 1e-5,
});
