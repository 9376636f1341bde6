import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { LayerSummary } from '../../model/summary.ts';
import { message, writeShape } from './messages.ts';

// The parts of TensorFlow's graph.proto, node_def.proto and attr_value.proto that a graph of layers needs.

/** Field numbers. */
const GRAPH = { node: 1 };
const NODE = { name: 1, operation: 2, input: 3, attribute: 5 };
const ENTRY = { key: 1, value: 2 };
const ATTRIBUTE = { list: 1, integer: 3 };
const LIST = { shape: 7 };

/** The layers as an encoded GraphDef: one node each, with the layer's type as its operation. */
export function encodeGraph(layers: LayerSummary[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const layer of layers) message(writer, GRAPH.node, () => writeNode(writer, layer));
  return writer.finish();
}

function writeNode(writer: BinaryWriter, { name, type, from, outputShape, parameters }: LayerSummary): void {
  writer.tag(NODE.name, WireType.LengthDelimited).string(name);
  writer.tag(NODE.operation, WireType.LengthDelimited).string(type);
  for (const input of from) writer.tag(NODE.input, WireType.LengthDelimited).string(input);
  // TensorBoard writes the shapes beside the edges.
  writeAttribute(writer, '_output_shapes', () =>
    message(writer, ATTRIBUTE.list, () => message(writer, LIST.shape, () => writeShape(writer, sizesOf(outputShape)))),
  );
  writeAttribute(writer, 'parameters', () => writer.tag(ATTRIBUTE.integer, WireType.Varint).int64(parameters));
}

function writeAttribute(writer: BinaryWriter, key: string, value: () => void): void {
  message(writer, NODE.attribute, () => {
    writer.tag(ENTRY.key, WireType.LengthDelimited).string(key);
    message(writer, ENTRY.value, value);
  });
}

/** A shape as Keras prints it: `(None, 64, 1)`. */
function sizesOf(outputShape: string): number[] {
  return outputShape
    .slice(1, -1)
    .split(', ')
    .map((size) => (size === 'None' ? -1 : Number(size)));
}
