import type { Hdf5Bytes } from './hdf5_bytes.ts';
import { aligned, HEAP_BYTES } from './hdf5_format.ts';

const MOST_TEXTS = 256;
const MOST_HEAP_OBJECTS = 2 ** 16;
const MOST_DIMENSIONS = 8;
/** Classes of datatypes: texts of one length, and variable-length lists, which include texts. */
const TEXT = 3;
const VARIABLE = 9;

/** The place of a message's body. */
export interface Body {
  at: number;
  end: number;
}

export interface Attribute {
  /** The place of the datatype, the place of the values, and the values' shape. */
  datatype: number;
  values: Body;
  shape: number[];
}

/** A message's attribute if it has this name. */
export function readAttribute(bytes: Hdf5Bytes, { at, end }: Body, name: string): Attribute | undefined {
  const version = bytes.u8(at);
  // In version 1 every part begins at a multiple of 8; version 3 also gives the name's encoding.
  const room = (size: number) => (version === 1 ? aligned(size) : size);
  const start = at + (version === 3 ? 9 : 8);
  const [nameBytes, typeBytes, spaceBytes] = [2, 4, 6].map((offset) => bytes.u16(at + offset));
  if (bytes.text(start, nameBytes) !== name) return undefined;
  const datatype = start + room(nameBytes);
  const space = datatype + room(typeBytes);
  return { datatype, shape: readShape(bytes, space), values: { at: space + room(spaceBytes), end } };
}

/** The shape of a dataspace. */
export function readShape(bytes: Hdf5Bytes, at: number): number[] {
  const version = bytes.u8(at);
  const rank = bytes.u8(at + 1);
  if (rank > MOST_DIMENSIONS || version < 1 || version > 2) throw bytes.damaged(at);
  const isNull = version === 2 && bytes.u8(at + 3) === 2;
  if (isNull) return [0];
  return Array.from({ length: rank }, (_, i) => bytes.u64(at + (version === 1 ? 8 : 4) + 8 * i));
}

/** An attribute's texts; undefined if it holds something else. */
export function readTexts(bytes: Hdf5Bytes, { datatype, shape, values }: Attribute): string[] | undefined {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count === 0) return [];
  const kind = bytes.u8(datatype) & 0xf;
  const isVariable = kind === VARIABLE && (bytes.u8(datatype + 1) & 0xf) === 1;
  if (!isVariable && kind !== TEXT) return undefined;
  const size = bytes.u32(datatype + 4);
  if (count > MOST_TEXTS || values.at + count * size > values.end) throw bytes.damaged(values.at);
  let left = bytes.length;
  return Array.from({ length: count }, (_, i) => {
    const at = values.at + i * size;
    if (!isVariable) return bytes.text(at, size);
    // Many texts may share one part of the file, so their total is limited to the file's length.
    left -= bytes.u32(at);
    if (left < 0) throw bytes.damaged(at);
    return readFromHeap(bytes, at);
  });
}

/** The text at an element that holds its length, a heap's address and its number in that heap. */
function readFromHeap(bytes: Hdf5Bytes, at: number): string {
  const length = bytes.u32(at);
  if (length === 0) return '';
  const heap = bytes.u64(at + 4);
  const index = bytes.u32(at + 12);
  bytes.requireSignature(heap, 'GCOL');
  let object = heap + HEAP_BYTES;
  for (let met = 0; met < MOST_HEAP_OBJECTS; met++) {
    const found = bytes.u16(object);
    if (found === 0) break;
    const size = bytes.u64(object + 8);
    if (found === index && length <= size) return bytes.text(object + HEAP_BYTES, length);
    object += HEAP_BYTES + aligned(size);
  }
  throw bytes.damaged(at);
}
