import { activations } from './snippets.ts';
import { ceilDiv, unroll } from './wgsl.ts';

// The whole sequence in one dispatch. A lane (invocation) carries 4 · `vectorsPerLane` samples through all time steps, so
// that every parameter it loads serves all of them and no barrier is needed; the batch is innermost in memory.

/** How the kernel is cut; results do not depend on it. */
export interface LstmTile {
  /** Vectors of four samples that one lane carries. */
  vectorsPerLane: number;
  /** Lanes of a workgroup, a multiple of 4. */
  lanes: number;
  /** Four neighbouring lanes load one parameter each and hand it round; needs the feature `subgroups`. */
  sharedLoads: boolean;
}

export interface LstmShape {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** A multiple of 4. */
  batch: number;
  tile: LstmTile;
}

/** WGSL guarantees 8,192 bytes for an invocation's variables; this much of it is for arrays. */
const PRIVATE_BYTES = 7168;
/** Largest inner loop over units that is written out, so that its array indices are constants. */
const UNROLLED_UNITS = 64;

/** Vectors a lane carries: the tile's, or as many as leave room for `arrays` private arrays of one vector a unit. */
export function fittingVectors({ units, tile }: LstmShape, arrays: number): number {
  return Math.max(1, Math.min(tile.vectorsPerLane, Math.floor(PRIVATE_BYTES / (16 * arrays * units))));
}

/** `piece(k)` for every unit k: all written out, or in a loop over blocks where the units are many. */
export function forEachUnit(units: number, piece: (unit: string) => string): string {
  if (units <= UNROLLED_UNITS) return unroll(units, (k) => piece(`${k}u`));
  const block = 32;
  const rest = units % block;
  const blocks = `for (var k0 = 0u; k0 < ${units - rest}u; k0 += ${block}u) {
    ${unroll(block, (k) => piece(`(k0 + ${k}u)`))}
  }`;
  return `${blocks}\n${unroll(rest, (k) => piece(`${units - rest + k}u`))}`;
}

/** The four gates' recurrent parameters from unit `k` to unit j, as w0 … w3. */
export function loadRecurrent(k: string, { sharedLoads }: LstmTile): string {
  if (!sharedLoads) return unroll(4, (g) => `let w${g} = recurrent[(${k} * 4u + ${g}u) * UNITS + j];`);
  return `let one_of_four = recurrent[(${k} * 4u + lane_of_quad) * UNITS + j];
  ${unroll(4, (g) => `let w${g} = quadBroadcast(one_of_four, ${g}u);`)}`;
}

/**
 * Which vectors a lane carries. Lanes and vectors past the batch's end repeat its last vector, because lanes that share
 * loads must all stay; they store under `stores`, so that nothing is written by two lanes.
 */
export function laneVectors(shape: LstmShape, vectors: number): string {
  const inBatch = shape.batch / 4;
  return `
  let lane_of_quad = id.x % 4u;
  let first = id.x * ${vectors}u;
  let is_inside = first < ${inBatch}u;
  ${unroll(vectors, (v) => `let s${v} = min(first + ${v}u, ${inBatch - 1}u);`)}`;
}

/** `statements`, kept from lanes past the batch's end where there are any. */
export function stores(shape: LstmShape, vectors: number, statements: string): string {
  const isExact = (shape.batch / 4) % (vectors * shape.tile.lanes) === 0;
  return isExact ? statements : `if (is_inside) { ${statements} }`;
}

export function header({ tile }: LstmShape): string {
  return `${tile.sharedLoads ? 'enable subgroups;' : ''}\n${activations}`;
}

export function features({ tile }: LstmShape): GPUFeatureName[] {
  return tile.sharedLoads ? ['subgroups'] : [];
}

export function workgroups(shape: LstmShape, vectorsPerLane: number): [number, number, number] {
  return [ceilDiv(ceilDiv(shape.batch / 4, vectorsPerLane), shape.tile.lanes), 1, 1];
}
