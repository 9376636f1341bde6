import type { TileDevice } from '../src/gpu/kernel.ts';
import { ceilDiv } from './wgsl.ts';

// A dense layer on a GPU: a workgroup computes a tile of the output, 16 columns of 64 samples. Its lanes stage some rows
// of both factors in workgroup memory and then add their products. A lane has one column and four samples.

const ACROSS = 16;
const DOWN = 16;
const DENSE_LANES = ACROSS * DOWN;
/** Rows that are staged together. */
const STAGED = 16;

interface Sizes {
  rows: number;
  columns: number;
  samples: number;
}

/** Why a device cannot run such workgroups; undefined if it can. */
export function denseMisfit({ limits }: TileDevice): string | undefined {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize } = limits;
  if (DENSE_LANES > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX))
    return 'a workgroup has fewer invocations';
  const bytes = STAGED * (4 * DOWN + 16 * ACROSS);
  return bytes > maxComputeWorkgroupStorageSize ? 'workgroup memory is smaller' : undefined;
}

export function denseWorkgroups({ columns, samples }: Sizes): [number, number, number] {
  return [ceilDiv(samples / 4, ACROSS), ceilDiv(columns, DOWN), 1];
}

/** Stages, in each of which a lane loads a parameter and a vector. */
export function denseStages({ rows }: Pick<Sizes, 'rows'>): number {
  return ceilDiv(rows, STAGED);
}

/** The entry point. Kernels bind the names of `dense_forward`. */
export function denseWorkgroup({ rows, columns, samples }: Sizes): string {
  const quads = samples / 4;
  return `
var<workgroup> staged_parameters: array<f32, ${STAGED * DOWN}>;
var<workgroup> staged_input: array<vec4f, ${STAGED * ACROSS}>;

@compute @workgroup_size(${DENSE_LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let across = lane % ${ACROSS}u;
  let down = lane / ${ACROSS}u;
  let s = group.x * ${ACROSS}u + across;
  let j = group.y * ${DOWN}u + down;
  var z = vec4f(parameters[${rows * columns}u + min(j, ${columns - 1}u)]);
  for (var first = 0u; first < ${rows}u; first += ${STAGED}u) {
    // Lane (across, down) loads row \`down\` of the stage: of the input its vector, of the parameters column \`across\`.
    let row = first + down;
    let column = min(group.y * ${DOWN}u + across, ${columns - 1}u);
    let parameter = parameters[min(row, ${rows - 1}u) * ${columns}u + column];
    staged_parameters[lane] = select(0.0, parameter, row < ${rows}u);
    staged_input[lane] = input[min(row, ${rows - 1}u) * ${quads}u + min(s, ${quads - 1}u)];
    workgroupBarrier();
    for (var i = 0u; i < ${STAGED}u; i++) {
      z += staged_parameters[i * ${DOWN}u + down] * staged_input[i * ${ACROSS}u + across];
    }
    workgroupBarrier();
  }
  if (s < ${quads}u && j < ${columns}u) { output[j * ${quads}u + s] = z; }
}`;
}
