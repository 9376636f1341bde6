import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { encodeModel } from '../src/formats/onnx/encoder.ts';
import { modelGraph } from '../src/formats/onnx/graph.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import { ProtobufMessage } from '../src/formats/protobuf_message.ts';
import type { ModelConfig } from '../src/model/config.ts';
import {
  DATA_TYPE,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../src/model/exchange/onnx_messages.ts';
import { initialParameters } from '../src/model/parameters.ts';

export const SMALL: ModelConfig = { timeSteps: 5, inputDim: 3, units: 4, singleAttentionVector: false };

/** Models of every kind of output and attention. */
export const CONFIGS: [string, ModelConfig][] = [
  ['the experiment', { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false }],
  ['two classes, several channels', { ...SMALL, output: { kind: 'binary' } }],
  ['several classes', { ...SMALL, timeSteps: 24, units: 16, output: { kind: 'categorical', classes: 4 } }],
  ['a number', { ...SMALL, inputDim: 2, output: { kind: 'regression' } }],
  ['one attention for all channels', { ...SMALL, singleAttentionVector: true }],
  [
    'one attention for one channel, several classes',
    { ...SMALL, inputDim: 1, singleAttentionVector: true, output: { kind: 'categorical', classes: 3 } },
  ],
  ['one of everything', { timeSteps: 1, inputDim: 1, units: 1, singleAttentionVector: false }],
];

/** A model whose parameters, biases included, are away from zero. */
export function modelOf(config: ModelConfig, metadata = new Map<string, string>()): PortableModel {
  const parameters = initialParameters(config, 5);
  const random = new NumpyRandom(9);
  for (const values of Object.values(parameters)) {
    for (let i = 0; i < values.length; i++) values[i] += 0.3 * random.normal();
  }
  return { config, parameters, metadata };
}

/** The file's messages before they are encoded, as another system might have them. */
export function onnxModel(config: ModelConfig = SMALL): OnnxModel {
  const graph = modelGraph(modelOf(config));
  const texts = { producerName: '', producerVersion: '', docString: '' };
  return { irVersion: 7, ...texts, opset: 13, graph, metadata: new Map() };
}

export function node({ graph }: OnnxModel, name: string): OnnxNode {
  return graph.nodes.find((one) => one.name === name) as OnnxNode;
}

export function tensor({ graph }: OnnxModel, name: string): OnnxTensor {
  return graph.initializers.find((one) => one.name === name) as OnnxTensor;
}

/** A file of the model after `change`. */
export function changed(change: (model: OnnxModel) => void, config: ModelConfig = SMALL): Uint8Array {
  const model = onnxModel(config);
  change(model);
  return encodeModel(model);
}

/** A file of the model whose graph ends in fields that `write` writes. */
export function withInGraph(model: OnnxModel, write: (writer: BinaryWriter) => void): Uint8Array {
  const graph = new ProtobufMessage(encodeModel(model)).bytes(7);
  const writer = new BinaryWriter();
  writer.tag(8, WireType.LengthDelimited).fork().tag(2, WireType.Varint).int64(13).join();
  writer.tag(7, WireType.LengthDelimited).fork().raw(graph);
  write(writer);
  return writer.join().finish();
}

/** Begins an initializer; its elements follow, then the end. */
function beginTensor(
  writer: BinaryWriter,
  name: string,
  { dims, dataType }: Pick<OnnxTensor, 'dims' | 'dataType'>,
): void {
  writer.tag(5, WireType.LengthDelimited).fork();
  for (const size of dims) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int64(dataType);
  writer.tag(8, WireType.LengthDelimited).string(name);
}

/** A file in which the initializer of this name has the elements that `write` writes. */
export function withInitializer(name: string, write: (writer: BinaryWriter, data: Uint8Array) => void): Uint8Array {
  const model = onnxModel();
  const { dims, dataType, data } = tensor(model, name);
  model.graph.initializers = model.graph.initializers.filter((one) => one.name !== name);
  return withInGraph(model, (writer) => {
    beginTensor(writer, name, { dims, dataType });
    write(writer, data);
    writer.join();
  });
}

/** A file of the model in which a constant lies in another file, which these fields describe. */
export function withExternal(model: OnnxModel, name: string, fields: Record<string, string>): Uint8Array {
  const { dims, dataType } = tensor(model, name);
  model.graph.initializers = model.graph.initializers.filter((one) => one.name !== name);
  return withInGraph(model, (writer) => {
    beginTensor(writer, name, { dims, dataType });
    for (const [key, value] of Object.entries(fields)) {
      writer.tag(13, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(key);
      writer.tag(2, WireType.LengthDelimited).string(value).join();
    }
    writer.tag(14, WireType.Varint).int64(1).join();
  });
}

export function emptyNode(opType: string): OnnxNode {
  return { name: '', opType, domain: '', inputs: [], outputs: [], attributes: new Map() };
}

/** Adds a node in front of those that take its value; returns the value. */
export function addNode(
  { graph }: OnnxModel,
  opType: string,
  inputs: string[],
  attributes: Record<string, OnnxAttribute> = {},
): string {
  const output = `${opType} ${graph.nodes.length}`;
  const made = { ...emptyNode(opType), inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) };
  const taking = graph.nodes.findIndex(({ opType: type }) => type === 'LSTM');
  const isBefore = inputs.every((input) => !graph.nodes.slice(taking).some(({ outputs }) => outputs.includes(input)));
  graph.nodes.splice(isBefore ? taking : graph.nodes.findIndex(({ opType: type }) => type === 'Gemm'), 0, made);
  return output;
}

/** Adds a constant of whole numbers, by default a list; returns its name. */
export function addInts({ graph }: OnnxModel, values: number[], dims = [values.length]): string {
  const name = `ints ${graph.initializers.length}`;
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  graph.initializers.push({ name, dims, dataType: DATA_TYPE.int64, data });
  return name;
}

export function addFloats({ graph }: OnnxModel, values: Float32Array, dims: number[]): string {
  const name = `floats ${graph.initializers.length}`;
  graph.initializers.push({ name, dims, dataType: DATA_TYPE.float, data: new Uint8Array(values.slice().buffer) });
  return name;
}
