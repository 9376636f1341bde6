import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// The messages and fields of TensorFlow's event.proto, summary.proto and tensor.proto that a log needs. Values are
// tensors, as Keras writes them today; TensorBoard converts older kinds of value to tensors when it reads them.

/** Field numbers. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, graphDef: 4, summary: 5 };
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, tensor: 8, metadata: 9 };
const METADATA = { pluginData: 1, dataClass: 4 };
const PLUGIN_DATA = { pluginName: 1 };
const TENSOR = { dtype: 1, shape: 2, content: 4, strings: 8 };
const SHAPE = { dimension: 2 };
const DIMENSION = { size: 1 };

const DATA_TYPES = { float: 1, double: 2, string: 7 };

/** A tensor, row-major: numbers, or texts and files. */
export type LoggedTensor = { shape: number[] } & (
  | { type: 'float'; values: Float32Array }
  | { type: 'double'; values: Float64Array }
  | { type: 'string'; values: Uint8Array[] }
);

const DATA_CLASSES = { scalars: 1, histograms: 2, images: 3 };

/** A value, and the part of TensorBoard that shows it. */
export interface LoggedValue {
  tag: string;
  plugin: keyof typeof DATA_CLASSES;
  tensor: LoggedTensor;
}

/** The first event of every file. Times are seconds since 1970. */
export function versionEvent(time: number): Uint8Array {
  return event(time).tag(EVENT.fileVersion, WireType.LengthDelimited).string('brain.Event:2').finish();
}

/** The event of a model's graph, an encoded GraphDef. */
export function graphEvent(time: number, graph: Uint8Array): Uint8Array {
  return event(time).tag(EVENT.graphDef, WireType.LengthDelimited).bytes(graph).finish();
}

/** The event of a step's values. */
export function summaryEvent(time: number, step: number, values: LoggedValue[]): Uint8Array {
  const writer = event(time).tag(EVENT.step, WireType.Varint).int64(step);
  return message(writer, EVENT.summary, () => {
    for (const value of values) message(writer, SUMMARY.value, () => writeValue(writer, value));
  }).finish();
}

function event(time: number): BinaryWriter {
  return new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(time);
}

function writeValue(writer: BinaryWriter, { tag, plugin, tensor }: LoggedValue): void {
  writer.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
  message(writer, VALUE.tensor, () => writeTensor(writer, tensor));
  message(writer, VALUE.metadata, () => {
    message(writer, METADATA.pluginData, () =>
      writer.tag(PLUGIN_DATA.pluginName, WireType.LengthDelimited).string(plugin),
    );
    writer.tag(METADATA.dataClass, WireType.Varint).int32(DATA_CLASSES[plugin]);
  });
}

function writeTensor(writer: BinaryWriter, { shape, ...content }: LoggedTensor): void {
  writer.tag(TENSOR.dtype, WireType.Varint).int32(DATA_TYPES[content.type]);
  message(writer, TENSOR.shape, () => writeShape(writer, shape));
  if (content.type === 'string') {
    for (const text of content.values) writer.tag(TENSOR.strings, WireType.LengthDelimited).bytes(text);
  } else {
    const { buffer, byteOffset, byteLength } = content.values;
    writer.tag(TENSOR.content, WireType.LengthDelimited).bytes(new Uint8Array(buffer, byteOffset, byteLength));
  }
}

/** The fields of a TensorShapeProto; −1 is an unknown size. */
export function writeShape(writer: BinaryWriter, shape: number[]): void {
  for (const size of shape)
    message(writer, SHAPE.dimension, () => writer.tag(DIMENSION.size, WireType.Varint).int64(size));
}

/** Adds a message as a field; `fields` writes the message's own fields. */
export function message(writer: BinaryWriter, field: number, fields: () => void): BinaryWriter {
  writer.tag(field, WireType.LengthDelimited).fork();
  fields();
  return writer.join();
}
