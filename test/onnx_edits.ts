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
  .tuple(
    fc.nat(),
    fc.constantFrom('Identity', 'Constant', 'ConstantOfShape', 'Sigmoid', 'Softmax', 'Add', 'LSTM', 'Shape', ''),
  )
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

const FOLDED = ['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'Concat', 'Expand', 'Add', 'Div'];
const wholeNumbers = fc.array(fc.constantFrom(0, 1, -1, 2, 4, -5, 2 ** 31, 2 ** 52), { maxLength: 4 });

/** A constant is made by an operation on constants, or on itself. */
const madeConstant = fc
  .tuple(fc.nat(), fc.nat(), fc.constantFrom(...FOLDED), wholeNumbers, fc.integer({ min: -3, max: 3 }))
  .map(
    ([at, other, opType, values, axis]): Edit =>
      ({ graph: { nodes, initializers } }) => {
        const constant = pick(initializers, at);
        const made = { ...constant, name: `from ${constant.name}` };
        const ints = { name: `ints ${nodes.length}`, dims: [values.length], dataType: 7 };
        const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
        initializers.splice(initializers.indexOf(constant), 1, made, { ...ints, data });
        const inputs = [made.name, pick([ints.name, made.name, constant.name, ints.name], other), ints.name];
        const attributes = new Map<string, OnnxAttribute>([['axis', axis]]);
        if (opType === 'Transpose') attributes.set('perm', values);
        const count = opType === 'Slice' ? 3 : 1 + (other % 2);
        nodes.unshift({
          ...{ name: '', opType, domain: '', attributes },
          inputs: inputs.slice(0, count),
          outputs: [constant.name],
        });
      },
  );

/** The last state is taken in another way. */
const otherLast = fc
  .tuple(fc.constantFrom('Gather', 'Slice', 'Reshape', 'Transpose', 'Squeeze', 'Flatten'), wholeNumbers, fc.nat(3))
  .map(
    ([opType, values, axis]): Edit =>
      ({ graph: { nodes, initializers } }) => {
        const name = `taken ${nodes.length}`;
        const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
        initializers.push({ name: `by ${name}`, dims: [values.length], dataType: 7, data });
        const taking = nodes.find(({ opType: type }) => type === 'Gemm');
        const inputs = [taking?.inputs[0] ?? '', `by ${name}`, `by ${name}`];
        const attributes = new Map([['axis', axis]]);
        nodes.push({ name: '', opType, domain: '', inputs, outputs: [name], attributes });
        if (taking) taking.inputs[0] = name;
      },
  );

/** Changes of a graph after which the file is still of the format. */
export const graphEdits: fc.Arbitrary<Edit> = fc.oneof(
  otherValue,
  otherOperation,
  otherAttribute,
  otherShape,
  otherBytes,
  madeConstant,
  otherLast,
  twice,
  missing,
);
