import type { KERNELS } from '../../shaders/index.ts';
import type { Bindings, Dispatch, Kernel, TensorSlice } from '../gpu/kernel.ts';

/**
 * A tensor from the element `offset` on (0 if absent). The kernel's size says how far a binding reaches; a given
 * `length` must be equal to it.
 */
export type Place = Pick<TensorSlice, 'tensor'> & Partial<TensorSlice>;

type Kernels = typeof KERNELS;
/** A kernel by its name in the registry: a layer that names a kernel does not load its WGSL. */
export type KernelName = keyof Kernels;
export type ShapeOf<Name extends KernelName> = Parameters<Kernels[Name]['sizes']>[0];
export type BindingOf<Name extends KernelName> = keyof Kernels[Name]['bindings'];

/**
 * Makes a dispatch. A string is a tensor of the layer itself, a place a tensor that the layer was given; the `uniform`
 * binding is left out. `label` tells dispatches of one kernel apart.
 */
export type Dispatcher = <Name extends KernelName>(
  kernel: Name,
  shape: ShapeOf<Name>,
  tensors: Partial<Record<BindingOf<Name>, string | Place>>,
  label?: string,
) => Dispatch;

/** Tensors that belong to no layer: the data set, the batch's labels, the metrics, and the arenas of an update. */
export const SHARED = {
  /** (samples, T, D) */
  series: { tensor: 'series' },
  /** (samples) */
  labels: { tensor: 'labels' },
  /** The order in which batches take samples, uint32: (samples) */
  order: { tensor: 'order' },
  /** The labels of the batch: (B) */
  y: { tensor: 'y' },
  /** Sums of the loss and the second metric, a row a slot: (slots, 2) */
  metrics: { tensor: 'metrics' },
  parameters: { tensor: 'parameters' },
  /** The parts of the sums over samples, each an arena: (parts, arena) */
  partials: { tensor: 'partials' },
  gradients: { tensor: 'gradients' },
  gradientNorm: { tensor: 'gradient_norm' },
  firstMoment: { tensor: 'first_moment' },
  secondMoment: { tensor: 'second_moment' },
} as const satisfies Record<string, Place>;

/** A kernel at a shape on tensors; bindings take as many elements as the kernel says. Throws if a place has more or fewer. */
export function dispatchOf<Shape, B extends Bindings, Tile>(
  kernel: Kernel<Shape, B, Tile>,
  shape: Shape,
  places: Partial<Record<keyof B & string, Place>>,
  label?: string,
): Dispatch {
  const sizes = kernel.sizes(shape);
  const slices: Record<string, TensorSlice> = {};
  for (const [name, { tensor, offset = 0, length = sizes[name] }] of Object.entries(places) as [
    keyof B & string,
    Place,
  ][]) {
    if (length !== sizes[name]) throw new Error(`${kernel.name} binds ${sizes[name]} of ${length} elements as ${name}`);
    slices[name] = { tensor, offset, length };
  }
  return { kernel, shape, tensors: slices, label } as Dispatch;
}

/** Elements of every tensor that the dispatches name: each is as large as its largest slice. */
export function tensorSizes(dispatches: Dispatch[]): Map<string, number> {
  const tensors = new Map<string, number>();
  for (const { tensors: slices } of dispatches) {
    for (const { tensor, offset, length } of Object.values(slices)) {
      tensors.set(tensor, Math.max(tensors.get(tensor) ?? 0, offset + length));
    }
  }
  return tensors;
}
