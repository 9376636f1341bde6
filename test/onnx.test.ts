import { describe, expect, it } from 'vitest';
import { modelGraph } from '../src/formats/onnx/graph.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import { ProtobufMessage } from '../src/formats/protobuf_message.ts';
import type { OnnxTensor } from '../src/model/exchange/onnx_messages.ts';
import { CONFIGS, modelOf, SMALL } from './onnx_models.ts';

const MODEL = modelOf(SMALL);
const METADATA = new Map([
  ['series', '{"classes":["ü","<b>"]}'],
  ['', ''],
  ['long', 'x'.repeat(1000)],
]);

describe('an ONNX file', () => {
  it.each(CONFIGS)('holds the model bit for bit: %s', (_, config) => {
    const { parameters, metadata } = modelOf(config, METADATA);
    parameters.lstm_bias[0] = -0;
    const read = readOnnx('m', writeOnnx({ config, parameters, metadata }, '1.2.3'));
    expect(read).toEqual({ config: { ...config, output: config.output ?? { kind: 'binary' } }, parameters, metadata });
    expect([...read.metadata.keys()]).toEqual([...METADATA.keys()]);
  });

  it('says what it is and who wrote it', () => {
    const file = new ProtobufMessage(writeOnnx(MODEL, '1.2.3'));
    expect([file.int(1), file.text(2), file.text(3)]).toEqual([7, 'attention-lstm-webgpu', '1.2.3']);
    expect(file.messages(8).map((opset) => [opset.text(1), opset.int(2)])).toEqual([['', 13]]);
    const [graph] = file.messages(7);
    const names = (values: ProtobufMessage[], field: number) => values.map((value) => value.text(field));
    expect(names(graph.messages(11), 1)).toEqual(['series']);
    expect(names(graph.messages(12), 1)).toEqual(['prediction', 'attention']);
    expect(names(graph.messages(5), 8)).toEqual(expect.arrayContaining(Object.keys(MODEL.parameters)));
    const [type] = graph.messages(11)[0].messages(2)[0].messages(1);
    const sizes = type.messages(2)[0].messages(1);
    expect(sizes.map((size) => size.text(2) || size.int(1))).toEqual(['N', 5, 3]);
  });

  it('is read wherever the bytes lie in memory', () => {
    const bytes = writeOnnx(MODEL);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    for (const file of [shifted, Buffer.from(bytes)]) expect(readOnnx('m', file).parameters).toEqual(MODEL.parameters);
  });

  it('has its gates in the order i, o, f, c and a second bias of zeros', () => {
    const config = { ...SMALL, inputDim: 1, units: 1 };
    const { parameters } = modelOf(config);
    parameters.lstm_kernel.set([1, 2, 3, 4]);
    parameters.lstm_bias.set([5, 6, 7, 8]);
    const { initializers } = modelGraph({ config, parameters });
    const values = (name: string) => {
      const { dims, data } = initializers.find((one) => one.name === name) as OnnxTensor;
      return [dims, [...new Float32Array(new Uint8Array(data).buffer)]];
    };
    expect(values('lstm_kernel')).toEqual([
      [1, 4, 1],
      [1, 4, 2, 3],
    ]);
    expect(values('lstm_bias')).toEqual([
      [1, 8],
      [5, 8, 6, 7, 0, 0, 0, 0],
    ]);
  });
});
