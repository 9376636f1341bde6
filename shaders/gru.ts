import { type Draw, defineTiledKernel, type KernelCase, type Lane, type Tiling } from '../src/gpu/kernel.ts';
import { activations } from './snippets.ts';
import { ceilDiv, LANES, wgsl } from './wgsl.ts';

// Keras' GRU with `reset_after`. Gates z, r and the candidate h̃, in this order: z = σ(x_z + h_z), r = σ(x_r + h_r),
// h̃ = tanh(x_h + r·h_h), h = z·h + (1 − z)·h̃, with x_· = x·K + b₀ and h_· = h·R + b₁. Parameters are the rows of K, b₀,
// b₁ and R, (C + 2 + U, 3U).

export interface GruShape {
  /** Time steps of this dispatch; a longer sequence takes several dispatches. */
  timeSteps: number;
  inputDim: number;
  units: number;
  /** A multiple of 4. */
  batch: number;
}

/**
 * How lanes share the work. `samples`: a lane carries a whole sample through time, for software adapters. `units`: a
 * workgroup carries a sample, a lane for each unit; lanes exchange values through workgroup memory, in two halves that
 * take turns, so that one barrier a time step is enough. For GPUs.
 */
export interface GruTile {
  lanes: 'samples' | 'units';
}

const SAMPLES: GruTile = { lanes: 'samples' };
const UNITS: GruTile = { lanes: 'units' };
/** Workgroups of one dimension. */
const MOST_WORKGROUPS = 65_535;

function flopsOf({ timeSteps, inputDim, units, batch }: GruShape): number {
  return timeSteps * batch * units * (6 * (inputDim + units) + 12);
}

export const GRU_TILING: Tiling<GruShape, GruTile> = {
  id: ({ lanes }) => lanes,
  misfit({ lanes }, { units, batch }, { limits }) {
    if (lanes === 'samples') return undefined;
    if (units > limits.maxComputeInvocationsPerWorkgroup) return 'a workgroup has fewer invocations';
    return batch > MOST_WORKGROUPS ? 'there are more samples than workgroups' : undefined;
  },
  all: () => [SAMPLES, UNITS],
  choices(shape, device) {
    const isMany = !device.isSoftware && GRU_TILING.misfit(UNITS, shape, device) === undefined;
    return [isMany ? UNITS : SAMPLES];
  },
  shortened(shape, flops) {
    const steps = Math.max(2, Math.floor(flops / flopsOf({ ...shape, timeSteps: 1 })));
    return { ...shape, timeSteps: Math.min(shape.timeSteps, steps) };
  },
};

export function gruWorkgroups({ batch }: GruShape, { lanes }: GruTile): [number, number, number] {
  return [lanes === 'samples' ? ceilDiv(batch, LANES) : batch, 1, 1];
}

export function gruLane({ timeSteps, inputDim, units }: GruShape, { lanes }: GruTile): Lane {
  if (lanes === 'units') return { time: { turns: timeSteps, loads: inputDim + units, barriers: 1, activations: 3 } };
  return { time: { turns: timeSteps, loads: units * (inputDim + units), activations: 3 * units } };
}

export const GRU_CASES: KernelCase<GruShape, GruTile>[] = [
  { name: 'size 1', shape: { timeSteps: 1, inputDim: 1, units: 1, batch: 4 } },
  { name: 'odd', shape: { timeSteps: 5, inputDim: 3, units: 7, batch: 12 } },
  { name: 'beyond a workgroup', shape: { timeSteps: 3, inputDim: 2, units: 17, batch: 132 } },
  { name: '64 channels, 150 units', shape: { timeSteps: 2, inputDim: 64, units: 150, batch: 8 } },
  { name: '64 steps', shape: { timeSteps: 64, inputDim: 1, units: 16, batch: 8 } },
];

export function gruSizes({ timeSteps, inputDim, units, batch }: GruShape) {
  return {
    x: timeSteps * inputDim * batch,
    parameters: (inputDim + 2 + units) * 3 * units,
    hidden: (timeSteps + 1) * batch * units,
    saved: timeSteps * batch * 4 * units,
  };
}

/** A random GRU whose gates neither vanish nor saturate. */
export function gruInputs({ inputDim, units }: GruShape, draw: Draw) {
  const scaled = (rows: number, fanIn: number) =>
    draw.normal(rows * 3 * units).map((value) => value / Math.sqrt(fanIn));
  return { parameters: Float32Array.from([...scaled(inputDim + 2, inputDim), ...scaled(units, units)]) };
}

export function gruHeader({ inputDim, units, batch }: GruShape): string {
  return `${activations}
const UNITS = ${units}u;
const INPUTS = ${inputDim}u;
const BATCH = ${batch}u;
// Row \`row\` of the parameters, at gate g of unit j.
fn parameter(row: u32, g: u32, j: u32) -> f32 {
  return parameters[row * ${3 * units}u + g * UNITS + j];
}
`;
}

/** The entry point up to the sample `s`. In a workgroup of units the lane is unit `j`. */
export function gruMain({ units }: GruShape, { lanes }: GruTile): string {
  if (lanes === 'units') {
    return `
@compute @workgroup_size(${units})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) j: u32) {
  let s = min(group.x, BATCH - 1u);`;
  }
  return `
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = id.x;
  if (s >= BATCH) { return; }`;
}

/** One unit j of sample s at step t: from the state before it, `state(k)`, to `next`. */
function unitForward(state: (k: string) => string): string {
  return `
    var a_z = parameter(INPUTS, 0u, j) + parameter(INPUTS + 1u, 0u, j);
    var a_r = parameter(INPUTS, 1u, j) + parameter(INPUTS + 1u, 1u, j);
    var x_h = parameter(INPUTS, 2u, j);
    var h_h = parameter(INPUTS + 1u, 2u, j);
    for (var d = 0u; d < INPUTS; d++) {
      let value = x[(t * INPUTS + d) * BATCH + s];
      a_z += value * parameter(d, 0u, j);
      a_r += value * parameter(d, 1u, j);
      x_h += value * parameter(d, 2u, j);
    }
    for (var k = 0u; k < UNITS; k++) {
      let value = ${state('k')};
      a_z += value * parameter(INPUTS + 2u + k, 0u, j);
      a_r += value * parameter(INPUTS + 2u + k, 1u, j);
      h_h += value * parameter(INPUTS + 2u + k, 2u, j);
    }
    let z = sigmoid(a_z);
    let r = sigmoid(a_r);
    let candidate = safe_tanh(x_h + r * h_h);
    let next = z * ${state('j')} + (1.0 - z) * candidate;
    hidden[((t + 1u) * BATCH + s) * UNITS + j] = next;
    saved[(t * BATCH + s) * UNITS + j] = vec4f(z, r, candidate, h_h);`;
}

function forwardBody(shape: GruShape, tile: GruTile): string {
  const { timeSteps, units } = shape;
  if (tile.lanes === 'samples') {
    return `${gruMain(shape, tile)}
  var h: array<f32, ${units}>;
  for (var t = 0u; t < ${timeSteps}u; t++) {
    for (var k = 0u; k < UNITS; k++) { h[k] = hidden[(t * BATCH + s) * UNITS + k]; }
    for (var j = 0u; j < UNITS; j++) {${unitForward((k) => `h[${k}]`)}
    }
  }
}`;
  }
  return `
var<workgroup> shared_h: array<f32, ${2 * units}>;
${gruMain(shape, tile)}
  shared_h[j] = hidden[s * UNITS + j];
  workgroupBarrier();
  for (var t = 0u; t < ${timeSteps}u; t++) {
    let now = (t & 1u) * UNITS;${unitForward((k) => `shared_h[now + ${k}]`)}
    shared_h[UNITS - now + j] = next;
    workgroupBarrier();
  }
}`;
}

/**
 * x (T, C, batch), parameters (C + 2 + U, 3U), hidden h (T + 1, batch, U) whose first row is the state before the first
 * step → rows 1 … T of hidden, and z, r, h̃ and h_h of each step (T, batch, U, 4).
 */
export const gruForward = defineTiledKernel({
  name: 'gru_forward',
  bindings: { x: 'read', parameters: 'read', hidden: 'read_write', saved: 'write' },
  code: (shape: GruShape, tile: GruTile) => {
    const { x, parameters, hidden, saved } = gruSizes(shape);
    return wgsl`
@group(0) @binding(0) var<storage, read> x: array<f32, ${x}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${parameters}>;
@group(0) @binding(2) var<storage, read_write> hidden: array<f32, ${hidden}>;
@group(0) @binding(3) var<storage, read_write> saved: array<vec4f, ${saved / 4}>;
${gruHeader(shape)}${forwardBody(shape, tile)}
`;
  },
  tiles: GRU_TILING,
  workgroups: gruWorkgroups,
  sizes: gruSizes,
  reference({ x, parameters, hidden: before }, shape) {
    const { timeSteps, inputDim, units, batch } = shape;
    const hidden = Float64Array.from(before);
    const saved = new Float64Array(gruSizes(shape).saved);
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    for (let t = 0; t < timeSteps; t++) {
      for (let b = 0; b < batch; b++) {
        const state = hidden.subarray((t * batch + b) * units, (t * batch + b + 1) * units);
        for (let j = 0; j < units; j++) {
          const at = (row: number, gate: number) => parameters[(row * 3 + gate) * units + j];
          const ofInput = [0, 1, 2].map((gate) => at(inputDim, gate));
          const ofState = [0, 1, 2].map((gate) => at(inputDim + 1, gate));
          for (let gate = 0; gate < 3; gate++) {
            for (let d = 0; d < inputDim; d++) ofInput[gate] += x[(t * inputDim + d) * batch + b] * at(d, gate);
            for (let k = 0; k < units; k++) ofState[gate] += state[k] * at(inputDim + 2 + k, gate);
          }
          const [z, r] = [0, 1].map((gate) => sigmoid(ofInput[gate] + ofState[gate]));
          const candidate = Math.tanh(ofInput[2] + r * ofState[2]);
          hidden[((t + 1) * batch + b) * units + j] = z * state[j] + (1 - z) * candidate;
          saved.set([z, r, candidate, ofState[2]], ((t * batch + b) * units + j) * 4);
        }
      }
    }
    return { hidden, saved };
  },
  cost: (shape) => {
    const { timeSteps, inputDim, units, batch } = shape;
    return {
      flops: flopsOf(shape),
      bytes: 4 * (timeSteps * batch * (inputDim + 5 * units) + batch * units + gruSizes(shape).parameters),
    };
  },
  lane: gruLane,
  inputs: gruInputs,
  cases: GRU_CASES,
  tolerance: 1e-5,
});
