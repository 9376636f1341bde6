import type { TileDevice, Tiling } from '../src/gpu/kernel.ts';
import { ceilDiv, workgroupsOf } from './wgsl.ts';

// How lanes share the softmax of columns, and what it is multiplied with.

export interface SoftmaxShape {
  /** Classes: the softmax runs over the first axis. */
  rows: number;
  /** A multiple of 4. */
  samples: number;
}

/**
 * `lane`: a lane has four columns, as one vector, with all their rows. For software adapters. `workgroup`: a workgroup
 * has four columns, and 64 lanes share the rows of each. For GPUs.
 */
export type SoftmaxTile = 'lane' | 'workgroup';

const COLUMNS = 4;
/** Lanes that share a column. */
const ROW_LANES = 64;
const WORKGROUP_LANES = COLUMNS * ROW_LANES;

function misfit(tile: SoftmaxTile, _: SoftmaxShape, { limits }: TileDevice): string | undefined {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = limits;
  if (tile === 'lane' || WORKGROUP_LANES <= Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX))
    return undefined;
  return 'a workgroup has fewer invocations';
}

export const SOFTMAX_TILING: Tiling<SoftmaxShape, SoftmaxTile> = {
  id: (tile) => tile,
  all: () => ['lane', 'workgroup'],
  misfit,
  choices: (shape, device) =>
    device.isSoftware || misfit('workgroup', shape, device) !== undefined ? ['lane'] : ['workgroup'],
  shortened: ({ rows, samples }, flops) => ({ rows, samples: Math.min(samples, 4 * ceilDiv(flops, 4 * 6 * rows)) }),
};

export function softmaxWorkgroups({ samples }: SoftmaxShape, tile: SoftmaxTile): [number, number, number] {
  return [tile === 'lane' ? workgroupsOf(samples / 4) : samples / COLUMNS, 1, 1];
}

/** The type and the number of the elements of a binding. */
export function softmaxArray({ rows, samples }: SoftmaxShape, tile: SoftmaxTile): string {
  return tile === 'lane' ? `array<vec4f, ${(rows * samples) / 4}>` : `array<f32, ${rows * samples}>`;
}

/** Turns of a loop over the rows of a column. */
export function rowTurns({ rows }: SoftmaxShape, tile: SoftmaxTile): number {
  return tile === 'lane' ? rows : ceilDiv(rows, ROW_LANES);
}

/** Barriers of `workgroupSoftmax` with so many reductions. */
export function softmaxBarriers(tile: SoftmaxTile, reductions: number): number {
  return tile === 'lane' ? 0 : reductions * (2 + Math.log2(ROW_LANES));
}

/**
 * Declares `main` for the tile `workgroup`. A lane has the rows `row`, `row` + 64, … of the column `s`. Its functions
 * `sum_of_lanes` and `largest_of_lanes` return to every lane of a column the sum or the maximum over its lanes, which
 * they take in a fixed order: a tree.
 */
export function workgroupMain({ samples }: SoftmaxShape, body: string): string {
  return `
const SAMPLES = ${samples}u;
var<workgroup> values: array<f32, ${WORKGROUP_LANES}>;
${reduction('sum_of_lanes', (a, b) => `${a} + ${b}`)}
${reduction('largest_of_lanes', (a, b) => `max(${a}, ${b})`)}
@compute @workgroup_size(${WORKGROUP_LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let s = group.x * ${COLUMNS}u + lane % ${COLUMNS}u;
  let row = lane / ${COLUMNS}u;
  ${body}
}`;
}

function reduction(name: string, join: (a: string, b: string) => string): string {
  return `
fn ${name}(lane: u32, own: f32) -> f32 {
  values[lane] = own;
  workgroupBarrier();
  for (var half = ${WORKGROUP_LANES / 2}u; half >= ${COLUMNS}u; half /= 2u) {
    if (lane < half) { values[lane] = ${join('values[lane]', 'values[lane + half]')}; }
    workgroupBarrier();
  }
  let joined = values[lane % ${COLUMNS}u];
  workgroupBarrier();
  return joined;
}`;
}

/** `body` for every row of the lane; `at` is the element. */
export function eachRow({ rows }: SoftmaxShape, body: string): string {
  return `for (var i = row; i < ${rows}u; i += ${ROW_LANES}u) {
    let at = i * SAMPLES + s;
    ${body}
  }`;
}
