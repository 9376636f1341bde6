import { ceilDiv, unroll } from './wgsl.ts';

// How the gradient of a kernel, a matrix of sums over samples, is cut into lanes: each lane sums a tile of it.

export interface GradientTile {
  /** Rows and columns that one lane sums, so that a value it loads serves as many products: 4, 8, 16 or more. */
  rows: number;
  columns: number;
  /** The four lanes of a quad make a tile twice as high and wide and share what they load. Needs the feature `subgroups`. */
  subgroups: boolean;
}

/** Lanes of a workgroup that shares nothing: as many columns as a GPU runs together. */
const LANES = 32;

export function tileName({ rows, columns, subgroups }: GradientTile): string {
  return `${rows} × ${columns} a lane${subgroups ? ', shared' : ''}`;
}

export function gradientLanes({ subgroups }: GradientTile): number {
  return subgroups ? 4 : LANES;
}

/** Lanes beside and below each other that share loads. */
export function sharing({ subgroups }: GradientTile): number {
  return subgroups ? 2 : 1;
}

/** Rows that a lane sums where the gradient has `rows` of them: no more than it takes. */
export function laneRows(rows: number, tile: GradientTile): number {
  return Math.min(tile.rows, 2 * ceilDiv(rows, 2 * sharing(tile)));
}

/** Workgroups that cover a gradient of `rows` × `columns`. */
export function gradientTiles(rows: number, columns: number, tile: GradientTile): { across: number; down: number } {
  const lanesAcross = tile.subgroups ? 2 : LANES;
  return {
    across: ceilDiv(columns, lanesAcross * tile.columns),
    down: ceilDiv(rows, sharing(tile) * laneRows(rows, tile)),
  };
}

/** An index for loads, kept below `count`; as it is where tiles of `tile` cover all exactly, for a clamp costs as much as a load. */
export function loadable(index: string, count: number, tile: number): string {
  return count % tile === 0 ? index : `min(${index}, ${count - 1}u)`;
}

/**
 * The lane's first row and column, `top` and `left`, in tile row `index` of `rows` rows. Reads `group.x` and `lane`. The bounds
 * hold anyway; they tell the compiler, which then leaves out a check at every load and store.
 */
export function tileOrigin(index: string, rows: number, columns: number, tile: GradientTile): string {
  const height = laneRows(rows, tile);
  const { across, down } = gradientTiles(rows, columns, tile);
  const bounds = `let tile_down = min(${index}, ${down - 1}u);
    let tile_across = min(group.x, ${across - 1}u);`;
  if (!tile.subgroups) {
    return `${bounds}
    let top = tile_down * ${height}u;
    let left = (tile_across * ${LANES}u + lane) * ${tile.columns}u;`;
  }
  return `${bounds}
    let is_odd = lane % 2u;
    let is_upper = lane / 2u;
    let top = (tile_down * 2u + is_upper) * ${height}u;
    let left = (tile_across * 2u + is_odd) * ${tile.columns}u;`;
}

/**
 * Names the rows and columns of a lane's sums: row0, row1, …, column0, … Lanes beside each other share their rows, lanes
 * above each other their columns; each loads one half, and that comes first.
 */
export function tileRowsAndColumns(height: number, { columns, subgroups }: GradientTile): string {
  const name = (what: string, first: string, count: number, half: string) => {
    if (!subgroups) return unroll(count, (m) => `let ${what}${m} = ${first} + ${m}u;`);
    const own = count / 2;
    return `${unroll(own, (m) => `let ${what}${m} = ${first} + ${half} * ${own}u + ${m}u;`)}
    ${unroll(own, (m) => `let ${what}${own + m} = ${first} + (1u - ${half}) * ${own}u + ${m}u;`)}`;
  };
  return `${name('row', 'top', height, 'is_odd')}
    ${name('column', 'left', columns, 'is_upper')}`;
}

/** `statements` under a condition, or without one where it always holds: each branch costs compiling time. */
function when(condition: string, always: boolean, statements: string): string {
  return always ? statements : `if (${condition}) { ${statements} }`;
}

/**
 * Stores a lane's sums, `sum(p, q)`, of a gradient with `rows` rows, whose first row lies at `base`. Rows are called `row`, and
 * `tileRows` of them are summed by the lanes that make a tile.
 */
export function storeSums(
  { row, rows, tileRows, count }: { row: string; rows: number; tileRows: number; count: number },
  columns: number,
  tile: GradientTile,
  base: string,
  sum: (p: number, q: number) => string,
): string {
  const wholeColumns = columns % (sharing(tile) * tile.columns) === 0 && tile.subgroups;
  return unroll(count, (p) =>
    when(
      `${row}${p} < ${rows}u`,
      rows % tileRows === 0,
      unroll(tile.columns, (q) =>
        when(
          `column${q} < ${columns}u`,
          wholeColumns,
          `partials[${base} + ${row}${p} * ${columns}u + column${q}] = ${sum(p, q)};`,
        ),
      ),
    ),
  );
}
