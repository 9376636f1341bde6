import type { LstmShape } from './lstm_tile.ts';
import { ceilDiv, unroll } from './wgsl.ts';

// The gradient of the LSTM's parameters on a GPU (`WorkgroupTile`): a workgroup sums a tile of [x; 1; h]ᵀ·dz over the
// pairs of step and sample of one part. Its lanes stage some pairs in workgroup memory and then add their products.
// Lane (down, across) has a few rows of the tile, and the four gates of one unit.

/** A workgroup stages pairs in workgroup memory, and a lane sums four columns of several rows. For GPUs. */
export interface WorkgroupTile {
  /** Pairs of step and sample that are staged together, a multiple of 4. */
  staged: number;
}

/** Lanes of a workgroup: units across, groups of rows down. */
const ACROSS = 32;
const DOWN = 8;
export const WORKGROUP_LANES = ACROSS * DOWN;
/** Rows that one lane sums at most. */
const MOST_ROWS = 8;

type Sizes = Pick<LstmShape, 'inputDim' | 'units'>;

/** How the gradient is divided: workgroups down and across, and rows of a lane. */
export function workgroupTiles({ inputDim, units }: Sizes): { down: number; across: number; rows: number } {
  const all = inputDim + 1 + units;
  const down = ceilDiv(all, DOWN * MOST_ROWS);
  return { down, across: ceilDiv(units, ACROSS), rows: ceilDiv(all, DOWN * down) };
}

/** Bytes of workgroup memory. */
export function workgroupTileBytes(shape: Sizes, { staged }: WorkgroupTile): number {
  return 4 * staged * (4 * ACROSS + DOWN * workgroupTiles(shape).rows);
}

/** Turns in which a lane loads its share of what is staged. */
export function stageLoads(shape: Sizes, { staged }: WorkgroupTile): number {
  const turns = (values: number) => ceilDiv(staged * values, WORKGROUP_LANES);
  return turns(DOWN * workgroupTiles(shape).rows) + turns(ACROSS);
}

/** How the code names x and h in storage. */
interface GradientStorage {
  x(at: string): string;
  hidden(at: string): string;
}

const OWN: GradientStorage = { x: (at) => `x[${at}]`, hidden: (at) => `hidden[${at}]` };

/**
 * Declares the memory and a function that sums the tile (`down`, `across`) over the pairs from `first` to `end` and
 * stores it from `base` on. Kernels bind the names of `lstm_parameter_gradient`.
 */
export function workgroupGradient(
  shape: LstmShape,
  { staged }: WorkgroupTile,
  { x, hidden }: GradientStorage = OWN,
): string {
  const { timeSteps, inputDim, units, batch } = shape;
  const { rows } = workgroupTiles(shape);
  const tileRows = DOWN * rows;
  const pairs = timeSteps * batch;
  return `
var<workgroup> staged_rows: array<f32, ${staged * tileRows}>;
var<workgroup> staged_dz: array<vec4f, ${staged * ACROSS}>;

// Row \`row\` of [x; 1; h] at pair \`at\`; 0 past the last.
fn row_at(row: u32, at: u32) -> f32 {
  if (row < ${inputDim}u) {
    let value = (at / ${batch}u * ${inputDim}u + row) * ${batch}u + at % ${batch}u;
    return ${x('value')};
  }
  if (row == ${inputDim}u) { return 1.0; }
  let unit = row - ${inputDim + 1}u;
  return select(0.0, ${hidden(`at * ${units}u + min(unit, ${units - 1}u)`)}, unit < ${units}u);
}

fn sum_tile(lane: u32, tile_down: u32, tile_across: u32, first: u32, end: u32, base: u32) {
  let across = lane % ${ACROSS}u;
  let down = lane / ${ACROSS}u;
  let top = tile_down * ${tileRows}u;
  let unit = tile_across * ${ACROSS}u + across;
  ${unroll(rows, (m) => `var sum${m} = vec4f(0.0);`)}
  for (var at = first; at < end; at += ${staged}u) {
    for (var n = lane; n < ${staged * tileRows}u; n += ${WORKGROUP_LANES}u) {
      let pair = at + n / ${tileRows}u;
      staged_rows[n] = row_at(top + n % ${tileRows}u, min(pair, ${pairs - 1}u));
    }
    for (var n = lane; n < ${staged * ACROSS}u; n += ${WORKGROUP_LANES}u) {
      let pair = at + n / ${ACROSS}u;
      let column = tile_across * ${ACROSS}u + n % ${ACROSS}u;
      let dz = gate_gradient[min(pair, ${pairs - 1}u) * ${units}u + min(column, ${units - 1}u)];
      staged_dz[n] = select(vec4f(0.0), dz, pair < end);
    }
    workgroupBarrier();
    for (var pair = 0u; pair < ${staged}u; pair++) {
      let dz = staged_dz[pair * ${ACROSS}u + across];
      let row = pair * ${tileRows}u + down * ${rows}u;
      ${unroll(rows, (m) => `sum${m} += staged_rows[row + ${m}u] * dz;`)}
    }
    workgroupBarrier();
  }
  // dz lies by units, the parameters' columns by gates.
  if (unit < ${units}u) {
    ${unroll(
      rows,
      (m) => `{
      let row = top + down * ${rows}u + ${m}u;
      if (row < ${inputDim + 1 + units}u) {
        let to = base + row * ${4 * units}u + unit;
        ${unroll(4, (g) => `partials[to + ${g * units}u] = sum${m}[${g}];`)}
      }
    }`,
    )}
  }
}
`;
}
