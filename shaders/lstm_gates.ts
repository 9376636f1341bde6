import { gateGradients, throughHidden } from './lstm_cell.ts';
import { type GateLanes, type LstmShape, stagedSteps } from './lstm_tile.ts';
import { unroll, wgsl } from './wgsl.ts';

// Four lanes are a unit (`GateLanes`): lane g · U + j has gate g of unit j, and its column of K, b and R in registers.
// A workgroup takes one sample through time, with two barriers a step. All four lanes of a unit carry its c, dh and dc.
// Kernels that carry a sample through time with this code bind the names of the LSTM's kernels.

/** How many of [K; R]'s rows a lane keeps its column of: those of K, and as many as there are registers. */
export function keptRows({ inputDim, units }: LstmShape, { registers }: GateLanes): number {
  return Math.min(inputDim + units, Math.max(inputDim, registers));
}

/** Parameters that a lane loads together, if it has to load them in every step. */
export const LOADS_OF_TURN = 8;

/**
 * Adds the products of the parameters from `first` on, which are not in registers, to `sum`. The bound of the loop is
 * known at run time only: a compiler that unrolled the loop would keep the parameters in registers all the same, and
 * would have too few.
 */
function addStored(sum: string, first: number, count: number, product: (n: string) => string): string {
  if (first === count) return '';
  const last = first + LOADS_OF_TURN * Math.floor((count - first) / LOADS_OF_TURN);
  const products = (n: number) => product(`(n + ${n}u)`);
  return `for (var n = ${first}u; n < min(${last}u, ${last}u * groups.x); n += ${LOADS_OF_TURN}u) {
      ${unroll(LOADS_OF_TURN, (n) => `let product${n} = ${products(n)};`)}
      ${sum} += ${Array.from({ length: LOADS_OF_TURN }, (_, n) => `product${n}`).join(' + ')};
    }
    ${unroll(count - last, (n) => `${sum} += ${product(`${last + n}u`)};`)}`;
}

/** How the code names what it reads and writes in storage beside `gates` and `gate_gradient`. */
export interface GatesStorage {
  parameters(at: string): string;
  hidden(at: string): string;
  cell(at: string): string;
}

const OWN: GatesStorage = {
  parameters: (at) => `parameters[${at}]`,
  hidden: (at) => `hidden[${at}]`,
  cell: (at) => `cell[${at}]`,
};

/** The sum of `count` terms in four chains, so that an addition need not wait for the one before. */
export function sumInChains(name: string, first: string, count: number, term: (n: number) => string): string {
  const chains = Math.min(4, count);
  return `${unroll(chains, (c) => `var ${name}${c} = ${c === 0 ? `${first} + ` : ''}${term(c)};`)}
    ${unroll(count - chains, (n) => `${name}${(n + chains) % chains} += ${term(n + chains)};`)}
    var ${name} = ${chains === 4 ? `(${name}0 + ${name}1) + (${name}2 + ${name}3)` : joined(name, chains)};`;
}

function joined(name: string, chains: number): string {
  return Array.from({ length: chains }, (_, c) => `${name}${c}`).join(' + ');
}

/** Declares what `gatesForwardSteps` exchanges. */
export function gatesForwardMemory({ units }: LstmShape): string {
  return `
var<workgroup> shared_h: array<f32, ${units}>;
var<workgroup> shared_gates: array<f32, ${4 * units}>;`;
}

/** Loads the lane's bias, and of its column of [K; R] as much as it keeps. */
export function loadColumn(shape: LstmShape, tile: GateLanes, { parameters } = OWN): string {
  const { inputDim, units } = shape;
  const row = (n: number) => (n < inputDim ? n : n + 1);
  return `let bias = ${parameters(`${4 * inputDim * units}u + lane`)};
  ${unroll(keptRows(shape, tile), (n) => `let w${n} = ${parameters(`${4 * row(n) * units}u + lane`)};`)}`;
}

/**
 * All time steps, forward: `before` are statements before the sums of a step, `x(d)` is channel d of the step. Reads
 * `s`, `lane`, `unit`, `gate` and the variable `c`; h of the step before is in `shared_h`.
 */
export function gatesForwardSteps(
  shape: LstmShape,
  tile: GateLanes,
  before: string,
  x: (d: number) => string,
  { parameters, hidden, cell } = OWN,
): string {
  const { timeSteps, inputDim, units, gateSlope } = shape;
  const count = inputDim + units;
  const kept = keptRows(shape, tile);
  const term = (n: number) => (n < inputDim ? `w${n} * ${x(n)}` : `w${n} * shared_h[${n - inputDim}]`);
  const stored = (n: string) => `${parameters(`(${n} + 1u) * ${4 * units}u + lane`)} * shared_h[${n} - ${inputDim}u]`;
  return wgsl`
  for (var t = 0u; t < ${timeSteps}u; t++) {
    ${before}
    workgroupBarrier();
    ${sumInChains('z', 'bias', kept, term)}
    ${addStored('z', kept, count, stored)}
#if ${gateSlope === undefined}
    // σ(z) is 0.5 + 0.5 · tanh(0.5 · z).
    let z_tanh = safe_tanh(select(0.5 * z, z, gate == 2u));
    shared_gates[lane] = select(0.5 + 0.5 * z_tanh, z_tanh, gate == 2u);
#else
    shared_gates[lane] = select(hard_sigmoid(z), safe_tanh(z), gate == 2u);
#endif
    workgroupBarrier();
    ${['i', 'f', 'g', 'o'].map((name, g) => `let ${name} = shared_gates[${g * units}u + unit];`).join('\n    ')}
    c = f * c + i * g;
    if (lane < UNITS) {
      let h = o * safe_tanh(c);
      let at = ((t + 1u) * BATCH + s) * UNITS + unit;
      shared_h[unit] = h;
      ${hidden('at')} = h;
      ${cell('at')} = c;
      gates[(t * BATCH + s) * UNITS + unit] = vec4f(i, f, g, o);
    }
  }`;
}

/** The entry point, up to its body. */
export function gatesMain({ units }: LstmShape): string {
  return `
@compute @workgroup_size(${4 * units})
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32
) {
  let s = min(group.x, BATCH - 1u);
  let unit = lane % UNITS;
  let gate = lane / UNITS;`;
}

export function gatesForward(shape: LstmShape, tile: GateLanes): string {
  const { timeSteps, inputDim, units } = shape;
  const staged = stagedSteps(shape);
  const stage = `if (t % ${staged}u == 0u) {
      for (var n = lane; n < ${staged * inputDim}u; n += ${4 * units}u) {
        shared_x[n] = x[min(t * ${inputDim}u + n, ${timeSteps * inputDim - 1}u) * BATCH + s];
      }
    }
    let now = t % ${staged}u * ${inputDim}u;`;
  return `${gatesForwardMemory(shape)}
var<workgroup> shared_x: array<f32, ${staged * inputDim}>;
${gatesMain(shape)}
  ${loadColumn(shape, tile)}
  var c = cell[s * UNITS + unit];
  if (lane < UNITS) { shared_h[unit] = hidden[s * UNITS + unit]; }
  ${gatesForwardSteps(shape, tile, stage, (d) => `shared_x[now + ${d}u]`)}
}`;
}

/** Declares what `gatesBackwardSteps` exchanges. */
export function gatesBackwardMemory({ units }: LstmShape): string {
  return `
var<workgroup> shared_dz: array<f32, ${4 * units}>;
var<workgroup> shared_sums: array<f32, ${4 * units}>;`;
}

/**
 * All time steps, backward. A lane sums the part of its gate in dh of its unit: its piece of R's row is in registers.
 * Reads `s`, `lane`, `unit`, `gate` and the variables `dh`, `dc` and `c` of the unit after the last step. With
 * `everyStep` the gradient of every hidden state comes in.
 */
export function gatesBackwardSteps(shape: LstmShape, tile: GateLanes, everyStep = false, storage = OWN): string {
  const { timeSteps, units } = shape;
  const kept = Math.min(units, tile.registers);
  const parameter = (n: string) => storage.parameters(`(RECURRENT + unit) * ${4 * units}u + gate * UNITS + ${n}`);
  const stored = (n: string) => `${parameter(n)} * shared_dz[gate * UNITS + ${n}]`;
  const cell = { before: 'before', tanh: 'c_tanh', dc: 'dc', dh: 'dh' };
  return `
  ${unroll(kept, (j) => `let r${j} = ${parameter(`${j}u`)};`)}
  // The gates and c of the next turn are loaded a turn ahead.
  var next_gates = gates[(${timeSteps - 1}u * BATCH + s) * UNITS + unit];
  var next_cell = ${storage.cell(`(${timeSteps - 1}u * BATCH + s) * UNITS + unit`)};${
    everyStep ? `\n  var next_gradient = step_gradient[(${timeSteps - 1}u * BATCH + s) * UNITS + unit];` : ''
  }
  for (var step = 0u; step < ${timeSteps}u; step++) {
    let t = ${timeSteps - 1}u - step;
    let before = next_cell;
    ${['i', 'f', 'g', 'o'].map((name, g) => `let ${name} = next_gates[${g}];`).join('\n    ')}
    let ahead = ((max(t, 1u) - 1u) * BATCH + s) * UNITS + unit;
    next_gates = gates[ahead];
    next_cell = ${storage.cell('ahead')};${everyStep ? '\n    dh += next_gradient;\n    next_gradient = step_gradient[ahead];' : ''}
    let c_tanh = safe_tanh(c);
    c = before;
    dc += ${throughHidden(cell)};
    let dz = vec4f(${gateGradients(cell, shape).join(', ')});
    dc *= f;
    shared_dz[lane] = select(select(dz.x, dz.y, gate == 1u), select(dz.z, dz.w, gate == 3u), gate > 1u);
    if (lane < UNITS) { gate_gradient[(t * BATCH + s) * UNITS + unit] = dz; }
    workgroupBarrier();
    ${sumInChains('sum', '0.0', kept, (j) => `r${j} * shared_dz[gate * UNITS + ${j}u]`)}
    ${addStored('sum', kept, units, stored)}
    shared_sums[lane] = sum;
    workgroupBarrier();
    dh = (shared_sums[unit] + shared_sums[${units}u + unit])
      + (shared_sums[${2 * units}u + unit] + shared_sums[${3 * units}u + unit]);
  }`;
}

/** Units whose dz a lane loads together. */
export function unitsOfTurn(units: number): number {
  return [8, 4, 2, 1].find((count) => units % count === 0) ?? 1;
}

/**
 * dx of all time steps and channels, from dz in storage, after a barrier; `store` are statements for `sum`, the
 * gradient of channel `d` at step `t`, which is value `n` of the sample.
 */
export function gatesInputGradient(
  { timeSteps, inputDim, units }: LstmShape,
  store: string,
  { parameters } = OWN,
): string {
  const turn = unitsOfTurn(units);
  return `
  for (var n = lane; n < ${timeSteps * inputDim}u; n += ${4 * units}u) {
    let t = n / ${inputDim}u;
    let d = n % ${inputDim}u;
    var sum = 0.0;
    for (var j = 0u; j < UNITS; j += ${turn}u) {
      let first = (t * BATCH + s) * UNITS + j;
      let column = d * ${4 * units}u + j;
      ${unroll(turn, (m) => `let dz${m} = gate_gradient[first + ${m}u];`)}
      ${unroll(turn, (m) => {
        const of = (g: number) => parameters(`column + ${g * units + m}u`);
        return `sum += dot(dz${m}, vec4f(${of(0)}, ${of(1)}, ${of(2)}, ${of(3)}));`;
      })}
    }
    ${store}
  }`;
}

export function gatesBackward(shape: LstmShape, tile: GateLanes, everyStep: boolean): string {
  return `${gatesBackwardMemory(shape)}
${gatesMain(shape)}
  var dh = state_gradient[s * UNITS + unit];
  var dc = state_gradient[(BATCH + s) * UNITS + unit];
  var c = cell[(${shape.timeSteps}u * BATCH + s) * UNITS + unit];
  ${gatesBackwardSteps(shape, tile, everyStep)}
  if (lane < UNITS) {
    state_gradient[s * UNITS + unit] = dh;
    state_gradient[(BATCH + s) * UNITS + unit] = dc;
  }
  storageBarrier();
  ${gatesInputGradient(shape, 'input_gradient[n * BATCH + s] = sum;')}
}`;
}
