import { activateGates, gateGradients, loadGates, storeGates, throughHidden } from './lstm_cell.ts';
import { type LstmShape, parameterRow, type UnitLanes } from './lstm_tile.ts';
import { unroll, wgsl } from './wgsl.ts';

// A lane is a unit (`UnitLanes`). A workgroup takes `samples` samples through time. Lanes exchange values through
// workgroup memory, in two halves that take turns, so that one barrier a time step is enough.

function main(lanes: number): string {
  return `
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {`;
}

/**
 * The workgroup's samples: `s0`, `s1`, … The `min` never changes a value; it lets the compiler drop its bounds checks.
 */
function sampleNumbers(samples: number): string {
  return unroll(samples, (c) => `let s${c} = min(group.x * ${samples}u + ${c}u, BATCH - 1u);`);
}

/** `body(n)` for n below `count`: unrolled for registers, which take no index at run time, otherwise a loop. */
function sum(count: number, { parameters }: UnitLanes, body: (n: string) => string): string {
  if (parameters === 'registers') return unroll(count, (n) => body(`${n}`));
  return `for (var n = 0u; n < ${count}u; n++) { ${body('n')} }`;
}

export function unitsForward(shape: LstmShape, tile: UnitLanes): string {
  const { timeSteps, inputDim, units } = shape;
  const { samplesPerLane: samples, parameters: place } = tile;
  const gatesAndSamples = (piece: (g: number, c: number) => string) =>
    unroll(4, (g) => unroll(samples, (c) => piece(g, c)));
  return wgsl`
var<workgroup> shared_h: array<f32, ${2 * units * samples}>;
#if ${place === 'workgroup'}
var<workgroup> shared_w: array<f32, ${4 * units * units}>;
#endif
${main(units)}
  ${sampleNumbers(samples)}
#if ${place === 'registers'}
  var w: array<f32, ${4 * units}>;
  ${unroll(4 * units, (n) => `w[${n}] = parameters[(RECURRENT * 4u + ${n}u) * UNITS + lane];`)}
#elif ${place === 'workgroup'}
  for (var n = 0u; n < ${4 * units}u; n++) {
    shared_w[n * UNITS + lane] = parameters[(RECURRENT * 4u + n) * UNITS + lane];
  }
#endif
  ${unroll(4, (g) => `let bias${g} = parameters[${4 * inputDim + g}u * UNITS + lane];`)}
  ${unroll(
    samples,
    (c) => `var c${c} = cell[s${c} * UNITS + lane];
  shared_h[lane * ${samples}u + ${c}u] = hidden[s${c} * UNITS + lane];`,
  )}
  workgroupBarrier();
  for (var t = 0u; t < ${timeSteps}u; t++) {
    let now = (t & 1u) * ${units * samples}u;
    let next = ${units * samples}u - now;
    ${gatesAndSamples((g, c) => `var z${g}_${c} = bias${g};`)}
    for (var d = 0u; d < ${inputDim}u; d++) {
      ${unroll(samples, (c) => `let x${c} = x[(t * ${inputDim}u + d) * BATCH + s${c}];`)}
      ${unroll(4, (g) => `let k${g} = parameters[(d * 4u + ${g}u) * UNITS + lane];`)}
      ${gatesAndSamples((g, c) => `z${g}_${c} += k${g} * x${c};`)}
    }
    ${sum(
      units,
      tile,
      (k) => wgsl`{
      ${unroll(samples, (c) => `let h${c} = shared_h[now + ${k} * ${samples}u + ${c}u];`)}
#if ${place === 'registers'}
      ${unroll(4, (g) => `let w${g} = w[${k} * 4 + ${g}];`)}
#elif ${place === 'workgroup'}
      ${unroll(4, (g) => `let w${g} = shared_w[(${k} * 4u + ${g}u) * UNITS + lane];`)}
#else
      ${unroll(4, (g) => `let w${g} = parameters[((RECURRENT + ${k}) * 4u + ${g}u) * UNITS + lane];`)}
#endif
      ${gatesAndSamples((g, c) => `z${g}_${c} += w${g} * h${c};`)}
    }`,
    )}
    ${unroll(
      samples,
      (c) => `{
      ${activateGates((g) => `z${g}_${c}`, shape)}
      c${c} = f * c${c} + i * g;
      let h = o * safe_tanh(c${c});
      shared_h[next + lane * ${samples}u + ${c}u] = h;
      let at = ((t + 1u) * BATCH + s${c}) * UNITS + lane;
      hidden[at] = h;
      cell[at] = c${c};
      ${storeGates(`(t * BATCH + s${c}) * UNITS + lane`)}
    }`,
    )}
    workgroupBarrier();
  }
}`;
}

/** Lanes past the units have the rows of K; their sums are the gradient of the input. */
export function unitsBackward(shape: LstmShape, tile: UnitLanes, everyStep: boolean): string {
  const cell = (c: number) => ({ before: `c${c}`, tanh: 'c_tanh', dc: `dc${c}`, dh: `dh${c}` });
  const { timeSteps, inputDim, units } = shape;
  const { samplesPerLane: samples, parameters: place } = tile;
  const columns = 4 * units;
  return wgsl`
var<workgroup> shared_dz: array<f32, ${2 * columns * samples}>;
#if ${place === 'workgroup'}
var<workgroup> shared_w: array<f32, ${(units + inputDim) * parameterRow(units)}>;
#endif
// Column n of the lane's row: of R for a unit, of K past the units.
fn row_parameter(lane: u32, n: u32) -> f32 {
  return parameters[select(lane - UNITS, RECURRENT + lane, lane < UNITS) * ${columns}u + n];
}
${main(units + inputDim)}
  let is_unit = lane < UNITS;
  let unit = min(lane, UNITS - 1u);
  ${sampleNumbers(samples)}
#if ${place === 'registers'}
  var w: array<f32, ${columns}>;
  ${unroll(columns, (n) => `w[${n}] = row_parameter(lane, ${n}u);`)}
#elif ${place === 'workgroup'}
  for (var n = 0u; n < ${columns}u; n++) { shared_w[lane * ${parameterRow(units)}u + n] = row_parameter(lane, n); }
#endif
  ${unroll(
    samples,
    (c) => `var dh${c} = state_gradient[s${c} * UNITS + unit];
  var dc${c} = state_gradient[(BATCH + s${c}) * UNITS + unit];
  var c${c} = cell[(${timeSteps}u * BATCH + s${c}) * UNITS + unit];`,
  )}
  for (var step = 0u; step < ${timeSteps}u; step++) {
    let t = ${timeSteps - 1}u - step;
    let half = (step & 1u) * ${columns * samples}u;
    if (is_unit) {
      ${unroll(
        samples,
        (c) => `{
        let at = (t * BATCH + s${c}) * UNITS + unit;
        ${everyStep ? `dh${c} += step_gradient[at];\n        ` : ''}${loadGates('at')}
        let c_tanh = safe_tanh(c${c});
        c${c} = cell[at];
        dc${c} += ${throughHidden(cell(c))};
        let dz = vec4f(${gateGradients(cell(c), shape).join(', ')});
        dc${c} *= f;
        gate_gradient[at] = dz;
        ${unroll(4, (g) => `shared_dz[half + (${g}u * UNITS + unit) * ${samples}u + ${c}u] = dz[${g}];`)}
      }`,
      )}
    }
    workgroupBarrier();
    ${unroll(samples, (c) => `var sum${c} = 0.0;`)}
    ${sum(
      columns,
      tile,
      (n) => wgsl`{
#if ${place === 'registers'}
      let w_n = w[${n}];
#elif ${place === 'workgroup'}
      let w_n = shared_w[lane * ${parameterRow(units)}u + ${n}];
#else
      let w_n = row_parameter(lane, ${n});
#endif
      ${unroll(samples, (c) => `sum${c} += w_n * shared_dz[half + ${n} * ${samples}u + ${c}u];`)}
    }`,
    )}
    ${unroll(
      samples,
      (c) => `dh${c} = sum${c};
    if (!is_unit) { input_gradient[(t * ${inputDim}u + lane - UNITS) * BATCH + s${c}] = sum${c}; }`,
    )}
  }
  if (is_unit) {
    ${unroll(
      samples,
      (c) => `state_gradient[s${c} * UNITS + unit] = dh${c};
    state_gradient[(BATCH + s${c}) * UNITS + unit] = dc${c};`,
    )}
  }
}`;
}
