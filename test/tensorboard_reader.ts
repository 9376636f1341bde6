import { crc32 } from 'hash-wasm';
import { PNG } from 'pngjs';
import protobuf, { type Type } from 'protobufjs';

// Reads TensorBoard's event files without the code that writes them.

const PROTO = `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; }
  }
  message Summary {
    message Value { string tag = 1; TensorProto tensor = 8; SummaryMetadata metadata = 9; }
    repeated Value value = 1;
  }
  message SummaryMetadata {
    message PluginData { string plugin_name = 1; bytes content = 2; }
    PluginData plugin_data = 1;
    string display_name = 2;
    string summary_description = 3;
    int32 data_class = 4;
  }
  message TensorShapeProto { message Dim { int64 size = 1; string name = 2; } repeated Dim dim = 2; }
  message TensorProto {
    int32 dtype = 1;
    TensorShapeProto tensor_shape = 2;
    int32 version_number = 3;
    bytes tensor_content = 4;
    repeated float float_val = 5;
    repeated double double_val = 6;
    repeated bytes string_val = 8;
  }
  message GraphDef { repeated NodeDef node = 1; }
  message NodeDef {
    string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, AttrValue> attr = 5;
  }
  message AttrValue {
    message ListValue { repeated TensorShapeProto shape = 7; }
    ListValue list = 1; bytes s = 2; int64 i = 3; TensorShapeProto shape = 7;
  }
`;
const { root } = protobuf.parse(PROTO);
const CASTAGNOLI = 0x82f63b78;
const [EVENT, GRAPH] = ['Event', 'GraphDef'].map((name) => root.lookupType(name));

export interface LoggedAt {
  step: number;
  time: number;
}

export interface Picture {
  width: number;
  height: number;
  /** Gray, row-major. */
  pixels: number[];
}

export interface GraphNode {
  name: string;
  op: string;
  input: string[];
  /** Of its output; −1 if it is unknown. */
  shape: number[];
  parameters: number;
}

/** A run's file, by tag. */
export interface ReadLog {
  version: string;
  scalars: Map<string, (LoggedAt & { value: number })[]>;
  /** Buckets: left edge, right edge, count. */
  histograms: Map<string, (LoggedAt & { buckets: number[][] })[]>;
  images: Map<string, (LoggedAt & Picture)[]>;
  graph: GraphNode[] | undefined;
}

/** Throws if a checksum, a message or a picture is wrong, or if the file ends within a record. */
export async function readLog(file: Uint8Array): Promise<ReadLog> {
  const log: ReadLog = { version: '', scalars: new Map(), histograms: new Map(), images: new Map(), graph: undefined };
  for (const data of await readRecords(file)) addEvent(log, data);
  return log;
}

export async function readRecords(file: Uint8Array): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  while (at < file.length) {
    await requireChecksum(file.subarray(at, at + 8), view.getUint32(at + 8, true), `the length at ${at}`);
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    await requireChecksum(data, view.getUint32(at + 12 + length, true), `the record at ${at}`);
    records.push(data);
    at += 16 + length;
  }
  return records;
}

async function requireChecksum(data: Uint8Array, masked: number, what: string): Promise<void> {
  const rotated = (masked - 0xa282ead8) >>> 0;
  const expected = ((rotated >>> 17) | (rotated << 15)) >>> 0;
  if (Number.parseInt(await crc32(data, CASTAGNOLI), 16) !== expected)
    throw new Error(`the checksum of ${what} is wrong`);
}

interface TensorProto {
  dtype: number;
  tensorShape?: { dim: { size: number }[] };
  tensorContent: Uint8Array;
  stringVal: Uint8Array[];
}

interface Value {
  tag: string;
  tensor: TensorProto;
  metadata: { pluginData: { pluginName: string }; dataClass: number };
}

function decode(type: Type, data: Uint8Array) {
  return type.toObject(type.decode(data), { longs: Number, defaults: true, oneofs: true });
}

function addEvent(log: ReadLog, data: Uint8Array): void {
  const event = decode(EVENT, data);
  const at = { step: event.step, time: event.wallTime };
  if (event.what === 'fileVersion') log.version = event.fileVersion;
  else if (event.what === 'graphDef') log.graph = decode(GRAPH, event.graphDef).node.map(readNode);
  else if (event.what === 'summary') for (const value of event.summary.value) addValue(log, value, at);
  else throw new Error(`an event of ${event.what}`);
}

/** By plugin: its data class, and how its tensor is read. */
const READERS = {
  scalars: { dataClass: 1, read: readScalar },
  histograms: { dataClass: 2, read: readHistogram },
  images: { dataClass: 3, read: readImage },
};

function addValue(log: ReadLog, { tag, tensor, metadata }: Value, at: LoggedAt): void {
  const plugin = metadata.pluginData.pluginName as keyof typeof READERS;
  const { dataClass, read } = READERS[plugin];
  if (metadata.dataClass !== dataClass) throw new Error(`${tag} is of data class ${metadata.dataClass}`);
  const series = log[plugin] as Map<string, unknown[]>;
  series.set(tag, [...(series.get(tag) ?? []), { ...at, ...read(tensor) }]);
}

function readScalar(tensor: TensorProto): { value: number } {
  requireTensor(tensor, 1, []);
  return { value: viewOf(tensor.tensorContent).getFloat32(0, true) };
}

function readHistogram(tensor: TensorProto): { buckets: number[][] } {
  const count = tensor.tensorContent.length / 24;
  requireTensor(tensor, 2, [count, 3]);
  const view = viewOf(tensor.tensorContent);
  return {
    buckets: Array.from({ length: count }, (_, i) => [0, 8, 16].map((at) => view.getFloat64(24 * i + at, true))),
  };
}

function readImage(tensor: TensorProto): Picture {
  requireTensor(tensor, 7, [3]);
  const [width, height, file] = tensor.stringVal.map((bytes) => Buffer.from(bytes));
  const png = PNG.sync.read(file, { checkCRC: true });
  if (`${png.width}` !== `${width}` || `${png.height}` !== `${height}`) throw new Error('a picture of another size');
  // Red, green, blue and alpha of each pixel.
  const pixels = Array.from({ length: png.width * png.height }, (_, i) => png.data[4 * i]);
  return { width: png.width, height: png.height, pixels };
}

function requireTensor({ dtype, tensorShape }: TensorProto, type: number, shape: number[]): void {
  const sizes = tensorShape?.dim.map(({ size }) => size);
  if (dtype !== type || sizes?.join() !== shape.join()) throw new Error(`a tensor of type ${dtype} and shape ${sizes}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface NodeDef {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, { i: number; list?: { shape: { dim: { size: number }[] }[] } }>;
}

function readNode({ name, op, input, attr }: NodeDef): GraphNode {
  const shape = attr._output_shapes.list?.shape[0].dim.map(({ size }) => size) ?? [];
  return { name, op, input, shape, parameters: attr.parameters.i };
}
