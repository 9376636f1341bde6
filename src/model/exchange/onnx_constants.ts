import { DATA_TYPE, type OnnxNode, type OnnxTensor } from './onnx_messages.ts';

// Operations on constants, computed as a runtime would when it opens the graph.

/** Bytes of an element by its data type. */
const ELEMENT_BYTES: Record<number, number> = { [DATA_TYPE.float]: 4, [DATA_TYPE.int32]: 4, [DATA_TYPE.int64]: 8 };

/** A result whose elements are those of the first input: its shape, and where each element comes from. */
interface Moved {
  dims: number[];
  /** The place in the input of an element of the result; the same elements in the same order without it. */
  from?(at: number[]): number[];
}

/** The node, the shape of its first input, and the whole numbers of its others. */
type Move = (node: OnnxNode, dims: number[], ints: number[][]) => Moved | undefined;

const MOVES: Record<string, Move> = {
  Identity: (_, dims) => ({ dims }),
  Transpose(node, dims) {
    const perm = listOf(node, 'perm') ?? dims.map((_, i) => dims.length - 1 - i);
    if (perm.length !== dims.length || dims.some((_, i) => !perm.includes(i))) return undefined;
    return { dims: perm.map((axis) => dims[axis]), from: (at) => dims.map((_, axis) => at[perm.indexOf(axis)]) };
  },
  Reshape(node, dims, [shape]) {
    const after = shape && reshaped(dims, shape, node.attributes.get('allowzero') === 1);
    return after && { dims: after };
  },
  Squeeze(_, dims, [axes]) {
    const dropped = axes?.map((axis) => fromFront(axis, dims.length));
    return { dims: dims.filter((size, axis) => !(dropped ? dropped.includes(axis) : size === 1)) };
  },
  Unsqueeze(_, dims, [axes = []]) {
    const added = axes.map((axis) => fromFront(axis, dims.length + axes.length));
    const after = [...dims];
    for (const axis of added.toSorted((a, b) => a - b)) after.splice(axis, 0, 1);
    return { dims: after };
  },
  Slice(_, dims, [starts = [], ends = [], axes, steps]) {
    const ranges = dims.map((size) => ({ start: 0, count: size, step: 1 }));
    for (const [i, start] of starts.entries()) {
      const axis = fromFront(axes?.[i] ?? i, dims.length);
      if (!(axis in ranges)) return undefined;
      ranges[axis] = rangeOf(dims[axis], start, ends[i], steps?.[i] ?? 1);
    }
    return {
      dims: ranges.map(({ count }) => count),
      from: (at) => at.map((index, axis) => ranges[axis].start + index * ranges[axis].step),
    };
  },
  Expand(_, dims, [shape = []]) {
    const rank = Math.max(dims.length, shape.length);
    const own = padded(dims, rank);
    const after = padded(shape, rank).map((size, axis) => (own[axis] === 1 ? size : own[axis]));
    return { dims: after, from: (at) => broadcast(at, dims) };
  },
};

/** Does elementwise arithmetic on floats. */
const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/**
 * The constant that a node makes of constants, of at most `most` elements; undefined for an operation that is not
 * computed here, and for inputs that do not fit it.
 */
export function folded(node: OnnxNode, inputs: OnnxTensor[], most: number): OnnxTensor | undefined {
  const { opType, outputs } = node;
  const name = outputs[0] ?? '';
  if (opType === 'ConstantOfShape') return filled(name, node, inputs, most);
  if (!inputs.every(isWhole)) return undefined;
  if (opType === 'Concat') return joined(name, node, inputs, most);
  if (opType === 'Gather') return gathered(name, node, inputs, most);
  if (Object.hasOwn(ARITHMETIC, opType)) return combined(name, ARITHMETIC[opType], inputs, most);
  const [first, ...others] = inputs;
  if (!first || !Object.hasOwn(MOVES, opType) || others.some(({ dataType }) => dataType !== DATA_TYPE.int64)) {
    return undefined;
  }
  const moved = MOVES[opType](node, first.dims, others.map(intsOf));
  return moved && move(name, first, moved, most);
}

/** Whether the elements of a constant are as many as its shape says. */
export function isWhole({ dims, dataType, data, missing }: OnnxTensor): boolean {
  return missing === undefined && data.length === sizeOf(dims) * (ELEMENT_BYTES[dataType] ?? Number.NaN);
}

/** The elements of an int64 constant. */
export function intsOf({ data }: OnnxTensor): number[] {
  return Array.from(new BigInt64Array(new Uint8Array(data).buffer), Number);
}

/** The shape after a reshaping: 0 keeps a size, −1 is the one that is left. undefined if it does not fit. */
function reshaped(dims: number[], shape: number[], allowsZero: boolean): number[] | undefined {
  const kept = shape.map((size, axis) => (size === 0 && !allowsZero ? dims[axis] : size));
  const rest = sizeOf(dims) / sizeOf(kept.filter((size) => size !== -1));
  return kept.map((size) => (size === -1 ? rest : size));
}

function rangeOf(size: number, start: number, end: number, step: number) {
  const within = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const first = step > 0 ? within(start, 0, size) : within(start, 0, size - 1);
  const last = step > 0 ? within(end, 0, size) : within(end, -1, size - 1);
  return { start: first, count: Math.max(Math.ceil((last - first) / step), 0), step };
}

function move(name: string, tensor: OnnxTensor, { dims, from }: Moved, most: number): OnnxTensor | undefined {
  if (!isShape(dims, most) || (!from && sizeOf(dims) !== sizeOf(tensor.dims))) return undefined;
  if (!from) return { ...tensor, name, dims };
  const bytes = ELEMENT_BYTES[tensor.dataType];
  const data = new Uint8Array(sizeOf(dims) * bytes);
  forEachPlace(dims, (at, i) => {
    const element = flat(from(at), tensor.dims) * bytes;
    data.set(tensor.data.subarray(element, element + bytes), i * bytes);
  });
  return { name, dims, dataType: tensor.dataType, data };
}

function filled(name: string, node: OnnxNode, [shape]: OnnxTensor[], most: number): OnnxTensor | undefined {
  if (!shape || !isWhole(shape) || shape.dataType !== DATA_TYPE.int64) return undefined;
  const dims = intsOf(shape);
  const value = node.attributes.get('value');
  if (!isShape(dims, most)) return undefined;
  if (typeof value !== 'object' || !('dims' in value)) {
    return { name, dims, dataType: DATA_TYPE.float, data: new Uint8Array(4 * sizeOf(dims)) };
  }
  if (!isWhole(value) || sizeOf(value.dims) !== 1) return undefined;
  return move(name, { ...value, dims: [] }, { dims, from: () => [] }, most);
}

function joined(name: string, node: OnnxNode, inputs: OnnxTensor[], most: number): OnnxTensor | undefined {
  if (inputs.length === 0) return undefined;
  const [{ dims, dataType }] = inputs;
  const axis = fromFront(Number(node.attributes.get('axis')), dims.length);
  const others = (sizes: number[]) => sizes.toSpliced(axis, 1).join();
  const fits = axis in dims && inputs.every((one) => one.dataType === dataType && others(one.dims) === others(dims));
  const count = inputs.reduce((sum, one) => sum + one.dims[axis], 0);
  const after = fits ? dims.with(axis, count) : [];
  if (!fits || !isShape(after, most)) return undefined;
  // Rows of all inputs up to the axis, one after the other.
  const bytes = ELEMENT_BYTES[dataType];
  const data = new Uint8Array(sizeOf(after) * bytes);
  const rows = sizeOf(dims.slice(0, axis));
  let end = 0;
  for (let row = 0; row < rows; row++) {
    for (const one of inputs) {
      const length = one.data.length / rows;
      data.set(one.data.subarray(row * length, (row + 1) * length), end);
      end += length;
    }
  }
  return { name, dims: after, dataType, data };
}

function gathered(name: string, node: OnnxNode, inputs: OnnxTensor[], most: number): OnnxTensor | undefined {
  const [tensor, index] = inputs;
  if (!tensor || !index || index.dataType !== DATA_TYPE.int64 || index.dims.length > 1) return undefined;
  const axis = fromFront(Number(node.attributes.get('axis') ?? 0), tensor.dims.length);
  const chosen = intsOf(index).map((at) => fromFront(at, tensor.dims[axis]));
  if (!(axis in tensor.dims) || chosen.some((at) => !(at >= 0 && at < tensor.dims[axis]))) return undefined;
  const dims = tensor.dims.toSpliced(axis, 1, ...index.dims);
  const from = (at: number[]) => at.toSpliced(axis, index.dims.length, chosen[index.dims.length > 0 ? at[axis] : 0]);
  return move(name, tensor, { dims, from }, most);
}

function combined(
  name: string,
  operation: (a: number, b: number) => number,
  inputs: OnnxTensor[],
  most: number,
): OnnxTensor | undefined {
  const [a, b] = inputs;
  if (inputs.length !== 2 || inputs.some(({ dataType }) => dataType !== DATA_TYPE.float)) return undefined;
  const rank = Math.max(a.dims.length, b.dims.length);
  const [first, second] = [padded(a.dims, rank), padded(b.dims, rank)];
  const dims = first.map((size, axis) => (size === 1 ? second[axis] : size));
  if (!second.every((size, axis) => size === 1 || size === dims[axis]) || !isShape(dims, most)) return undefined;
  const [left, right] = [floatsOf(a), floatsOf(b)];
  const values = new Float32Array(sizeOf(dims));
  forEachPlace(dims, (at, i) => {
    values[i] = operation(left[flat(broadcast(at, a.dims), a.dims)], right[flat(broadcast(at, b.dims), b.dims)]);
  });
  return { name, dims, dataType: DATA_TYPE.float, data: new Uint8Array(values.buffer) };
}

/** The elements of a float32 constant: a copy, because elements begin at multiples of their size. */
export function floatsOf({ data }: OnnxTensor): Float32Array {
  return new Float32Array(new Uint8Array(data).buffer);
}

/** The place in a smaller shape that is repeated up to `at`. */
function broadcast(at: number[], dims: number[]): number[] {
  return at.slice(at.length - dims.length).map((index, axis) => (dims[axis] === 1 ? 0 : index));
}

function forEachPlace(dims: number[], use: (at: number[], index: number) => void): void {
  const at = dims.map(() => 0);
  for (let i = 0, count = sizeOf(dims); i < count; i++) {
    use(at, i);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++at[axis] < dims[axis]) break;
      at[axis] = 0;
    }
  }
}

const flat = (at: number[], dims: number[]) => at.reduce((index, place, axis) => index * dims[axis] + place, 0);
const sizeOf = (dims: number[]) => dims.reduce((product, size) => product * size, 1);
const padded = (dims: number[], rank: number) => [...Array<number>(rank - dims.length).fill(1), ...dims];

/** An axis or index that counts from the back if it is negative. */
export function fromFront(at: number, length: number): number {
  return at < 0 ? at + length : at;
}

/** Most axes of a constant: more are no model's. */
const MOST_AXES = 8;

function isShape(dims: number[], most: number): boolean {
  return dims.length <= MOST_AXES && dims.every((size) => size >= 0 && Number.isInteger(size)) && sizeOf(dims) <= most;
}

/** An attribute that is a list of numbers. */
function listOf(node: OnnxNode, name: string): number[] | undefined {
  const value = node.attributes.get(name);
  return Array.isArray(value) && value.every((one) => typeof one === 'number') ? value : undefined;
}
