import type { TileDevice, Tiling } from '../src/gpu/kernel.ts';
import { ceilDiv, unroll, wgsl } from './wgsl.ts';

// How lanes share the gradient of a parameter matrix, which is a matrix of sums over samples: each lane sums a tile of
// it.

export interface GradientTile {
  /** Rows and columns that one lane sums: 4, 8, 16 or more. A value that it loads serves that many products. */
  rows: number;
  columns: number;
  /**
   * The four lanes of a quad make a tile twice as high and wide and share what they load. Needs the feature
   * `subgroups`.
   */
  subgroups: boolean;
}

/** Lanes of a workgroup that shares nothing: as many columns as a GPU runs together. */
const LANES = 32;

/** Takes few registers. */
export const SMALL_TILE: GradientTile = { rows: 4, columns: 4, subgroups: false };

function tileId({ rows, columns, subgroups }: GradientTile): string {
  return `${rows}x${columns}${subgroups ? '/shared' : ''}`;
}

/** Why a device cannot run a tile; undefined if it can. */
export function subgroupMisfit(
  { subgroups }: { subgroups: boolean },
  { hasSubgroups }: TileDevice,
): string | undefined {
  return subgroups && !hasSubgroups ? 'the device has no subgroups' : undefined;
}

interface GradientTilingOptions<Shape> {
  /** Rows and columns of the large tiles that are of use for a shape. */
  sizes(shape: Shape): [rows: number, columns: number][];
  /**
   * The size for a software adapter. Larger tiles save loads but compile more slowly; this is where they stop paying. A
   * GPU gets a small tile by default, which takes few registers.
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
    misfit: (tile, _, device) => subgroupMisfit(tile, device),
    all,
    choices(shape, device) {
      // Without shared loads a large tile is slower on the CPU, and some compilers take minutes over it.
      if (device.isSoftware && !device.hasSubgroups) return [SMALL_TILE];
      const [rows, columns] = large(shape);
      const preferred = device.isSoftware ? { rows, columns, subgroups: true } : SMALL_TILE;
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
  const others = all.filter((tile) => id(tile) !== id(preferred) && subgroupMisfit(tile, device) === undefined);
  return [preferred, ...others];
}

export function gradientLanes({ subgroups }: GradientTile): number {
  return subgroups ? 4 : LANES;
}

/** Lanes beside and below each other that share loads. */
export function sharing({ subgroups }: GradientTile): number {
  return subgroups ? 2 : 1;
}

/** Rows that a lane sums of a gradient with `rows` rows: those of the tile, or fewer if the gradient has fewer. */
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

/**
 * An index for loads, kept below `count`. If tiles of `tile` cover `count` exactly, the index is returned as it is,
 * because a clamp costs as much as a load.
 */
export function loadable(index: string, count: number, tile: number): string {
  return count % tile === 0 ? index : `min(${index}, ${count - 1}u)`;
}

/**
 * Sets `top` and `left`, the lane's first row and column, in row `index` of tiles. Lanes that share loads each load
 * half: `top_own` and `left_own` are where the own half begins, `top_other` and `left_other` where the neighbour's does
 * (rows: the lane beside; columns: the lane above or below). Reads `group.x` and `lane`. The `min` never changes a
 * value; it lets the compiler drop its bounds checks.
 */
export function tileOrigin(index: string, rows: number, columns: number, tile: GradientTile): string {
  const height = laneRows(rows, tile);
  const width = tile.columns;
  const { across, down } = gradientTiles(rows, columns, tile);
  return wgsl`let tile_down = min(${index}, ${down - 1}u);
    let tile_across = min(group.x, ${across - 1}u);
#if ${tile.subgroups}
    let is_odd = lane & 1u;
    let is_upper = lane >> 1u;
    let top = (tile_down * 2u + is_upper) * ${height}u;
    let left = (tile_across * 2u + is_odd) * ${width}u;
    let top_own = top + is_odd * ${height / 2}u;
    let top_other = top + (1u - is_odd) * ${height / 2}u;
    let left_own = left + is_upper * ${width / 2}u;
    let left_other = left + (1u - is_upper) * ${width / 2}u;
#else
    let top = tile_down * ${height}u;
    let left = (tile_across * ${LANES}u + lane) * ${width}u;
#endif
`;
}

/**
 * Row m of the `rows` rows that a lane sums; the rows that it loads itself come first. This is an expression and not a
 * variable: dozens of variables, alive from first to last, would take the registers of the sums.
 */
export function tileRow(m: number, rows: number, tile: GradientTile): string {
  return tileIndex('top', m, rows, tile);
}

/** Column m of the columns that a lane sums; those that it loads itself come first. */
export function tileColumn(m: number, tile: GradientTile): string {
  return tileIndex('left', m, tile.columns, tile);
}

function tileIndex(first: string, m: number, count: number, { subgroups }: GradientTile): string {
  if (!subgroups) return `(${first} + ${m}u)`;
  return m < count / 2 ? `(${first}_own + ${m}u)` : `(${first}_other + ${m - count / 2}u)`;
}

/** `statements` under a condition, or bare if the condition always holds: each branch costs compiling time. */
function when(condition: string, always: boolean, statements: string): string {
  return always ? statements : `if (${condition}) { ${statements} }`;
}

/**
 * Stores the lane's sums. The gradient is (rows, columns); the lane holds `count` rows, its p-th is row `row(p)`.
 * `store(p, q)` writes row p, column q. Tiles overlap the edge: rows beyond `tileRows` are skipped.
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
