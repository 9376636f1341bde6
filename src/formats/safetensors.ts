import { shown, type Wrong, wrongOf } from '../rules.ts';
import { quote } from '../text/quote.ts';
import { isRecord, isSizes, parseRecord } from './json.ts';

// https://github.com/huggingface/safetensors: the header's length as a little-endian uint64, the header as JSON, the
// tensors' bytes.

/** A float32 tensor, row-major. */
export interface Tensor {
  shape: number[];
  data: Float32Array;
}

export interface SafetensorsFile {
  tensors: Map<string, Tensor>;
  metadata: Map<string, string>;
}

const LENGTH_BYTES = 8;
/** Readers refuse longer headers. */
const MOST_HEADER_BYTES = 100_000_000;
const ALIGNMENT = 8;

/** The bytes of a file, with the tensors in the order of the map. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [];
  if (metadata.size > 0) entries.push(['__metadata__', Object.fromEntries(metadata)]);
  let bytes = 0;
  for (const [name, { shape, data }] of tensors) {
    entries.push([name, { dtype: 'F32', shape, data_offsets: [bytes, bytes + data.byteLength] }]);
    bytes += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Spaces after the header keep the tensors aligned.
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + bytes).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** Throws invalid-file, naming the mistake, unless the bytes are a safetensors file of float32 tensors. */
export function readSafetensors(name: string, file: Uint8Array): SafetensorsFile {
  const wrong = wrongOf(name, 'a safetensors file');
  const header = readHeader(file, wrong);
  const metadata = new Map<string, string>();
  const places: Place[] = [];
  for (const [key, value] of header.entries) {
    if (key === '__metadata__') readMetadata(metadata, value, wrong);
    else places.push(readEntry(key, value, wrong));
  }
  // Checked before any copy: each of many overlapping tensors could be a copy of the whole file.
  requireWhole(places, file.length - header.end, wrong);
  const tensors = new Map(places.map(({ key, ...place }) => [key, readTensor(file.subarray(header.end), place)]));
  return { tensors, metadata };
}

/** A tensor, and the place of its bytes after the header. */
interface Place {
  key: string;
  shape: number[];
  begin: number;
  end: number;
}

function readMetadata(metadata: Map<string, string>, value: unknown, wrong: Wrong): void {
  if (!isRecord(value)) throw wrong('has metadata that is not an object');
  for (const [field, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw wrong(`has metadata ${quote(field)} that is not text`);
    metadata.set(field, text);
  }
}

function readTensor(data: Uint8Array, { shape, begin, end }: Omit<Place, 'key'>): Tensor {
  // A copy: a tensor may begin anywhere in the file, but a Float32Array only at multiples of four.
  return { shape, data: new Float32Array(new Uint8Array(data.subarray(begin, end)).buffer) };
}

function readHeader(file: Uint8Array, wrong: Wrong): { entries: [string, unknown][]; end: number } {
  if (file.length < LENGTH_BYTES) throw wrong(`has ${file.length} bytes, fewer than a header's length takes`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const most = Math.min(MOST_HEADER_BYTES, file.length - LENGTH_BYTES);
  if (length > BigInt(most)) throw wrong(`says that its header has ${length} bytes, but at most ${most} are possible`);
  const end = LENGTH_BYTES + Number(length);
  return { entries: Object.entries(parseRecord('a header', file.subarray(LENGTH_BYTES, end), wrong)), end };
}

function readEntry(key: string, value: unknown, wrong: Wrong): Place {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const tensor = `tensor ${quote(key)}`;
  if (dtype !== 'F32') throw wrong(`has ${tensor} of dtype ${shown(JSON.stringify(dtype) ?? 'none')}, not F32`);
  if (!isSizes(shape)) throw wrong(`has ${tensor} of shape ${shown(JSON.stringify(shape) ?? 'none')}`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw wrong(`has ${tensor} with data_offsets ${shown(JSON.stringify(offsets) ?? 'none')}`);
  }
  const [begin, end] = offsets;
  const bytes = 4 * shape.reduce((product, size) => product * size, 1);
  if (end - begin !== bytes) throw wrong(`has ${tensor} of ${end - begin} bytes, but its shape needs ${bytes}`);
  return { key, shape, begin, end };
}

/** The format allows no overlaps and no holes: every byte belongs to one tensor. */
function requireWhole(places: Place[], bytes: number, wrong: Wrong): void {
  let last = 0;
  for (const { key, begin, end } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > bytes) throw wrong(`ends before tensor ${quote(key)} does`);
    if (begin !== last) throw wrong(`has tensors that overlap or leave a hole at byte ${Math.min(last, begin)}`);
    last = end;
  }
  if (last !== bytes) throw wrong(`has ${bytes - last} bytes behind its last tensor`);
}
