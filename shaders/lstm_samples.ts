import { activateGates, gateGradients, loadGates, storeGates, throughHidden } from './lstm_cell.ts';
import { type LstmShape, SAMPLE_LANES, type SampleLanes } from './lstm_tile.ts';
import { unroll, wgsl } from './wgsl.ts';

// A lane carries whole samples (`SampleLanes`). Lanes past the batch's end repeat its last sample, because lanes that
// share loads must all stay; they store nothing.

/** Up to this many products of a lane, sums over the units are unrolled, so that array indices are constants. */
const UNROLLED = 1024;

function main({ samplesPerLane: samples }: SampleLanes): string {
  return `
@compute @workgroup_size(${SAMPLE_LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let lane_of_quad = id.x & 3u;
  ${unroll(samples, (n) => `let s${n} = min(id.x * ${samples}u + ${n}u, BATCH - 1u);`)}
  ${unroll(samples, (n) => `let inside${n} = id.x * ${samples}u + ${n}u < BATCH;`)}`;
}

/** The four gates' parameters in row `row` for unit j, as `w<suffix>0` … `w<suffix>3`. */
function loadRow(row: string, j: string, suffix: string, { subgroups }: SampleLanes): string {
  return wgsl`
#if ${subgroups}
  let one${suffix} = parameters[((${row}) * 4u + lane_of_quad) * UNITS + ${j}];
  ${unroll(4, (g) => `let w${suffix}${g} = quadBroadcast(one${suffix}, ${g}u);`)}
#else
  ${unroll(4, (g) => `let w${suffix}${g} = parameters[((${row}) * 4u + ${g}u) * UNITS + ${j}];`)}
#endif
`;
}

interface Pass {
  /** Units of one pass: a divisor of the number of units. */
  passes: number;
  samples: number;
}

function passOf({ units }: LstmShape, { samplesPerLane: samples, unitsPerPass }: SampleLanes): Pass {
  let passes = Math.min(unitsPerPass, units);
  while (units % passes > 0) passes--;
  return { passes, samples };
}

/** A loop over all units, `passes` at a time, numbered `j0`, `j1`, … */
function eachPass({ passes }: Pass, body: string): string {
  return `for (var first_unit = 0u; first_unit < UNITS; first_unit += ${passes}u) {
      ${unroll(passes, (p) => `let j${p} = first_unit + ${p}u;`)}
      ${body}
    }`;
}

/** `body(k)` for every unit k. */
function eachUnit(units: number, { passes, samples }: Pass, body: (k: string) => string): string {
  if (units * passes * samples <= UNROLLED) return unroll(units, (k) => body(`${k}u`));
  return `for (var k = 0u; k < UNITS; k++) { ${body('k')} }`;
}

export function samplesForward(shape: LstmShape, tile: SampleLanes): string {
  const { timeSteps, inputDim, units } = shape;
  const pass = passOf(shape, tile);
  const { passes, samples } = pass;
  const each = (piece: (p: number, n: number) => string) => unroll(passes, (p) => unroll(samples, (n) => piece(p, n)));
  const products = (value: (n: number) => string) =>
    each((p, n) => unroll(4, (g) => `z${p}_${g}_${n} += w${p}_${g} * ${value(n)};`));
  const load = (row: string) => unroll(passes, (p) => loadRow(row, `j${p}`, `${p}_`, tile));
  return `${main(tile)}
  var h: array<f32, ${units * samples}>;
  for (var t = 0u; t < ${timeSteps}u; t++) {
    for (var k = 0u; k < UNITS; k++) {
      ${unroll(samples, (n) => `h[k * ${samples}u + ${n}u] = hidden[(t * BATCH + s${n}) * UNITS + k];`)}
    }
    ${eachPass(
      pass,
      `${unroll(passes, (p) => loadRow(`${inputDim}u`, `j${p}`, `_bias${p}_`, tile))}
      ${each((p, n) => unroll(4, (g) => `var z${p}_${g}_${n} = w_bias${p}_${g};`))}
      for (var d = 0u; d < ${inputDim}u; d++) {
        ${load('d')}
        ${unroll(samples, (n) => `let x${n} = x[(t * ${inputDim}u + d) * BATCH + s${n}];`)}
        ${products((n) => `x${n}`)}
      }
      ${eachUnit(
        units,
        pass,
        (k) => `{
        ${load(`RECURRENT + ${k}`)}
        ${unroll(samples, (n) => `let h${n} = h[${k} * ${samples}u + ${n}u];`)}
        ${products((n) => `h${n}`)}
      }`,
      )}
      ${each(
        (p, n) => `{
        ${activateGates((g) => `z${p}_${g}_${n}`, shape)}
        let c = f * cell[(t * BATCH + s${n}) * UNITS + j${p}] + i * g;
        if (inside${n}) {
          let at = ((t + 1u) * BATCH + s${n}) * UNITS + j${p};
          cell[at] = c;
          hidden[at] = o * safe_tanh(c);
          ${storeGates(`(t * BATCH + s${n}) * UNITS + j${p}`)}
        }
      }`,
      )}`,
    )}
  }
}`;
}

/** Names of a cell's gradient below. */
const CELL = { before: 'c_before', tanh: 'c_tanh', dc: 'dc', dh: 'dh_after' };

export function samplesBackward(shape: LstmShape, tile: SampleLanes, everyStep: boolean): string {
  const { timeSteps, inputDim, units } = shape;
  const pass = passOf(shape, tile);
  const { passes, samples } = pass;
  const each = (piece: (p: number, n: number) => string) => unroll(passes, (p) => unroll(samples, (n) => piece(p, n)));
  const load = (row: string) => unroll(passes, (p) => loadRow(row, `j${p}`, `${p}_`, tile));
  // Added one by one, so that the order is the same for any number of units in a pass.
  const add = (sum: (n: number) => string) =>
    unroll(samples, (n) => {
      const terms = Array.from(
        { length: 4 * passes },
        (_, i) => `w${Math.floor(i / 4)}_${i % 4} * dz${Math.floor(i / 4)}_${i % 4}_${n}`,
      );
      return `${sum(n)} = ${sum(n)} + ${terms.join(' + ')};`;
    });
  return `${main(tile)}
  var dh: array<f32, ${units * samples}>;
  var dx: array<f32, ${inputDim * samples}>;
  for (var step = 0u; step < ${timeSteps}u; step++) {
    let t = ${timeSteps - 1}u - step;
    for (var i = 0u; i < ${units * samples}u; i++) { dh[i] = 0.0; }
    for (var i = 0u; i < ${inputDim * samples}u; i++) { dx[i] = 0.0; }
    ${eachPass(
      pass,
      `${each((p, n) => unroll(4, (g) => `var dz${p}_${g}_${n}: f32;`))}
      ${each(
        (p, n) => `{
        let at = s${n} * UNITS + j${p};
        ${loadGates('t * BATCH * UNITS + at')}
        let c_before = cell[t * BATCH * UNITS + at];
        let c_tanh = safe_tanh(cell[(t + 1u) * BATCH * UNITS + at]);
        let dh_after = state_gradient[at]${everyStep ? ' + step_gradient[t * BATCH * UNITS + at]' : ''};
        let dc = state_gradient[BATCH * UNITS + at] + ${throughHidden(CELL)};
        ${gateGradients(CELL, shape)
          .map((dz, g) => `dz${p}_${g}_${n} = ${dz};`)
          .join('\n')}
        if (inside${n}) {
          state_gradient[BATCH * UNITS + at] = dc * f;
          gate_gradient[t * BATCH * UNITS + at] = vec4f(${[0, 1, 2, 3].map((g) => `dz${p}_${g}_${n}`).join(', ')});
        }
      }`,
      )}
      ${eachUnit(
        units,
        pass,
        (k) => `{
        ${load(`RECURRENT + ${k}`)}
        ${add((n) => `dh[${k} * ${samples}u + ${n}u]`)}
      }`,
      )}
      for (var d = 0u; d < ${inputDim}u; d++) {
        ${load('d')}
        ${add((n) => `dx[d * ${samples}u + ${n}u]`)}
      }`,
    )}
    ${unroll(
      samples,
      (n) => `if (inside${n}) {
      for (var k = 0u; k < UNITS; k++) { state_gradient[s${n} * UNITS + k] = dh[k * ${samples}u + ${n}u]; }
      for (var d = 0u; d < ${inputDim}u; d++) {
        input_gradient[(t * ${inputDim}u + d) * BATCH + s${n}] = dx[d * ${samples}u + ${n}u];
      }
    }`,
    )}
  }
}`;
}
