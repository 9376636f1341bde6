import type { Bindings, Dispatch, Kernel, TensorSlice } from '../../gpu/kernel.ts';

/** The two lists of a plan. */
export interface Lists {
  forward: Dispatch[];
  backward: Dispatch[];
}

/**
 * Replaces several dispatches by one of a combined kernel, wherever they stand in the lists. The results stay the same.
 */
export type FusionRule = (lists: Lists) => Lists;

/** A dispatch of a certain kernel. */
export type DispatchOf<Shape, B extends Bindings> = Dispatch & { shape: Shape; tensors: Record<keyof B, TensorSlice> };

export function runs<Shape, B extends Bindings, Tile>(
  dispatch: Dispatch | undefined,
  kernel: Kernel<Shape, B, Tile>,
): dispatch is DispatchOf<Shape, B> {
  return dispatch?.kernel.name === kernel.name;
}

/** Whether two bindings are of the same elements. */
export function isSame(a: TensorSlice, b: TensorSlice): boolean {
  return a.tensor === b.tensor && a.offset === b.offset && a.length === b.length;
}

/** Whether only these dispatches bind the tensor. Then it can go when they become one. */
export function isTheirs({ forward, backward }: Lists, { tensor }: TensorSlice, dispatches: Dispatch[]): boolean {
  const binders = [...forward, ...backward].filter(({ tensors }) =>
    Object.values(tensors).some((slice) => slice.tensor === tensor),
  );
  return binders.every((dispatch) => dispatches.includes(dispatch));
}

/** Replaces two consecutive dispatches by the result of `combine`; undefined leaves them as they are. */
export function replacePairs(
  list: Dispatch[],
  combine: (first: Dispatch, second: Dispatch) => Dispatch | undefined,
): Dispatch[] {
  const replaced: Dispatch[] = [];
  for (let i = 0; i < list.length; i++) {
    const combined = i + 1 < list.length ? combine(list[i], list[i + 1]) : undefined;
    replaced.push(combined ?? list[i]);
    if (combined) i++;
  }
  return replaced;
}
