import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  DATA_TYPE,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from '../../model/exchange/onnx_messages.ts';

/** The bytes of an ONNX file. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  int(writer, 1, model.irVersion);
  text(writer, 2, model.producerName);
  text(writer, 3, model.producerVersion);
  text(writer, 6, model.docString);
  message(writer, 7, () => encodeGraph(writer, model.graph));
  message(writer, 8, () => {
    text(writer, 1, '');
    int(writer, 2, model.opset);
  });
  for (const [key, value] of model.metadata) {
    message(writer, 14, () => {
      text(writer, 1, key);
      text(writer, 2, value);
    });
  }
  return writer.finish();
}

function encodeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => encodeNode(writer, node));
  text(writer, 2, graph.name);
  for (const tensor of graph.initializers) message(writer, 5, () => encodeTensor(writer, tensor));
  text(writer, 10, graph.docString);
  for (const value of graph.inputs) message(writer, 11, () => encodeValue(writer, value));
  for (const value of graph.outputs) message(writer, 12, () => encodeValue(writer, value));
}

function encodeNode(writer: BinaryWriter, { name, opType, domain, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, opType);
  for (const [key, value] of attributes) message(writer, 5, () => encodeAttribute(writer, key, value));
  text(writer, 7, domain);
}

function encodeAttribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  const type = encodeAttributeValue(writer, value);
  int(writer, 20, type);
}

/** Returns its AttributeProto.AttributeType. */
function encodeAttributeValue(writer: BinaryWriter, value: OnnxAttribute): number {
  if (typeof value === 'number') {
    int(writer, 3, value);
    return 2;
  }
  if (typeof value === 'string') {
    text(writer, 4, value);
    return 3;
  }
  if (value instanceof Float32Array) {
    for (const element of value) writer.tag(7, WireType.Bit32).float(element);
    return 6;
  }
  if (!Array.isArray(value)) {
    message(writer, 5, () => encodeTensor(writer, value));
    return 4;
  }
  for (const element of value) {
    if (typeof element === 'number') int(writer, 8, element);
    else text(writer, 9, element);
  }
  return typeof value[0] === 'string' ? 8 : 7;
}

function encodeTensor(writer: BinaryWriter, { name, dims, dataType, data }: OnnxTensor): void {
  for (const size of dims) int(writer, 1, size);
  int(writer, 2, dataType);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(data);
}

function encodeValue(writer: BinaryWriter, { name, docString, dims }: OnnxValue): void {
  text(writer, 1, name);
  const encodeShape = () => {
    for (const size of dims) {
      message(writer, 1, () => (typeof size === 'number' ? int(writer, 1, size) : text(writer, 2, size)));
    }
  };
  const encodeTensorType = () => {
    int(writer, 1, DATA_TYPE.float);
    message(writer, 2, encodeShape);
  };
  message(writer, 2, () => message(writer, 1, encodeTensorType));
  text(writer, 3, docString);
}

function message(writer: BinaryWriter, field: number, encode: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  encode();
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function int(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}
