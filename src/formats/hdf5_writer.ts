import {
  aligned,
  ENTRY_BYTES,
  FLOAT32,
  type Hdf5Group,
  HEAP_BYTES,
  MESSAGE,
  NOWHERE,
  SIGNATURE,
  SYMBOLS_BYTES,
  TREE_BYTES,
} from './hdf5_format.ts';
import type { Tensor } from './safetensors.ts';

const SUPERBLOCK_BYTES = 96;
/** Half the entries of a list of a group's members, and half the children of a tree's node. */
const LIST_RANK = 8;
const TREE_RANK = 16;
const SMALLEST_HEAP = 4096;
/** The datatype of UTF-8 texts of any length in a heap. */
const TEXT = [0x19, 0x01, 0x01, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
/** Space is reserved when something is written; unwritten space is zero. */
const FILL_VALUE = [2, 2, 2, 1, 0, 0, 0, 0];

/** The bytes of an HDF5 file. A group has at most 16 members. */
export function writeHdf5(root: Hdf5Group): Uint8Array<ArrayBuffer> {
  return new Hdf5Writer(root).finish();
}

class Hdf5Writer {
  private readonly parts: { at: number; bytes: Uint8Array }[] = [];
  private end = SUPERBLOCK_BYTES;
  /** Each text's number in the heap, from 1. */
  private readonly texts = new Map<string, number>();
  private readonly heap: number;

  constructor(private readonly root: Hdf5Group) {
    collectTexts(root, this.texts);
    this.heap = this.place(heapBytes([...this.texts.keys()]));
  }

  finish(): Uint8Array<ArrayBuffer> {
    const root = this.placeGroup(this.root);
    const file = new Uint8Array(this.end);
    file.set(superblock(root, this.end));
    for (const { at, bytes } of this.parts) file.set(bytes, at);
    return file;
  }

  /** Appends bytes and returns their address. */
  private place(bytes: ArrayLike<number>): number {
    const at = this.end;
    this.parts.push({ at, bytes: bytes instanceof Uint8Array ? bytes : Uint8Array.from(bytes) });
    this.end += aligned(bytes.length);
    return at;
  }

  private placeGroup({ attributes, members }: Hdf5Group): number {
    // The members of a group are sorted by name.
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
    if (sorted.length > 2 * LIST_RANK) throw new Error(`a group of ${sorted.length} members`);
    const names: number[] = Array(8).fill(0);
    let lastName = 0;
    const entries = sorted.flatMap(([name, member]) => {
      lastName = names.length;
      names.push(...padded([...new TextEncoder().encode(name), 0]));
      const header = 'data' in member ? this.placeTensor(member) : this.placeGroup(member);
      return [...u64(lastName), ...u64(header), ...Array(24).fill(0)];
    });
    const list = this.place(
      sized(SYMBOLS_BYTES + 2 * LIST_RANK * ENTRY_BYTES, [...ascii('SNOD'), 1, 0, ...u16(sorted.length), ...entries]),
    );
    const keys = sorted.length > 0 ? [...u64(0), ...u64(list), ...u64(lastName)] : [];
    const head = [...ascii('TREE'), 0, 0, ...u16(sorted.length > 0 ? 1 : 0), ...u64(NOWHERE), ...u64(NOWHERE)];
    const tree = this.place(sized(TREE_BYTES + (4 * TREE_RANK + 1) * 8, [...head, ...keys]));
    const texts = this.place(names);
    const nameHeap = this.place([...ascii('HEAP'), 0, 0, 0, 0, ...u64(names.length), ...u64(1), ...u64(texts)]);
    const messages = [message(MESSAGE.symbolTable, [...u64(tree), ...u64(nameHeap)])];
    for (const [name, text] of attributes ?? []) messages.push(this.attribute(name, text));
    return this.place(header(messages));
  }

  private placeTensor({ shape, data }: Tensor): number {
    const at = this.place(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return this.place(
      header([
        message(MESSAGE.dataspace, dataspace(shape)),
        message(MESSAGE.datatype, FLOAT32),
        message(MESSAGE.fillValue, FILL_VALUE),
        message(MESSAGE.layout, [3, 1, ...u64(at), ...u64(data.byteLength)]),
      ]),
    );
  }

  private attribute(name: string, text: string): number[] {
    const names = [...new TextEncoder().encode(name), 0];
    const space = dataspace([]);
    const sizes = [names.length, TEXT.length, space.length].flatMap(u16);
    const place = text === '' ? Array(16).fill(0) : this.textPlace(text);
    return message(MESSAGE.attribute, [1, 0, ...sizes, ...padded(names), ...padded(TEXT), ...padded(space), ...place]);
  }

  private textPlace(text: string): number[] {
    return [...u32(new TextEncoder().encode(text).length), ...u64(this.heap), ...u32(this.texts.get(text) ?? 0)];
  }
}

/** Numbers the texts of a group and of everything in it. */
function collectTexts({ attributes, members }: Hdf5Group, texts: Map<string, number>): void {
  for (const text of attributes?.values() ?? []) if (text !== '' && !texts.has(text)) texts.set(text, texts.size + 1);
  for (const member of members.values()) if ('members' in member) collectTexts(member, texts);
}

/** The texts, numbered from 1. The free space after them has number 0. */
function heapBytes(texts: string[]): Uint8Array {
  const encoded = texts.map((text) => new TextEncoder().encode(text));
  const used = encoded.reduce((sum, { length }) => sum + HEAP_BYTES + aligned(length), HEAP_BYTES);
  const heap = new Uint8Array(Math.max(SMALLEST_HEAP, used + HEAP_BYTES));
  heap.set([...ascii('GCOL'), 1, 0, 0, 0, ...u64(heap.length)]);
  let at = HEAP_BYTES;
  for (const [index, text] of encoded.entries()) {
    heap.set([...u16(index + 1), ...u16(1), ...u32(0), ...u64(text.length)], at);
    heap.set(text, at + HEAP_BYTES);
    at += HEAP_BYTES + aligned(text.length);
  }
  heap.set([...u16(0), ...u16(0), ...u32(0), ...u64(heap.length - at)], at);
  return heap;
}

function superblock(root: number, end: number): number[] {
  const versions = [0, 0, 0, 0, 0, 8, 8, 0];
  const addresses = [0, NOWHERE, end, NOWHERE].flatMap(u64);
  const entry = [...u64(0), ...u64(root), ...Array(24).fill(0)];
  return [...SIGNATURE, ...versions, ...u16(LIST_RANK), ...u16(TREE_RANK), ...u32(0), ...addresses, ...entry];
}

function header(messages: number[][]): number[] {
  const body = messages.flat();
  return [1, 0, ...u16(messages.length), ...u32(1), ...u32(body.length), ...u32(0), ...body];
}

function message(type: number, body: number[]): number[] {
  return [...u16(type), ...u16(aligned(body.length)), 0, 0, 0, 0, ...padded(body)];
}

function dataspace(shape: number[]): number[] {
  return [1, shape.length, 0, 0, 0, 0, 0, 0, ...shape.flatMap(u64)];
}

const padded = (bytes: number[]) => sized(aligned(bytes.length), bytes);
const sized = (length: number, bytes: number[]) => [...bytes, ...Array(length - bytes.length).fill(0)];
const ascii = (text: string) => [...new TextEncoder().encode(text)];
const u16 = (value: number) => [value & 0xff, value >>> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: number | bigint) => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];
