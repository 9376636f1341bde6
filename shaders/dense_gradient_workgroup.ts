import type { TileDevice } from '../src/gpu/kernel.ts';
import { ceilDiv, unroll } from './wgsl.ts';

// The gradient of a dense layer on a GPU: a workgroup sums a tile of inputᵀ·outputGradient over the samples of one part.
// Its lanes stage four samples of every row and column of the tile in workgroup memory and then add their products. Lane
// (down, across) has a few rows and four columns.

/** Lanes of a workgroup: columns across, rows down. */
const ACROSS = 16;
const DOWN = 16;
export const DENSE_GRADIENT_LANES = ACROSS * DOWN;
/** Rows that one lane sums at most, and its columns. */
const MOST_ROWS = 8;
const COLUMNS = 4;

interface Sizes {
  rows: number;
  columns: number;
  samples: number;
}

/** How the gradient of kernel and bias is divided: workgroups down and across, and rows of a lane. */
export function denseTiles({ rows, columns }: Sizes): { down: number; across: number; height: number } {
  const down = ceilDiv(rows + 1, DOWN * MOST_ROWS);
  return { down, across: ceilDiv(columns, ACROSS * COLUMNS), height: ceilDiv(rows + 1, DOWN * down) };
}

/** Bytes of workgroup memory. */
export function denseTileBytes(shape: Sizes): number {
  return 16 * (DOWN * denseTiles(shape).height + ACROSS * COLUMNS);
}

/** Why a device cannot run such workgroups; undefined if it can. */
export function denseGradientMisfit(shape: Sizes, { limits }: TileDevice): string | undefined {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize } = limits;
  if (DENSE_GRADIENT_LANES > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX))
    return 'a workgroup has fewer invocations';
  return denseTileBytes(shape) > maxComputeWorkgroupStorageSize ? 'workgroup memory is smaller' : undefined;
}

/** Turns in which a lane loads its share of what is staged. */
export function denseStageLoads(shape: Sizes): number {
  return ceilDiv(denseTileBytes(shape) / 16, DOWN * ACROSS);
}

/**
 * Declares the memory and a function that sums the tile (`down`, `across`) over the vectors of four samples from `first`
 * to `end` and stores it from `base` on. `input(at)` and `gradient(at)` are vectors, `at` counts vectors.
 */
export function denseWorkgroupGradient(
  shape: Sizes,
  input: (at: string) => string,
  gradient: (at: string) => string,
): string {
  const { rows, columns, samples } = shape;
  const { height } = denseTiles(shape);
  const [tileRows, tileColumns, quads] = [DOWN * height, ACROSS * COLUMNS, samples / 4];
  const each = (piece: (p: number, q: number) => string) => unroll(height, (p) => unroll(COLUMNS, (q) => piece(p, q)));
  return `
var<workgroup> staged_values: array<vec4f, ${tileRows + tileColumns}>;

fn sum_dense_tile(lane: u32, tile_down: u32, tile_across: u32, first: u32, end: u32, base: u32) {
  let top = tile_down * ${tileRows}u;
  let left = tile_across * ${tileColumns}u;
  let across = lane % ${ACROSS}u;
  let down = lane / ${ACROSS}u;
  ${each((p, q) => `var sum${p}_${q} = 0.0;`)}
  for (var quad = first; quad < end; quad++) {
    for (var n = lane; n < ${tileRows + tileColumns}u; n += ${DOWN * ACROSS}u) {
      if (n < ${tileRows}u) {
        // The row past the kernel's is the bias'.
        let row = top + n;
        staged_values[n] = select(${input(`min(row, ${rows - 1}u) * ${quads}u + quad`)}, vec4f(1.0), row == ${rows}u);
      } else {
        let column = min(left + n - ${tileRows}u, ${columns - 1}u);
        staged_values[n] = ${gradient(`column * ${quads}u + quad`)};
      }
    }
    workgroupBarrier();
    ${unroll(COLUMNS, (q) => `let d${q} = staged_values[${tileRows}u + across + ${q * ACROSS}u];`)}
    ${unroll(height, (p) => `let a${p} = staged_values[down + ${p * DOWN}u];`)}
    ${each((p, q) => `sum${p}_${q} += dot(a${p}, d${q});`)}
    workgroupBarrier();
  }
  ${each((p, q) => {
    const [row, column] = [`top + down + ${p * DOWN}u`, `left + across + ${q * ACROSS}u`];
    const store = `partials[base + (${row}) * ${columns}u + ${column}] = sum${p}_${q};`;
    return `if (${row} <= ${rows}u && ${column} < ${columns}u) { ${store} }`;
  })}
}
`;
}
