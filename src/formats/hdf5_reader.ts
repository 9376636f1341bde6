import type { Wrong } from '../rules.ts';
import { type Body, readAttribute, readShape, readTexts } from './hdf5_attribute.ts';
import { Hdf5Bytes } from './hdf5_bytes.ts';
import {
  ENTRY_BYTES,
  FLOAT32,
  HEADER_BYTES,
  MESSAGE,
  MESSAGE_BYTES,
  SIGNATURE,
  SYMBOLS_BYTES,
  TREE_BYTES,
} from './hdf5_format.ts';
import type { Tensor } from './safetensors.ts';

// The parts of a file may refer to each other in any way. These limits and the file's length bound the time and memory
// of reading.
const MOST_MEMBERS = 1024;
const LONGEST_NAME = 1024;
const DEEPEST_PATH = 8;

const LIST_SIGNATURE = new TextEncoder().encode('SNOD');
/** A bit of a message's flags, and the classes of layouts that are supported. */
const SHARED = 2;
const COMPACT = 0;
const CONTIGUOUS = 1;

/**
 * The root group of an HDF5 file. Throws invalid-file if the bytes are not HDF5, or have newer structures than Keras'
 * files.
 */
export function readHdf5(file: Uint8Array, wrong: Wrong): Hdf5Object {
  const bytes = new Hdf5Bytes(file, wrong);
  if (!bytes.has(0, SIGNATURE)) throw wrong('is not an HDF5 file');
  const version = bytes.u8(8);
  if (version > 1) throw wrong(`is an HDF5 file of version ${version}, but Keras writes 0`);
  if (bytes.u8(13) !== 8 || bytes.u8(14) !== 8) throw bytes.damaged(13);
  return new Hdf5Object(bytes, bytes.u64(version === 0 ? 64 : 68));
}

/** A group or an array. Only what is asked for is read; structures that do not fit throw invalid-file. */
export class Hdf5Object {
  private readonly messages: (Body & { type: number; flags: number })[] = [];
  private members?: Map<string, number>;

  constructor(
    private readonly bytes: Hdf5Bytes,
    private readonly at: number,
  ) {
    if (bytes.u8(at) !== 1) throw bytes.damaged(at);
    this.readMessages();
  }

  /** Names of a group's members; empty for an array. */
  get names(): string[] {
    return [...this.readMembers().keys()];
  }

  /** The member at a path with slashes. */
  open(path: string): Hdf5Object | undefined {
    let object: Hdf5Object = this;
    for (const name of path.split('/', DEEPEST_PATH)) {
      const address = object.readMembers().get(name);
      if (address === undefined) return undefined;
      object = new Hdf5Object(this.bytes, address);
    }
    return object;
  }

  /** The texts of an attribute: one, or a list. Undefined if the attribute is missing or not of texts. */
  texts(name: string): string[] | undefined {
    for (const message of this.messages) {
      if (message.type !== MESSAGE.attribute) continue;
      const attribute = readAttribute(this.bytes, message, name);
      if (attribute) return readTexts(this.bytes, attribute);
    }
    return undefined;
  }

  /** The values of a float32 array. */
  tensor(): Tensor {
    const shape = readShape(this.bytes, this.message(MESSAGE.dataspace).at);
    const type = this.message(MESSAGE.datatype);
    if ((type.flags & SHARED) !== 0 || !this.bytes.has(type.at, FLOAT32)) {
      throw this.bytes.wrong('has parameters of another type than float32');
    }
    const { at, end } = this.readLayout(this.message(MESSAGE.layout));
    if (end - at !== shape.reduce((product, size) => product * size, FLOAT32[4])) throw this.bytes.damaged(at);
    // A copy: an array may begin anywhere in memory, but a Float32Array only at multiples of four.
    return { shape, data: new Float32Array(new Uint8Array(this.bytes.slice(at, end - at)).buffer) };
  }

  private readMessages(): void {
    const { bytes } = this;
    const count = bytes.u16(this.at + 2);
    const blocks: Body[] = [{ at: this.at + HEADER_BYTES, end: this.at + HEADER_BYTES + bytes.u32(this.at + 8) }];
    for (const block of blocks) {
      let at = block.at;
      while (at + MESSAGE_BYTES <= block.end && this.messages.length < count) {
        const body = at + MESSAGE_BYTES;
        const message = { type: bytes.u16(at), flags: bytes.u8(at + 4), at: body, end: body + bytes.u16(at + 2) };
        this.messages.push(message);
        at = message.end;
        if (message.type !== MESSAGE.continuation) continue;
        const next = bytes.u64(body);
        blocks.push({ at: next, end: next + bytes.u64(body + 8) });
      }
    }
  }

  private message(type: number) {
    const message = this.messages.find((one) => one.type === type);
    if (!message) throw this.bytes.damaged(this.at);
    return message;
  }

  private readMembers(): Map<string, number> {
    if (this.members) return this.members;
    const members = new Map<string, number>();
    const table = this.messages.find(({ type }) => type === MESSAGE.symbolTable);
    if (table) {
      const heap = this.bytes.u64(table.at + 8);
      this.bytes.requireSignature(heap, 'HEAP');
      this.walkTree(this.bytes.u64(table.at), this.bytes.u64(heap + 24), members, new Set());
    }
    this.members = members;
    return members;
  }

  /** Collects the members in the lists below a node; the heap of their names begins at `names`. */
  private walkTree(node: number, names: number, members: Map<string, number>, walked: Set<number>): void {
    const { bytes } = this;
    if (walked.has(node) || walked.size >= MOST_MEMBERS) throw bytes.damaged(node);
    walked.add(node);
    if (bytes.has(node, LIST_SIGNATURE)) {
      this.readList(node, names, members);
      return;
    }
    bytes.requireSignature(node, 'TREE');
    for (let i = 0; i < bytes.u16(node + 6); i++) {
      // A key of 8 bytes precedes each child.
      this.walkTree(bytes.u64(node + TREE_BYTES + 8 + 16 * i), names, members, walked);
    }
  }

  private readList(list: number, names: number, members: Map<string, number>): void {
    const { bytes } = this;
    for (let i = 0; i < bytes.u16(list + 6); i++) {
      const entry = list + SYMBOLS_BYTES + ENTRY_BYTES * i;
      const name = bytes.text(names + bytes.u64(entry), LONGEST_NAME);
      if (members.has(name) || members.size >= MOST_MEMBERS) throw bytes.damaged(entry);
      members.set(name, bytes.u64(entry + 8));
    }
  }

  private readLayout({ at }: Body): Body {
    const { bytes } = this;
    const kind = bytes.u8(at + 1);
    if (bytes.u8(at) !== 3 || (kind !== COMPACT && kind !== CONTIGUOUS)) {
      throw bytes.wrong('has parameters in chunks or compressed, which are not read');
    }
    const start = kind === COMPACT ? at + 4 : bytes.u64(at + 2);
    const size = kind === COMPACT ? bytes.u16(at + 2) : bytes.u64(at + 10);
    return { at: start, end: start + size };
  }
}
