// The one import of wgsl-preprocessor: the package has no entry point, so its file is named.
export { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';

/** A number as a WGSL f32 expression; a template would print 1.0 as the integer 1. */
export function f32(value: number): string {
  return `f32(${value})`;
}

/** `count` pieces of WGSL, one a line: how the shaders unroll a loop. */
export function unroll(count: number, piece: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join('\n');
}

/** Workgroups of `size` that cover `count` invocations. */
export function ceilDiv(count: number, size: number): number {
  return Math.ceil(count / size);
}
