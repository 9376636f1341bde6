import { activateGates, gateGradients, loadGates, storeGateGradients, storeGates, throughHidden } from './lstm_cell.ts';
import type { LstmShape, QuadLanes } from './lstm_tile.ts';
import { ceilDiv, unroll } from './wgsl.ts';

// Four lanes share a sample (`QuadLanes`). Lane q has units q, q + 4, …; below, unit i of a lane is i · 4 + q. States stay in
// registers through all time steps, so that memory sees each gate, c and h once.

interface Quads {
  /** Units of one lane, the last of which may lie past the end. */
  owned: number;
  samples: number;
}

function quadsOf({ units, tile }: LstmShape): Quads {
  return { owned: ceilDiv(units, 4), samples: tile.samplesPerLane };
}

/** `piece(i, c)` for every owned unit and sample. */
function each({ owned, samples }: Quads, piece: (i: number, c: number) => string): string {
  return unroll(owned, (i) => unroll(samples, (c) => piece(i, c)));
}

/** Whether every lane has a unit i; a clamp for nothing would cost as much as the load. */
function isWhole(units: number, i: number): boolean {
  return 4 * (i + 1) <= units;
}

/** Unit i of a lane, or the last one where it lies past the end: for loads. */
function loadable(units: number, i: number): string {
  return isWhole(units, i) ? `unit${i}` : `min(unit${i}, UNITS - 1u)`;
}

/** Statements for unit i, kept from lanes whose unit lies past the end. */
function insideUnits(units: number, i: number, statements: string): string {
  return isWhole(units, i) ? statements : `if (unit${i} < UNITS) { ${statements} }`;
}

/** Rows of the parameters: K, b, R. */
function rowsOf({ inputDim, units }: LstmShape): number {
  return inputDim + 1 + units;
}

/** The parameters of a lane's units, w (owned, rows, 4), for the whole dispatch; and the numbers of its units. */
function loadParameters(shape: LstmShape, { owned }: Quads): string {
  const rows = rowsOf(shape);
  return `
  var w: array<f32, ${owned * rows * 4}>;
  for (var i = 0u; i < ${owned}u; i++) {
    for (var n = 0u; n < ${4 * rows}u; n++) {
      w[i * ${4 * rows}u + n] = parameters[n * UNITS + min(4u * i + q, UNITS - 1u)];
    }
  }
  ${unroll(owned, (i) => `let unit${i} = ${4 * i}u + q;`)}`;
}

/**
 * A loop over the workgroup's samples, `samples` at a time; `s0`, `s1`, … are their numbers. They lie in the batch anyway; the
 * bound tells the compiler, which then leaves out a check at every load and store.
 */
function eachSample({ samplesPerWorkgroup }: QuadLanes, { samples }: Quads, body: string): string {
  return `
  let end = min((group.x + 1u) * ${samplesPerWorkgroup}u, BATCH);
  for (var first = group.x * ${samplesPerWorkgroup}u; first < end; first += ${samples}u) {
    ${unroll(samples, (c) => `let s${c} = min(first + ${c}u, BATCH - 1u);`)}
    ${body}
  }`;
}

const MAIN = `
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) q: u32) {`;

export function quadsForward(shape: LstmShape): string {
  const { timeSteps, inputDim, units, tile } = shape;
  const quads = quadsOf(shape);
  const { samples } = quads;
  const weight = (i: number, row: number, g: number) => `w[${(i * rowsOf(shape) + row) * 4 + g}]`;
  const addRow = (i: number, row: number, value: (c: number) => string) =>
    unroll(4, (g) => unroll(samples, (c) => `z${g}_${c} += ${weight(i, row, g)} * ${value(c)};`));
  const unit = (i: number) => `{
      ${unroll(4, (g) => unroll(samples, (c) => `var z${g}_${c} = ${weight(i, inputDim, g)};`))}
      ${unroll(inputDim, (d) => addRow(i, d, (c) => `x${d}_${c}`))}
      ${unroll(units, (k) => addRow(i, inputDim + 1 + k, (c) => `before${k}_${c}`))}
      ${unroll(
        samples,
        (c) => `{
        ${activateGates((g) => `z${g}_${c}`)}
        c${i}_${c} = f * c${i}_${c} + i * g;
        h${i}_${c} = o * safe_tanh(c${i}_${c});
        ${insideUnits(
          units,
          i,
          `let at = ((t + 1u) * BATCH + s${c}) * UNITS + unit${i};
        hidden[at] = h${i}_${c};
        cell[at] = c${i}_${c};
        let at_gate = (t * BATCH + s${c}) * 4u * UNITS + unit${i};
        ${storeGates}`,
        )}
      }`,
      )}
    }`;
  return `${MAIN}
  ${loadParameters(shape, quads)}
  ${eachSample(
    tile as QuadLanes,
    quads,
    `${each(quads, (i, c) => {
      const at = `s${c} * UNITS + ${loadable(units, i)}`;
      return `var h${i}_${c} = hidden[${at}];\nvar c${i}_${c} = cell[${at}];`;
    })}
    for (var t = 0u; t < ${timeSteps}u; t++) {
      ${unroll(inputDim, (d) => unroll(samples, (c) => `let x${d}_${c} = x[(t * ${inputDim}u + ${d}u) * BATCH + s${c}];`))}
      ${unroll(units, (k) =>
        unroll(samples, (c) => `let before${k}_${c} = quadBroadcast(h${Math.floor(k / 4)}_${c}, ${k % 4}u);`),
      )}
      ${unroll(quads.owned, unit)}
    }`,
  )}
}`;
}

export function quadsBackward(shape: LstmShape): string {
  const { timeSteps, inputDim, units, tile } = shape;
  const quads = quadsOf(shape);
  const { samples } = quads;
  return `${MAIN}
  let is_odd = (q & 1u) != 0u;
  let is_upper = (q & 2u) != 0u;
  ${loadParameters(shape, quads)}
  ${eachSample(
    tile as QuadLanes,
    quads,
    `${each(quads, (i, c) => {
      const at = `s${c} * UNITS + ${loadable(units, i)}`;
      // A unit past the end gives nothing to any other.
      const inside = (value: string) => (isWhole(units, i) ? value : `select(0.0, ${value}, unit${i} < UNITS)`);
      return `var dh${i}_${c} = ${inside(`state_gradient[${at}]`)};
    var dc${i}_${c} = ${inside(`state_gradient[BATCH * UNITS + ${at}]`)};
    var c${i}_${c} = cell[${timeSteps}u * BATCH * UNITS + ${at}];`;
    })}
    for (var step = 0u; step < ${timeSteps}u; step++) {
      let t = ${timeSteps - 1}u - step;
      ${each(quads, (i, c) => cellBackward(shape, i, c))}
      ${each(quads, (i, c) => hiddenGradient(shape, quads, i, c))}
      ${unroll(inputDim, (d) => unroll(samples, (c) => inputGradient(shape, quads, d, c)))}
    }
    ${each(quads, (i, c) =>
      insideUnits(
        units,
        i,
        `state_gradient[s${c} * UNITS + unit${i}] = dh${i}_${c};
    state_gradient[(BATCH + s${c}) * UNITS + unit${i}] = dc${i}_${c};`,
      ),
    )}`,
  )}
}`;
}

/** One unit of one sample: dz from dh, dc and the gates; c and dc become those of the step before. */
function cellBackward({ units }: LstmShape, i: number, c: number): string {
  const own = `${i}_${c}`;
  const cell = { suffix: own, before: `c${own}`, tanh: `tanh${own}`, dc: `dc${own}`, dh: `dh${own}` };
  return `
      let at_gate${own} = (t * BATCH + s${c}) * 4u * UNITS + ${loadable(units, i)};
      ${loadGates(`at_gate${own}`, own)}
      let tanh${own} = safe_tanh(c${own});
      c${own} = cell[(t * BATCH + s${c}) * UNITS + ${loadable(units, i)}];
      dc${own} += ${throughHidden(cell)};
      ${gateGradients(cell)
        .map((dz, g) => `let dz${i}_${g}_${c} = ${dz};`)
        .join('\n')}
      dc${own} *= f${own};
      ${insideUnits(
        units,
        i,
        storeGateGradients(`at_gate${own}`, (g) => `dz${i}_${g}_${c}`),
      )}`;
}

/** What a lane's own units give to row `row` of dz·[K; b; R]ᵀ; undefined is a row past the last. */
function rowSum(shape: LstmShape, { owned }: Quads, name: string, row: number | undefined, c: number): string {
  if (row === undefined) return `let ${name} = 0.0;`;
  const weight = (i: number, g: number) => `w[${(i * rowsOf(shape) + row) * 4 + g}]`;
  return `var ${name} = 0.0;
      ${unroll(owned, (i) => unroll(4, (g) => `${name} += ${weight(i, g)} * dz${i}_${g}_${c};`))}`;
}

/** dh of the step before. Each lane has a part of four rows' sums; two exchanges add them up so that lane q has row 4i + q. */
function hiddenGradient(shape: LstmShape, quads: Quads, i: number, c: number): string {
  const { units, inputDim } = shape;
  const row = (m: number) => (4 * i + m < units ? inputDim + 1 + 4 * i + m : undefined);
  return `{
      ${unroll(4, (m) => rowSum(shape, quads, `p${m}`, row(m), c))}
      let a = select(p0, p1, is_odd) + quadSwapX(select(p1, p0, is_odd));
      let b = select(p2, p3, is_odd) + quadSwapX(select(p3, p2, is_odd));
      dh${i}_${c} = select(a, b, is_upper) + quadSwapY(select(b, a, is_upper));
    }`;
}

function inputGradient(shape: LstmShape, quads: Quads, d: number, c: number): string {
  return `{
      ${rowSum(shape, quads, 'p', d, c)}
      p += quadSwapX(p);
      p += quadSwapY(p);
      if (q == ${d % 4}u) { input_gradient[(t * ${shape.inputDim}u + ${d}u) * BATCH + s${c}] = p; }
    }`;
}
