/** How a shader uses a binding. `uniform` is bound with a dynamic offset: one slot a training step. */
export type Access = 'read' | 'write' | 'read_write' | 'uniform';

/** Numbers as the host holds them: float32 or uint32 for the GPU, float64 for references. */
export type Numbers = Float32Array | Float64Array | Uint32Array;

/** Draws random inputs for a case. */
export interface Draw {
  /** `count` standard normal values. */
  normal(count: number): Float32Array;
  /** `count` integers, each 0 … limit − 1. */
  integers(count: number, limit: number): Uint32Array;
}

export type Bindings = Record<string, Access>;

/** Values of every binding that the kernel reads. */
export type Read<B extends Bindings> = { [Name in keyof B as B[Name] extends 'write' ? never : Name]: Numbers };

/** Values of every binding that the kernel writes. */
export type Written<B extends Bindings> = {
  [Name in keyof B as B[Name] extends 'read' | 'uniform' ? never : Name]: Float64Array;
};

/** No values of bindings that the kernel does not write. */
type Unwritten<B extends Bindings> = {
  [Name in keyof B as B[Name] extends 'read' | 'uniform' ? Name : never]?: undefined;
};

/** The work of a lane that must be done one after another. Absent numbers are 0. */
export interface LaneWork {
  /** Waits for loads from storage: loads of one turn of a loop wait together, and each turn waits anew. */
  loads?: number;
  barriers?: number;
  /** Calls of functions that take many cycles: exp, log, sqrt, σ, tanh. */
  activations?: number;
}

/** The lane of a dispatch that takes longest. */
export interface Lane extends LaneWork {
  /** The loop over time steps, of which each needs the one before: its turns, and the work of one turn. */
  time?: LaneWork & { turns: number };
}

/** A shape at which a kernel is checked. */
export interface KernelCase<Shape, Tile = undefined> {
  name: string;
  shape: Shape;
  /** The tiles that this case is for; absent: all that the kernel has for the shape. */
  tiles?: Tile[];
  /** Inputs of this case, before the kernel's own. */
  inputs?(shape: Shape, draw: Draw): Record<string, Numbers>;
}

/** Properties of a device that decide which tiles it can run, and which it prefers. */
export interface TileDevice {
  isSoftware: boolean;
  hasSubgroups: boolean;
  limits: Pick<
    GPUSupportedLimits,
    'maxComputeInvocationsPerWorkgroup' | 'maxComputeWorkgroupSizeX' | 'maxComputeWorkgroupStorageSize'
  >;
}

/** The tiles of a kernel: the ways in which it can share its work among lanes. */
export interface Tiling<Shape, Tile> {
  /** Every tile for a shape, on any device. */
  all(shape: Shape): Tile[];
  /** A tile in one word: `quads/32`. */
  id(tile: Tile): string;
  /** Why a device cannot run a shape with a tile; undefined if it can. */
  misfit(tile: Tile, shape: Shape, device: TileDevice): string | undefined;
  /**
   * The tiles to choose from for a shape on a device. All of them add up in the same order. The first is the one to use
   * unmeasured.
   */
  choices(shape: Shape, device: TileDevice): Tile[];
  /** A smaller shape that stands for `shape` in a measurement: about `flops` of arithmetic, or `shape` itself. */
  shortened(shape: Shape, flops: number): Shape;
}

/**
 * A compute kernel as one self-contained object: its bindings, its WGSL for a shape, the exact result and the
 * tolerance. A shape decides the numbers; a tile decides only how lanes share the work. Kernels with a single schedule
 * have no tile. The entry point is `main`. The bindings are group 0, numbered in the order of `bindings`.
 */
export interface Kernel<Shape, B extends Bindings, Tile = undefined> {
  name: string;
  bindings: B;
  /** The WGSL for one shape and tile. */
  code(shape: Shape, tile: Tile): string;
  /** Device features that this code needs. */
  features?(shape: Shape, tile: Tile): GPUFeatureName[];
  workgroups(shape: Shape, tile: Tile): [x: number, y: number, z: number];
  tiles?: Tiling<Shape, Tile>;
  /** Elements (4 bytes each) of every binding. */
  sizes(shape: Shape): Record<keyof B, number>;
  /**
   * The same in float64: gets every binding that the kernel reads and returns every binding that it writes. NaN in a
   * returned array marks an element that the kernel must leave alone.
   */
  reference(inputs: Read<B>, shape: Shape): Written<B>;
  /** Arithmetic, and the least traffic: each input read once, each output written once. */
  cost(shape: Shape): { flops: number; bytes: number };
  /** The longest lane, which bounds the time on a GPU that has lanes to spare. */
  lane(shape: Shape, tile: Tile): Lane;
  /** Size 1, odd sizes, sizes beyond one tile, and the experiment's. */
  cases: KernelCase<Shape, Tile>[];
  /** Inputs of a case, for bindings that cannot take standard normal values. */
  inputs?(shape: Shape, draw: Draw): Partial<Read<B>>;
  /** Largest |kernel − reference| over an output, as a share of the output's largest magnitude. */
  tolerance: number;
}

/** A kernel that can share its work among lanes in several ways. */
export interface TiledKernel<Shape, B extends Bindings, Tile> extends Kernel<Shape, B, Tile> {
  tiles: Tiling<Shape, Tile>;
}

/** A kernel whose reference returns only bindings that the kernel writes. */
interface KernelDefinition<Shape, B extends Bindings> extends Kernel<Shape, B> {
  reference(inputs: Read<B>, shape: Shape): Written<B> & Unwritten<B>;
}

interface TiledDefinition<Shape, B extends Bindings, Tile> extends TiledKernel<Shape, B, Tile> {
  reference(inputs: Read<B>, shape: Shape): Written<B> & Unwritten<B>;
}

/** Checks the types of a kernel with one schedule. */
export function defineKernel<Shape, const B extends Bindings>(kernel: KernelDefinition<Shape, B>): Kernel<Shape, B> {
  return kernel;
}

/** Checks the types of a kernel with several tiles. */
export function defineTiledKernel<Shape, const B extends Bindings, Tile>(
  kernel: TiledDefinition<Shape, B, Tile>,
): TiledKernel<Shape, B, Tile> {
  return kernel;
}

/** A kernel of any shape, as the registry holds it; shapes are checked where a kernel is used by name. */
export type AnyKernel = Kernel<unknown, Bindings, unknown>;

/** Part of a tensor: `length` elements from `offset`. */
export interface TensorSlice {
  tensor: string;
  offset: number;
  length: number;
}

/** One entry of a plan: a kernel at a shape on named tensors. References can run it as it is. */
export interface Dispatch {
  kernel: AnyKernel;
  shape: unknown;
  /** The tensor behind each binding; `uniform` bindings are the step slots. */
  tensors: Record<string, TensorSlice>;
  /** The layer that it belongs to, if the plan has the kernel more than once. */
  label?: string;
}

/** One entry of a program: a dispatch with its tile for a device; undefined for a kernel with one schedule. */
export interface Scheduled extends Dispatch {
  tile: unknown;
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
