import { quote } from '../../text/quote.ts';
import { fromFront } from './onnx_constants.ts';
import type { OnnxNode } from './onnx_messages.ts';
import type { OnnxWalk } from './onnx_walk.ts';

// The last hidden state of an LSTM, whichever way a graph takes it from the LSTM's outputs.

/** What an axis of a value is. `one` has the size 1: the LSTM's one direction, and a step that was taken. */
type Axis = 'steps' | 'one' | 'samples' | 'units';

type Sizes = Record<Axis, number>;

/** The axes after a node; undefined if they are no part of a last state. */
const EFFECTS: Record<string, (axes: Axis[], node: OnnxNode, walk: OnnxWalk, sizes: Sizes) => Axis[] | undefined> = {
  Transpose(axes, node) {
    const perm = node.attributes.get('perm') ?? axes.map((_, i) => axes.length - 1 - i);
    return Array.isArray(perm) && perm.length === axes.length ? perm.map((axis) => axes[Number(axis)]) : undefined;
  },
  Squeeze(axes, node, walk, sizes) {
    const dropped = node.inputs[1] ? walk.ints(node.inputs[1]).map((axis) => fromFront(axis, axes.length)) : undefined;
    const isDropped = (axis: Axis, i: number) => (dropped ? dropped.includes(i) : axis === 'one');
    if (axes.some((axis, i) => isDropped(axis, i) && sizes[axis] !== 1)) return undefined;
    return axes.filter((axis, i) => !isDropped(axis, i));
  },
  Unsqueeze(axes, node, walk) {
    const added = walk.ints(node.inputs[1] ?? '');
    const places = added.map((axis) => fromFront(axis, axes.length + added.length));
    return places.toSorted((a, b) => a - b).reduce<Axis[]>((all, at) => all.toSpliced(at, 0, 'one'), axes);
  },
  Gather(axes, node, walk, sizes) {
    const axis = fromFront(Number(node.attributes.get('axis') ?? 0), axes.length);
    const { dims, values } = walk.intTensor(node.inputs[1] ?? '');
    const size = sizes[axes[axis]];
    const isLast =
      values.length === 1 && fromFront(values[0], size) === size - 1 && ['steps', 'one'].includes(axes[axis]);
    if (!isLast || dims.length > 1) return undefined;
    return axes.toSpliced(axis, 1, ...dims.map(() => 'one' as const));
  },
  Slice(axes, node, walk, sizes) {
    const [starts, ends, named, steps] = node.inputs.slice(1).map((input) => (input ? walk.ints(input) : undefined));
    let after: Axis[] | undefined = axes;
    for (const [i, start] of (starts ?? []).entries()) {
      const axis = fromFront(named?.[i] ?? i, axes.length);
      const size = sizes[axes[axis]];
      const end = ends?.[i] ?? 0;
      const isWhole = (start === 0 || start <= -size) && end >= size;
      const isLast = fromFront(start, size) === size - 1 && (end >= size || fromFront(end, size) === size);
      if ((steps?.[i] ?? 1) !== 1 || !(isWhole || (isLast && axes[axis] === 'steps'))) return undefined;
      if (!isWhole) after = after.with(axis, 'one');
    }
    return after;
  },
  Reshape(axes, node, walk, sizes) {
    return reshaped(axes, walk.shape(node.inputs[1] ?? ''), sizes, node.attributes.get('allowzero') === 1);
  },
  Flatten(axes, node) {
    const kept = axes.filter((axis) => axis !== 'one');
    const axis = fromFront(Number(node.attributes.get('axis') ?? 1), axes.length);
    const first = axes.slice(0, axis).filter((one) => one !== 'one');
    return first.join() === 'samples' && kept.join() === 'samples,units' ? kept : undefined;
  },
};

/** The LSTM whose last hidden state (N, U) is `value`. `read` checks how it is taken when the sizes are known. */
export function lastState(walk: OnnxWalk, value: string): { lstm: OnnxNode; read(steps: number, units: number): void } {
  const taken: OnnxNode[] = [];
  let at = value;
  for (let node = walk.made(at, ...Object.keys(EFFECTS)); node; node = walk.made(at, ...Object.keys(EFFECTS))) {
    if (taken.includes(node)) throw walk.wrong(`has a circle at value ${quote(at)}`);
    taken.unshift(node);
    at = node.inputs[0] ?? '';
  }
  const lstm = walk.need(at, 'LSTM');
  const output = lstm.outputs.indexOf(walk.origin(at));
  if (output > 1) throw walk.wrong(`has ${quote(at)}, not the last state of its LSTM`);
  const made: Axis[] = output === 0 ? ['steps', 'one', 'samples', 'units'] : ['one', 'samples', 'units'];
  return {
    lstm,
    read(steps, units) {
      const sizes = { steps, one: 1, samples: MOST_SAMPLES, units };
      let axes: Axis[] = made;
      for (const node of taken) {
        const after: Axis[] | undefined = EFFECTS[node.opType](axes, node, walk, sizes);
        if (!after)
          throw walk.wrong(`has ${walk.describe(node.outputs[0])} of the states of its LSTM, not the last one`);
        axes = after;
      }
      if (axes.join() === 'samples,units' || (steps === 1 && axes.join() === 'steps,samples,units')) return;
      throw walk.wrong(`has ${walk.describe(value)} where the model has the last state of its LSTM`);
    },
  };
}

/** The axes after a reshaping that only adds or drops axes of size 1. A size that is NaN is any. */
function reshaped(axes: Axis[], shape: number[], sizes: Sizes, allowsZero: boolean): Axis[] | undefined {
  if (shape.filter((size) => size === -1).length > 1) return undefined;
  const fits = (axis: Axis, size: number, at: number) => {
    if (size === 0) return !allowsZero && axes[at] === axis;
    return size === -1 || size === sizes[axis] || (axis === 'samples' && !(size <= 0));
  };
  /** The axes from `i` on as sizes from `j` on. */
  const match = (i: number, j: number): Axis[] | undefined => {
    if (i === axes.length && j === shape.length) return [];
    if (i < axes.length && j < shape.length && fits(axes[i], shape[j], j)) {
      const rest = match(i + 1, j + 1);
      if (rest) return [axes[i], ...rest];
    }
    if (i < axes.length && sizes[axes[i]] === 1) {
      const rest = match(i + 1, j);
      if (rest) return rest;
    }
    const rest = shape[j] === 1 ? match(i, j + 1) : undefined;
    return rest && ['one', ...rest];
  };
  return shape.length > MOST_AXES ? undefined : match(0, 0);
}

const MOST_AXES = 8;
/** Ends of slices that exporters write for all samples are at least this. */
const MOST_SAMPLES = 2 ** 31 - 1;
