import fc from 'fast-check';
import type { OnnxAttribute, OnnxModel } from '../src/model/exchange/onnx_messages.ts';

type Edit = (model: OnnxModel) => void;

/** An element of the list for any number `at`. */
function pick<T>(list: T[], at: number): T {
  return list[at % list.length];
}

/** A node takes or gives another value: circles, values that are made twice, missing ones. */
const otherValue = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.boolean()).map(
  ([at, slot, from, isInput]): Edit =>
    ({ graph: { nodes, initializers } }) => {
      const values = [
        ...nodes.flatMap(({ outputs }) => outputs),
        ...initializers.map(({ name }) => name),
        'series',
        '',
      ];
      const { inputs, outputs } = pick(nodes, at);
      const list = isInput ? inputs : outputs;
      list[slot % (list.length + 1)] = pick(values, from);
    },
);

const otherOperation = fc
  .tuple(fc.nat(), fc.constantFrom('Identity', 'Constant', 'Sigmoid', 'Softmax', 'Add', 'LSTM', ''))
  .map(
    ([at, opType]): Edit =>
      ({ graph }) => {
        pick(graph.nodes, at).opType = opType;
      },
  );

const ATTRIBUTES: OnnxAttribute[] = [0, 1, -1, [1], [], '', ['Tanh']];
const otherAttribute = fc
  .tuple(
    fc.nat(),
    fc.constantFrom('axis', 'axes', 'perm', 'transB', 'hidden_size', 'value'),
    fc.constantFrom(...ATTRIBUTES),
  )
  .map(
    ([at, name, value]): Edit =>
      ({ graph }) => {
        pick(graph.nodes, at).attributes.set(name, value);
      },
  );

const otherShape = fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(0, 1, 2, 5, 2 ** 31, 2 ** 52, -1)).map(
  ([at, axis, size]): Edit =>
    ({ graph }) => {
      const { dims } = pick(graph.initializers, at);
      dims[axis % (dims.length + 1)] = size;
    },
);

const otherBytes = fc.tuple(fc.nat(), fc.nat(300)).map(
  ([at, length]): Edit =>
    ({ graph }) => {
      pick(graph.initializers, at).data = new Uint8Array(length);
    },
);

const twice = fc.nat().map(
  (at): Edit =>
    ({ graph: { nodes, initializers } }) => {
      nodes.push(pick(nodes, at));
      initializers.push(pick(initializers, at));
    },
);

const missing = fc.tuple(fc.nat(), fc.boolean()).map(
  ([at, isNode]): Edit =>
    ({ graph: { nodes, initializers } }) => {
      const list: unknown[] = isNode ? nodes : initializers;
      if (list.length > 1) list.splice(at % list.length, 1);
    },
);

/** Changes of a graph after which the file is still of the format. */
export const graphEdits: fc.Arbitrary<Edit> = fc.oneof(
  otherValue,
  otherOperation,
  otherAttribute,
  otherShape,
  otherBytes,
  twice,
  missing,
);
