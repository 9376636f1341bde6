// The only import of wgsl-preprocessor, whose template tag knows #if, #elif, #else and #endif. The package has no entry
// point, so its file is named. `#if ${condition}` stands at the end of a line; white space must follow #endif.
export { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';

/** A number as a WGSL f32 expression; a template would print 1.0 as the integer 1. */
export function f32(value: number): string {
  return `f32(${value})`;
}

/** `count` pieces of WGSL, one a line: an unrolled loop. */
export function unroll(count: number, piece: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join('\n');
}

/** Workgroups of `size` that cover `count` invocations. */
export function ceilDiv(count: number, size: number): number {
  return Math.ceil(count / size);
}

/** Lanes of a workgroup in kernels whose lanes work each for itself. */
export const LANES = 64;

/** The entry point of such a kernel up to its body; `id.x` counts lanes. */
export const EACH_LANE = `@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u)`;

/** Workgroups that cover `count` such lanes. */
export function workgroupsOf(count: number): number {
  return ceilDiv(count, LANES);
}
