import { WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../src/formats/onnx.ts';
import type { ModelConfig } from '../src/model/config.ts';
import type { OnnxModel, OnnxTensor } from '../src/model/exchange/onnx_messages.ts';
import { changed, emptyNode, modelOf, node, SMALL, tensor, withInitializer } from './onnx_models.ts';

const MODEL = modelOf(SMALL);

describe('as other systems write it', () => {
  const SINGLE = { ...SMALL, singleAttentionVector: true };
  /** Changes that leave the model's function. */
  const changes: [string, (model: OnnxModel) => void, ModelConfig?][] = [
    [
      'other names',
      (model) => {
        const rename = (name: string) => (name === '' || name === 'prediction' ? name : `value ${name}`);
        for (const one of model.graph.nodes) {
          Object.assign(one, { name: '', inputs: one.inputs.map(rename), outputs: one.outputs.map(rename) });
        }
        for (const one of [...model.graph.initializers, ...model.graph.inputs]) one.name = rename(one.name);
      },
    ],
    [
      'constants as nodes, and listed as inputs',
      (model) => {
        const { graph } = model;
        const [first, ...rest] = graph.initializers;
        graph.initializers = rest;
        graph.inputs.push({ name: rest[0].name, docString: '', dims: [] });
        const attributes = new Map([['value', { ...first, name: '' }]]);
        graph.nodes.unshift({ ...emptyNode('Constant'), outputs: [first.name], attributes });
      },
    ],
    [
      'nodes that only hand a value on',
      (model) => {
        node(model, 'dense').inputs = ['same', 'same kernel', 'output_bias'];
        model.graph.nodes.push({ ...emptyNode('Identity'), inputs: ['hidden'], outputs: ['same'] });
        model.graph.nodes.push({ ...emptyNode('Identity'), inputs: ['output_kernel'], outputs: ['same kernel'] });
      },
    ],
    [
      'a dense layer as product and sum',
      (model) => {
        Object.assign(node(model, 'dense'), { opType: 'Add', inputs: ['output_bias', 'product'] });
        const product = { inputs: ['hidden', 'output_kernel'], outputs: ['product'] };
        model.graph.nodes.push({ ...emptyNode('MatMul'), ...product });
      },
    ],
    [
      'a dense layer whose kernel is transposed',
      (model) => {
        node(model, 'dense').attributes.set('transB', 1);
        tensor(model, 'output_kernel').dims.reverse();
        turn(tensor(model, 'output_kernel'), SMALL.units, 3);
      },
      { ...SMALL, output: { kind: 'categorical', classes: 3 } },
    ],
    ['factors the other way round', (model) => node(model, 'multiply').inputs.reverse()],
    [
      'attributes that have their default',
      (model) => {
        for (const one of ['attention_softmax', 'lstm']) node(model, one).attributes.clear();
        node(model, 'lstm').attributes.set('activations', ['Sigmoid', 'Tanh', 'Tanh']);
      },
    ],
    [
      'axes as inputs, as of version 18',
      (model) => {
        model.opset = 18;
        node(model, 'channel_mean').attributes.delete('axes');
        node(model, 'channel_mean').inputs.push('axes');
        const data = new Uint8Array(BigInt64Array.of(-2n).buffer);
        model.graph.initializers.push({ ...tensor(model, 'direction_axis'), name: 'axes', data });
      },
      SINGLE,
    ],
    [
      'ONNX by its longer name',
      (model) => {
        for (const one of model.graph.nodes) one.domain = 'ai.onnx';
      },
    ],
    ['no attention among its outputs', ({ graph }) => graph.outputs.splice(1)],
    [
      'other outputs before the prediction',
      (model) => {
        model.graph.nodes.push({ ...emptyNode('Relu'), inputs: ['logits'], outputs: ['positive'] });
        model.graph.outputs.unshift({ name: 'positive', docString: '', dims: ['N', 1] });
      },
    ],
  ];
  it.each(changes)('%s', (_, change, config = SMALL) => {
    const { parameters } = modelOf(config);
    expect(readOnnx('m', changed(change, config))).toMatchObject({ config, parameters });
  });

  it('numbers one by one instead of bytes, packed or not', () => {
    for (const isPacked of [true, false]) {
      const file = withInitializer('attention_bias', (writer, data) => {
        if (isPacked) writer.tag(4, WireType.LengthDelimited).bytes(data);
        else for (const value of MODEL.parameters.attention_bias) writer.tag(4, WireType.Bit32).float(value);
      });
      expect(readOnnx('m', file).parameters).toEqual(MODEL.parameters);
    }
    const axis = withInitializer('direction_axis', (writer) =>
      writer.tag(7, WireType.LengthDelimited).bytes(Uint8Array.of(0)),
    );
    expect(readOnnx('m', axis).parameters).toEqual(MODEL.parameters);
  });

  it('no bias of the LSTM, or two', () => {
    const without = readOnnx(
      'm',
      changed((model) => node(model, 'lstm').inputs.pop()),
    );
    expect(without.parameters.lstm_bias).toEqual(new Float32Array(4 * SMALL.units));
    const twice = readOnnx(
      'm',
      changed((model) => {
        const bias = tensor(model, 'lstm_bias');
        bias.data = new Uint8Array([
          ...bias.data.subarray(0, bias.data.length / 2),
          ...bias.data.subarray(0, bias.data.length / 2),
        ]);
      }),
    );
    expect(twice.parameters.lstm_bias).toEqual(MODEL.parameters.lstm_bias.map((value) => 2 * value));
  });
});

/** A (rows, columns) constant transposed to (columns, rows). */
function turn(constant: OnnxTensor, rows: number, columns: number): void {
  const values = new Float32Array(new Uint8Array(constant.data).buffer);
  const turned = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
  constant.data = new Uint8Array(turned.buffer);
}
