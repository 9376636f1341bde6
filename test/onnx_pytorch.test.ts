import { readFileSync } from 'node:fs';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../src/formats/onnx/encoder.ts';
import { readOnnx } from '../src/formats/onnx.ts';
import type { ModelConfig } from '../src/model/config.ts';
import type { OnnxAttribute, OnnxModel } from '../src/model/exchange/onnx_messages.ts';
import {
  addFloats,
  addInts,
  addNode,
  changed,
  emptyNode,
  modelOf,
  node,
  onnxModel,
  SMALL,
  tensor,
} from './onnx_models.ts';
import { largestDifference, randomSeries, referencePrediction } from './portable_models.ts';

// The same model as PyTorch's two exporters write it. ONNX Runtime says what a file computes.

const { timeSteps: T, inputDim: D, units: U } = SMALL;
const SERIES = 20;
const GOLDEN = new URL('./golden/onnx/', import.meta.url);
const golden = (file: string) => new Uint8Array(readFileSync(new URL(file, GOLDEN)));

beforeAll(() => {
  env.wasm.numThreads = 1;
});

/** ONNX Runtime's predictions for series (samples, steps, channels). */
async function runtime(file: Uint8Array, x: Float32Array, shape: number[], data?: [path: string, data: Uint8Array]) {
  const externalData = data && [{ path: data[0], data: data[1] }];
  const session = await InferenceSession.create(file, { executionProviders: ['wasm'], externalData });
  const results = await session.run({ [session.inputNames[0]]: new Tensor('float32', x, shape) });
  return results[session.outputNames[0]].data as Float32Array;
}

/** Makes the dense layer take the value. */
const takeAsLast = (model: OnnxModel, value: string) => {
  node(model, 'dense').inputs[0] = value;
};

/** Y of the LSTM: (T, 1, N, U). */
function allStates(model: OnnxModel): string {
  node(model, 'lstm').outputs[0] = 'states';
  return 'states';
}

/** Y without the axis of directions: (T, N, U). */
const sequence = (model: OnnxModel) => addNode(model, 'Squeeze', [allStates(model), addInts(model, [1])]);
const batchFirst = (model: OnnxModel) => addNode(model, 'Transpose', [sequence(model)], { perm: [1, 0, 2] });

/** The number of series, as a list of one. */
function samples(model: OnnxModel): string {
  const shape = addNode(model, 'Shape', ['attended']);
  const first = addNode(model, 'Gather', [shape, addInts(model, [0], [])], { axis: 0 });
  return addNode(model, 'Unsqueeze', [first, addInts(model, [0])]);
}

/** First states (1, N, U) of an LSTM. */
function startFrom(model: OnnxModel, state: string): void {
  node(model, 'lstm').inputs.push('', state, state);
}

function floatsOf(model: OnnxModel, name: string): Float32Array {
  return new Float32Array(new Uint8Array(tensor(model, name).data).buffer);
}

const one = (value: number) => ({
  name: '',
  dims: [1],
  dataType: 1,
  data: new Uint8Array(Float32Array.of(value).buffer),
});

describe('a graph as PyTorch exports it is read, and predicts what ONNX Runtime says', () => {
  const SINGLE = { ...SMALL, singleAttentionVector: true };
  /** Makes a node of the product's second factor; it stands in front of the product. */
  const weighBy = (model: OnnxModel, opType: string, inputs: string[], attributes: Record<string, OnnxAttribute>) => {
    const { nodes } = model.graph;
    const multiply = node(model, 'multiply');
    const made = { ...emptyNode(opType), inputs, outputs: ['shares'], attributes: new Map(Object.entries(attributes)) };
    nodes.splice(nodes.indexOf(multiply), 0, made);
    multiply.inputs[1] = 'shares';
  };

  it.each<[string, (model: OnnxModel) => void, ModelConfig?]>([
    [
      'a softmax over the steps behind the transposition',
      (model) => {
        Object.assign(node(model, 'attention_softmax'), { opType: 'Identity', attributes: new Map() });
        weighBy(model, 'Softmax', [node(model, 'multiply').inputs[1]], { axis: 1 });
      },
    ],
    [
      'one attention, repeated for every channel by a size',
      (model) => weighBy(model, 'Expand', ['shared_attention', addInts(model, [1, 1, D])], {}),
      SINGLE,
    ],
    [
      'one attention, repeated for every channel',
      (model) => weighBy(model, 'Tile', ['shared_attention', addInts(model, [1, 1, D])], {}),
      SINGLE,
    ],
    [
      'the last step gathered',
      (model) => {
        const index = addInts(model, [-1], []);
        takeAsLast(model, addNode(model, 'Gather', [batchFirst(model), index], { axis: 1 }));
      },
    ],
    [
      'the last step by its number, time first',
      (model) => takeAsLast(model, addNode(model, 'Gather', [sequence(model), addInts(model, [T - 1], [])])),
    ],
    [
      'the last step as a slice',
      (model) => {
        const [starts, ends, axes] = [[-1], [2 ** 53], [1]].map((values) => addInts(model, values));
        const slice = addNode(model, 'Slice', [batchFirst(model), starts, ends, axes]);
        takeAsLast(model, addNode(model, 'Squeeze', [slice, addInts(model, [1])]));
      },
    ],
    [
      'slices that keep all beside the last step',
      (model) => {
        const [starts, ends] = [
          [0, T - 1],
          [2 ** 53, T],
        ].map((values) => addInts(model, values));
        const slice = addNode(model, 'Slice', [batchFirst(model), starts, ends]);
        takeAsLast(model, addNode(model, 'Flatten', [slice], { axis: 1 }));
      },
    ],
    [
      'directions by a transposition and a reshaping',
      (model) => {
        const turned = addNode(model, 'Transpose', [allStates(model)], { perm: [0, 2, 1, 3] });
        const merged = addNode(model, 'Reshape', [turned, addInts(model, [0, 0, -1])]);
        takeAsLast(model, addNode(model, 'Gather', [merged, addInts(model, [-1], [])], { axis: 0 }));
      },
    ],
    [
      'the last of the states of layers',
      (model) => takeAsLast(model, addNode(model, 'Gather', ['last_state', addInts(model, [-1], [])], { axis: 0 })),
    ],
    [
      'the last state reshaped to the number of series',
      (model) => {
        const shape = addNode(model, 'Concat', [samples(model), addInts(model, [U])], { axis: 0 });
        takeAsLast(model, addNode(model, 'Reshape', ['last_state', shape]));
      },
    ],
    [
      'zero states of a computed shape',
      (model) => {
        const shape = addNode(model, 'Concat', [addInts(model, [1]), samples(model), addInts(model, [U])], { axis: 0 });
        startFrom(model, addNode(model, 'ConstantOfShape', [shape], { value: one(0) }));
      },
    ],
    [
      'zero states repeated for every series',
      (model) => {
        const shape = addNode(model, 'Concat', [addInts(model, [1]), samples(model), addInts(model, [U])], { axis: 0 });
        startFrom(model, addNode(model, 'Expand', [addFloats(model, new Float32Array(U), [1, 1, U]), shape]));
      },
    ],
    [
      'constant zero states',
      (model) => startFrom(model, addFloats(model, new Float32Array(SERIES * U), [1, SERIES, U])),
    ],
    [
      'parameters that the graph turns round',
      (model) => {
        const { output_kernel } = modelOf(SMALL).parameters;
        const kernel = addNode(model, 'Transpose', [addFloats(model, output_kernel, [1, U])], { perm: [1, 0] });
        const product = addNode(model, 'MatMul', ['hidden', kernel]);
        Object.assign(node(model, 'dense'), { opType: 'Add', inputs: ['output_bias', product] });
      },
    ],
    [
      'parameters that the graph puts together',
      (model) => {
        const lstm = node(model, 'lstm');
        const bias = addFloats(model, floatsOf(model, 'lstm_bias'), [8 * U]);
        const part = (from: number, to: number) =>
          addNode(model, 'Slice', [bias, ...[[from], [to], [0]].map((values) => addInts(model, values))]);
        const whole = addNode(model, 'Concat', [part(0, 4 * U), part(4 * U, 8 * U)], { axis: 0 });
        lstm.inputs[3] = addNode(model, 'Unsqueeze', [whole, addInts(model, [0])]);
        const halves = [0, 1].map((half) =>
          addFloats(model, floatsOf(model, 'lstm_kernel').slice(half * 2 * U * D, (half + 1) * 2 * U * D), [2 * U, D]),
        );
        const joined = addNode(model, 'Concat', halves, { axis: 0 });
        lstm.inputs[1] = addNode(model, 'Reshape', [joined, addInts(model, [1, 4 * U, -1])]);
        const gate = addNode(model, 'Gather', [lstm.inputs[2], addInts(model, [0], [])]);
        lstm.inputs[2] = addNode(model, 'Unsqueeze', [gate, addInts(model, [0])]);
      },
    ],
    [
      'parameters that the graph computes',
      (model) => {
        const two = addNode(model, 'Constant', [], { value: one(2) });
        const doubled = floatsOf(model, 'output_bias').map((value) => 2 * value);
        node(model, 'dense').inputs[2] = addNode(model, 'Div', [addFloats(model, doubled, [1]), two]);
      },
    ],
    [
      'whole numbers as attributes of constants',
      (model) => {
        const axis = addNode(model, 'Constant', [], { value_ints: [0] });
        node(model, 'one_direction').inputs[1] = axis;
        startFrom(
          model,
          addNode(model, 'ConstantOfShape', [addNode(model, 'Constant', [], { value_ints: [1, SERIES, U] })]),
        );
      },
    ],
  ])('%s', async (_, change, config = SMALL) => {
    const model = onnxModel(config);
    change(model);
    const file = encodeModel(model);
    const read = readOnnx('m', file);
    expect(read).toMatchObject({ config, parameters: modelOf(SMALL).parameters });
    const x = randomSeries(SMALL, SERIES);
    const theirs = await runtime(file, x, [SERIES, T, D]);
    const ours = referencePrediction(read.config, read.parameters, x);
    expect(largestDifference(theirs, ours.values)).toBeLessThan(1e-5);
  });

  it('files of the older exporter, as it wrote it and after somebody removed what is not needed', () => {
    const [written, edited] = ['legacy17.onnx', 'legacy17_handedited.onnx'].map((name) => readOnnx(name, golden(name)));
    expect(written).toEqual(edited);
  });

  it.each([
    ['legacy17.onnx', undefined],
    ['dyn_default.onnx', 'dyn_default.onnx.data'],
  ])('the file %s', async (name, dataName) => {
    const data = dataName ? ([dataName, golden(dataName)] as [string, Uint8Array]) : undefined;
    const read = readOnnx(name, golden(name), new Map(data && [data]));
    const x = randomSeries(read.config, 10);
    const theirs = await runtime(golden(name), x, [10, read.config.timeSteps, read.config.inputDim], data);
    expect(largestDifference(theirs, referencePrediction(read.config, read.parameters, x).values)).toBeLessThan(1e-6);
  });
});

describe('a graph of another model is refused', () => {
  it.each<[string, (model: OnnxModel) => void, string]>([
    [
      'the first step',
      (model) => takeAsLast(model, addNode(model, 'Gather', [batchFirst(model), addInts(model, [0], [])], { axis: 1 })),
      'of the states of its LSTM, not the last one',
    ],
    [
      'a series for a step',
      (model) =>
        takeAsLast(model, addNode(model, 'Gather', [batchFirst(model), addInts(model, [-1], [])], { axis: 0 })),
      'of the states of its LSTM, not the last one',
    ],
    [
      'the last two steps',
      (model) => {
        const [starts, ends, axes] = [[-2], [T], [1]].map((values) => addInts(model, values));
        takeAsLast(model, addNode(model, 'Slice', [batchFirst(model), starts, ends, axes]));
      },
      'of the states of its LSTM, not the last one',
    ],
    [
      'a reshaping that mixes series and units',
      (model) => takeAsLast(model, addNode(model, 'Reshape', ['last_state', addInts(model, [-1, 2 * U])])),
      'of the states of its LSTM, not the last one',
    ],
    ['all steps', (model) => takeAsLast(model, sequence(model)), 'where the model has the last state of its LSTM'],
    [
      'other states than zero',
      (model) => startFrom(model, addFloats(model, new Float32Array(SERIES * U).fill(1), [1, SERIES, U])),
      'has an LSTM with a first state',
    ],
    [
      'states of ones of a computed shape',
      (model) => startFrom(model, addNode(model, 'ConstantOfShape', [addInts(model, [1, 1, U])], { value: one(1) })),
      'has an LSTM with a first state',
    ],
    [
      'an attention of each channel repeated',
      (model) => {
        const { nodes } = model.graph;
        const multiply = node(model, 'multiply');
        const inputs = [multiply.inputs[1], addInts(model, [1, 1, 1])];
        nodes.splice(nodes.indexOf(multiply), 0, { ...emptyNode('Tile'), inputs, outputs: ['shares'] });
        multiply.inputs[1] = 'shares';
      },
      'repeats an attention that is no mean over the channels',
    ],
    [
      'an operation that is not computed here',
      (model) => {
        node(model, 'dense').inputs[2] = addNode(model, 'Exp', ['output_bias']);
      },
      'has "Exp" making',
    ],
  ])('%s', (_, change, message) => {
    expect(() => readOnnx('m', changed(change))).toThrow(message);
  });
});
