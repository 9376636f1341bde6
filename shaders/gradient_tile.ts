import type { TileDevice, Tiling } from '../src/gpu/kernel.ts';
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

/** Takes few registers. */
export const SMALL_TILE: GradientTile = { rows: 4, columns: 4, subgroups: false };

function tileId({ rows, columns, subgroups }: GradientTile): string {
  return `${rows}x${columns}${subgroups ? '/shared' : ''}`;
}

function misfit({ subgroups }: { subgroups: boolean }, { hasSubgroups }: TileDevice): string | undefined {
  return subgroups && !hasSubgroups ? 'the device has no subgroups' : undefined;
}

interface GradientTilingOptions<Shape> {
  /** Rows and columns of the large tiles that are of use for a shape. */
  sizes(shape: Shape): [rows: number, columns: number][];
  /**
   * The size for a software adapter. Larger tiles save loads but compile more slowly; this is where they stop paying. A GPU
   * gets a small tile by default, which takes few registers.
   */
  large(shape: Shape): [rows: number, columns: number];
  shortened(shape: Shape, flops: number): Shape;
}

/** The tiles of a kernel that sums a gradient: the small one, and each size with and without shared loads. */
export function gradientTiling<Shape>(options: GradientTilingOptions<Shape>): Tiling<Shape, GradientTile> {
  const { sizes, large, shortened } = options;
  const all = (shape: Shape) => {
    const tilesOf = (subgroups: boolean) => sizes(shape).map(([rows, columns]) => ({ rows, columns, subgroups }));
    return [SMALL_TILE, ...tilesOf(false), ...tilesOf(true)];
  };
  return {
    id: tileId,
    misfit: (tile, _, device) => misfit(tile, device),
    all,
    choices(shape, device) {
      const [rows, columns] = large(shape);
      const preferred = device.isSoftware ? { rows, columns, subgroups: device.hasSubgroups } : SMALL_TILE;
      return preferredFirst(preferred, all(shape), tileId, device);
    },
    shortened,
  };
}

/** The tiles that a device can run, the preferred one before all others. */
export function preferredFirst<Tile extends { subgroups: boolean }>(
  preferred: Tile,
  all: Tile[],
  id: (tile: Tile) => string,
  device: TileDevice,
): Tile[] {
  const others = all.filter((tile) => id(tile) !== id(preferred) && misfit(tile, device) === undefined);
  return [preferred, ...others];
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
 * The lane's first row and column, `top` and `left`, in tile row `index` of `rows` rows; where lanes share loads also those of the
 * half that it loads itself and of the half that comes from a neighbour: beside it for rows, above or below for columns. Reads
 * `group.x` and `lane`. The bounds hold anyway; they tell the compiler, which then leaves out a check at every load and store.
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
  const halves = (first: string, half: string, own: number) =>
    `let ${first}_own = ${first} + ${half} * ${own}u;
    let ${first}_other = ${first} + (1u - ${half}) * ${own}u;`;
  return `${bounds}
    let is_odd = lane & 1u;
    let is_upper = lane >> 1u;
    let top = (tile_down * 2u + is_upper) * ${height}u;
    let left = (tile_across * 2u + is_odd) * ${tile.columns}u;
    ${halves('top', 'is_odd', height / 2)}
    ${halves('left', 'is_upper', tile.columns / 2)}`;
}

/**
 * Row m of the `height` rows that a lane sums, those first that it loads itself. An expression and no variable: dozens of them,
 * alive from first to last, would take the registers of the sums.
 */
export function tileRow(m: number, height: number, tile: GradientTile): string {
  return tileIndex('top', m, height, tile);
}

/** Column m of those that a lane sums, those first that it loads itself. */
export function tileColumn(m: number, tile: GradientTile): string {
  return tileIndex('left', m, tile.columns, tile);
}

function tileIndex(first: string, m: number, count: number, { subgroups }: GradientTile): string {
  if (!subgroups) return `(${first} + ${m}u)`;
  return m < count / 2 ? `(${first}_own + ${m}u)` : `(${first}_other + ${m - count / 2}u)`;
}

/** `statements` under a condition, or without one where it always holds: each branch costs compiling time. */
function when(condition: string, always: boolean, statements: string): string {
  return always ? statements : `if (${condition}) { ${statements} }`;
}

/**
 * Stores a lane's sums of a gradient with `rows` rows of `columns`: row p of `count` is `row(p)`, of which `tileRows` are summed by
 * the lanes that make a tile; `store(p, q)` stores what was summed for it and column q.
 */
export function storeSums(
  { row, rows, tileRows, count }: { row: (p: number) => string; rows: number; tileRows: number; count: number },
  columns: number,
  tile: GradientTile,
  store: (p: number, q: number) => string,
): string {
  const wholeColumns = columns % (sharing(tile) * tile.columns) === 0 && tile.subgroups;
  return unroll(count, (p) =>
    when(
      `${row(p)} < ${rows}u`,
      rows % tileRows === 0,
      unroll(tile.columns, (q) => when(`${tileColumn(q, tile)} < ${columns}u`, wholeColumns, store(p, q))),
    ),
  );
}
