/** How a shader uses a binding. `uniform` is bound with a dynamic offset: one slot a training step. */
export type Access = 'read' | 'write' | 'read_write' | 'uniform';

/** Numbers as the host holds them: float32 or uint32 for the GPU, float64 for references. */
export type Numbers = Float32Array | Float64Array | Uint32Array;

/** Draws for a case's inputs. */
export interface Draw {
  /** `count` standard normal values. */
  normal(count: number): Float32Array;
  /** `count` integers, each 0 … limit − 1. */
  integers(count: number, limit: number): Uint32Array;
}

export interface KernelCase<Shape> {
  name: string;
  shape: Shape;
  /** Inputs of this case, before the kernel's own. */
  inputs?(shape: Shape, draw: Draw): Record<string, Numbers>;
}

/**
 * A compute kernel as one self-contained object: what it binds, its WGSL for a shape, what it must compute and how near.
 * Entry point is `main`; the bindings are group 0, numbered in the order they stand in `bindings`.
 */
export interface Kernel<Shape = never, Name extends string = string> {
  name: string;
  bindings: Record<Name, Access>;
  /** The WGSL for one shape. */
  code(shape: Shape): string;
  /** Device features that the code for this shape needs; cases that need one the adapter lacks are not for it. */
  features?(shape: Shape): GPUFeatureName[];
  workgroups(shape: Shape): [x: number, y: number, z: number];
  /** Elements (4 bytes each) of every binding. */
  sizes(shape: Shape): Record<Name, number>;
  /**
   * The same in float64. Gets every binding that the kernel reads, returns every binding it writes. NaN in a returned
   * array marks an element that the kernel must leave alone.
   */
  reference(inputs: Record<Name, Numbers>, shape: Shape): Partial<Record<Name, Float64Array>>;
  /** Arithmetic, and the least traffic: each input read once, each output written once. */
  cost(shape: Shape): { flops: number; bytes: number };
  /** Size 1, odd sizes, beyond one tile, the experiment's. */
  cases: KernelCase<Shape>[];
  /** Inputs of a case where standard normal values will not do. */
  inputs?(shape: Shape, draw: Draw): Partial<Record<Name, Numbers>>;
  /** Largest |kernel − reference| over an output, as a share of the output's largest magnitude. */
  tolerance: number;
}

/** Types a kernel's object: shape and binding names are checked wherever it is used. */
export function defineKernel<Shape, Name extends string>(kernel: Kernel<Shape, Name>): Kernel<Shape, Name> {
  return kernel;
}

/** A kernel of any shape, as the registry holds it; shapes are checked where a kernel is used by name. */
export type AnyKernel = Kernel<unknown, string>;

/** Part of a tensor: `length` elements from `offset`. */
export interface TensorSlice {
  tensor: string;
  offset: number;
  length: number;
}

/** One entry of a program: a kernel at a shape on named tensors. */
export interface Dispatch {
  kernel: AnyKernel;
  shape: unknown;
  /** The tensor behind each binding; `uniform` bindings are the step slots. */
  tensors: Record<string, TensorSlice>;
  /** The layer it belongs to, where the plan has the kernel more than once. */
  label?: string;
}

/** Kernel and layer of a dispatch, the same in every run: `dense_forward attention`. */
export function dispatchName({ kernel, label }: Dispatch): string {
  return label ? `${kernel.name} ${label}` : kernel.name;
}

export function readsBinding(access: Access): boolean {
  return access !== 'write';
}

export function writesBinding(access: Access): boolean {
  return access === 'write' || access === 'read_write';
}
