import { WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { Failure } from '../src/errors.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import {
  changed,
  emptyNode,
  modelOf,
  node,
  onnxModel,
  SMALL,
  tensor,
  withExternal,
  withInGraph,
} from './onnx_models.ts';

const MODEL = modelOf(SMALL);

describe('what does not fit is named', () => {
  const refused: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'm is not an ONNX file (it has 0 graphs)'],
    ['another file', new TextEncoder().encode('a,b\n1,2\n'), 'm is not an ONNX file'],
    ['half a file', writeOnnx(MODEL).subarray(0, 700), 'm is not an ONNX file (premature EOF)'],
    ['two files', Uint8Array.from([...writeOnnx(MODEL), ...writeOnnx(MODEL)]), 'it has 2 graphs'],
    ['an old version', changed((model) => Object.assign(model, { opset: 12 })), 'operators of version 12, not 13 to'],
    ['a version to come', changed((model) => Object.assign(model, { opset: 1e6 })), 'operators of version 1000000'],
    [
      'no output',
      changed(({ graph }) => graph.outputs.splice(0)),
      'has nothing that makes "" where the model has Gemm',
    ],
    [
      'another model',
      changed((model) => Object.assign(node(model, 'lstm'), { opType: 'GRU' })),
      'has "GRU" making "last_state" where the model has LSTM',
    ],
    [
      "another system's operator",
      changed((model) => Object.assign(node(model, 'dense'), { opType: 'FusedGemm', domain: 'com.microsoft' })),
      'has "com.microsoft.FusedGemm" making "logits" where the model has Gemm or Add',
    ],
    [
      'a missing node',
      changed(({ graph }) => graph.nodes.splice(3, 1)),
      'has nothing that makes "channel_attention" where the model has Softmax',
    ],
    [
      'something before the series',
      changed((model) => {
        node(model, 'multiply').inputs[0] = 'scaled';
        model.graph.nodes.push({ ...emptyNode('Relu'), inputs: ['series'], outputs: ['scaled'] });
      }),
      'where the model has its series',
    ],
    [
      'another input of the attention',
      changed((model) => {
        node(model, 'permute').inputs[0] = 'others';
        model.graph.inputs.push({ name: 'others', docString: '', dims: [] });
      }),
      'has the input "others" where the model has its series',
    ],
    [
      'a reverse direction',
      changed((model) => node(model, 'lstm').attributes.set('direction', 'reverse')),
      'has LSTM with direction "reverse", not forward',
    ],
    [
      'series first',
      changed((model) => node(model, 'lstm').attributes.set('layout', 1)),
      'has LSTM with layout "1", not 0',
    ],
    [
      'other activations',
      changed((model) => node(model, 'lstm').attributes.set('activations', ['Relu', 'Tanh', 'Tanh'])),
      'has LSTM with activations "Relu,Tanh,Tanh", not Sigmoid,Tanh,Tanh or HardSigmoid,Tanh,Tanh',
    ],
    [
      'an attribute of no type',
      withUntyped('direction', 'reverse'),
      'has LSTM with direction "of another type", not forward',
    ],
    [
      'a first state',
      changed((model) => node(model, 'lstm').inputs.push('', 'lstm_bias')),
      'has an LSTM with a first state "lstm_bias"',
    ],
    [
      'all states',
      changed((model) => node(model, 'lstm').outputs.reverse()),
      'has "Squeeze" making "hidden" of the states of its LSTM, not the last one',
    ],
    [
      'another axis',
      changed((model) => node(model, 'attention_softmax').attributes.set('axis', 1)),
      'has Softmax with axis "1", not 2 or -1',
    ],
    [
      'a scaled layer',
      changed((model) => node(model, 'dense').attributes.set('alpha', 2)),
      'has Gemm with alpha "2", not 1',
    ],
    [
      'another order of axes',
      changed((model) => node(model, 'permute').attributes.set('perm', [2, 1, 0])),
      'has Transpose with perm "2,1,0", not 0,2,1',
    ],
    [
      'another number of units',
      changed((model) => node(model, 'lstm').attributes.set('hidden_size', 5)),
      'has an LSTM of 4 units with another hidden_size',
    ],
    [
      'half floats',
      changed((model) => Object.assign(tensor(model, 'output_bias'), { dataType: 10 })),
      'has constant "output_bias" of data type 10, not 1',
    ],
    [
      'too few bytes',
      changed((model) => Object.assign(tensor(model, 'output_bias'), { data: new Uint8Array(3) })),
      'has constant "output_bias" of 3 bytes, where its shape (1) needs 4',
    ],
    [
      'a shape that claims much',
      changed((model) => Object.assign(tensor(model, 'attention_kernel'), { dims: [2 ** 40, 2 ** 40] })),
      'where its shape (1099511627776, 1099511627776) needs',
    ],
    [
      'a negative shape',
      changed((model) => Object.assign(tensor(model, 'attention_kernel'), { dims: [-5, -5] })),
      'of 100 bytes, where its shape (-5, -5)',
    ],
    [
      'shapes that do not go together',
      changed((model) => Object.assign(tensor(model, 'lstm_recurrent_kernel'), { dims: [1, 4, 16] })),
      'has lstm_kernel of shape (1, 16, 3), not (1, 64, 3)',
    ],
    [
      'no time steps',
      changed((model) => {
        for (const name of ['attention_kernel', 'attention_bias']) {
          Object.assign(tensor(model, name), {
            dims: name === 'attention_bias' ? [0] : [0, 0],
            data: new Uint8Array(),
          });
        }
      }),
      'has timeSteps 0, not 1 to 1024',
    ],
    [
      'several outputs that are not classes',
      changed((model) => (node(model, 'output').opType = 'Sigmoid'), {
        ...SMALL,
        output: { kind: 'categorical', classes: 3 },
      }),
      'has 3 outputs that are binary',
    ],
    [
      'two constants of one name',
      changed(({ graph }) => graph.initializers.push(graph.initializers[0])),
      'has "attention_kernel" twice',
    ],
    ['two nodes that make one value', changed(({ graph }) => graph.nodes.push(graph.nodes[0])), 'has "channels" twice'],
    [
      'a circle',
      changed((model) => {
        node(model, 'dense').inputs[0] = 'a';
        model.graph.nodes.push({ ...emptyNode('Identity'), inputs: ['b'], outputs: ['a'] });
        model.graph.nodes.push({ ...emptyNode('Identity'), inputs: ['a'], outputs: ['b'] });
      }),
      'has a circle at value "a"',
    ],
    [
      'a longer circle',
      changed((model) => {
        node(model, 'attention_product').inputs[0] = 'channel_attention';
      }),
      'has "Softmax" making "channel_attention" where the model has Transpose',
    ],
    [
      'parameters in another file',
      withExternal(onnxModel(), 'attention_bias', { location: './data/m.data' }),
      'has constant "attention_bias" in the file "./data/m.data", which is not there',
    ],
    [
      'a parameter that is computed',
      changed((model) => {
        node(model, 'dense').inputs[1] = 'hidden';
      }),
      'has "Squeeze" making "hidden" where the model has a constant',
    ],
    ['a group', Uint8Array.of(0x0b, 0x0c), 'm is not an ONNX file (a message has a field of wire type 3)'],
    ['many fields', new Uint8Array(10_000).fill(0x08, 0).map((_, i) => (i % 2 ? 1 : 8)), 'more than 4096 fields'],
  ];
  it.each(refused)('%s', (_, file, message) => {
    expect(() => readOnnx('m', file)).toThrow(Failure);
    expect(() => readOnnx('m', file)).toThrow(message);
    expect(() => readOnnx('m', file)).toThrow(/: give an ONNX file of this model$/);
  });
});

/** A file whose LSTM has an attribute without a type. */
function withUntyped(name: string, value: string): Uint8Array {
  const model = onnxModel();
  const { inputs, outputs } = node(model, 'lstm');
  model.graph.nodes = model.graph.nodes.filter((one) => one.name !== 'lstm');
  return withInGraph(model, (writer) => {
    const text = (field: number, value: string) => writer.tag(field, WireType.LengthDelimited).string(value);
    writer.tag(1, WireType.LengthDelimited).fork();
    for (const input of inputs) text(1, input);
    for (const output of outputs) text(2, output);
    text(4, 'LSTM');
    writer.tag(5, WireType.LengthDelimited).fork();
    text(1, name);
    text(4, value);
    writer.join().join();
  });
}
