import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../../model/exchange/onnx_messages.ts';
import type { OnnxReadGraph } from '../../model/exchange/onnx_walk.ts';
import { ProtobufMessage } from '../protobuf_message.ts';

/** What reading a model takes of its file. */
export interface ReadModel extends Pick<OnnxModel, 'opset' | 'metadata'> {
  graph: OnnxReadGraph;
}

/** Gives the bytes of another file that a constant names; undefined if it is not there. */
export type FindFile = (path: string) => Uint8Array | undefined;

/**
 * Throws an Error unless the bytes are an ONNX file. Nothing is allocated because of a size that the bytes merely
 * claim.
 */
export function decodeModel(bytes: Uint8Array, find: FindFile): ReadModel {
  const model = new ProtobufMessage(bytes);
  const graphs = model.messages(7);
  if (graphs.length !== 1) throw new Error(`it has ${graphs.length} graphs`);
  const [graph] = graphs;
  const opsets = model.messages(8).filter((opset) => ownDomain(opset.text(1)) === '');
  const names = (values: ProtobufMessage[]) => values.map((value) => value.text(1));
  return {
    opset: opsets.at(-1)?.int(2) ?? 0,
    graph: {
      nodes: graph.messages(1).map((node) => decodeNode(node, find)),
      initializers: graph.messages(5).map((tensor) => decodeTensor(tensor, find)),
      inputs: names(graph.messages(11)),
      outputs: names(graph.messages(12)),
    },
    metadata: new Map(model.messages(14).map((entry) => [entry.text(1), entry.text(2)])),
  };
}

function decodeNode(node: ProtobufMessage, find: FindFile): OnnxNode {
  return {
    name: node.text(3),
    opType: node.text(4),
    domain: ownDomain(node.text(7)),
    inputs: node.texts(1),
    outputs: node.texts(2),
    attributes: new Map(node.messages(5).map((attribute) => [attribute.text(1), decodeAttribute(attribute, find)])),
  };
}

/** ONNX's own domain has two names. */
function ownDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** By AttributeProto.AttributeType. */
function decodeAttribute(attribute: ProtobufMessage, find: FindFile): OnnxAttribute {
  switch (attribute.int(20)) {
    case 1:
      return floats(attribute.bytes(2))[0] ?? 0;
    case 2:
      return attribute.int(3);
    case 3:
      return attribute.text(4);
    case 4:
      return (
        attribute
          .messages(5)
          .map((tensor) => decodeTensor(tensor, find))
          .at(-1) ?? UNKNOWN
      );
    case 6:
      return [...floats(attribute.bytes(7))];
    case 7:
      return attribute.ints(8);
    case 8:
      return attribute.texts(9);
    default:
      return UNKNOWN;
  }
}

/** Stands for an attribute of a type that no node of the model has: a graph, a sparse tensor. */
const UNKNOWN = 'of another type';

function decodeTensor(tensor: ProtobufMessage, find: FindFile): OnnxTensor {
  const described = { name: tensor.text(8), dims: tensor.ints(1), dataType: tensor.int(2) };
  if (tensor.int(14) === EXTERNAL) return { ...described, ...externalData(tensor.messages(13), find) };
  const [floatData, int64Data, rawData] = [tensor.bytes(4), tensor.ints(7), tensor.bytes(9)];
  const written = floatData.length > 0 ? floatData : bytesOf(BigInt64Array.from(int64Data, BigInt));
  return { ...described, data: rawData.length > 0 ? rawData : written };
}

/** TensorProto.DataLocation */
const EXTERNAL = 1;

/** The elements that lie in another file: from `offset` on, `length` bytes or all. */
function externalData(entries: ProtobufMessage[], find: FindFile): Pick<OnnxTensor, 'data' | 'missing'> {
  const fields = new Map(entries.map((entry) => [entry.text(1), entry.text(2)]));
  const path = fields.get('location') ?? '';
  const file = find(path);
  if (!file) return { data: new Uint8Array(), missing: path };
  const offset = Number(fields.get('offset') ?? 0);
  const end = offset + Number(fields.get('length') ?? file.length - offset);
  if (!(offset >= 0 && end >= offset && end <= file.length)) {
    throw new Error(`a constant lies at bytes ${offset} to ${end} of ${path}, which has ${file.length}`);
  }
  return { data: file.subarray(offset, end) };
}

function bytesOf({ buffer, byteOffset, byteLength }: BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer); // A copy: floats begin at multiples of four.
}
