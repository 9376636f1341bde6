import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Most fields of one message, and most numbers of one field. A file with more is taken for an attack on its reader. */
const MOST = 4096;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Value = number | Uint8Array;

/**
 * A message of the protobuf wire format, with its fields by number. The constructor and every method throw an Error if
 * the bytes are something else. Values are views of the bytes; an inner message is parsed when it is asked for.
 */
export class ProtobufMessage {
  private readonly fields = new Map<number, Value[]>();

  constructor(bytes: Uint8Array) {
    const reader = new BinaryReader(bytes);
    let count = 0;
    while (reader.pos < reader.len) {
      if (++count > MOST) throw new Error(`a message has more than ${MOST} fields`);
      const [field, type] = reader.tag();
      const values = this.fields.get(field);
      const value = readValue(reader, type);
      if (values) values.push(value);
      else this.fields.set(field, [value]);
    }
  }

  messages(field: number): ProtobufMessage[] {
    return this.all(field).map((value) => new ProtobufMessage(asBytes(value)));
  }

  texts(field: number): string[] {
    return this.all(field).map((value) => UTF8.decode(asBytes(value)));
  }

  /** The last value, as the format says; '' if there is none. */
  text(field: number): string {
    return this.texts(field).at(-1) ?? '';
  }

  /** Whole numbers, packed or not; above 2^53 they are rounded. */
  ints(field: number): number[] {
    const ints: number[] = [];
    for (const value of this.all(field)) {
      if (typeof value === 'number') ints.push(value);
      else unpackInts(value, ints);
    }
    return ints;
  }

  /** The last value; 0 if there is none. */
  int(field: number): number {
    return this.ints(field).at(-1) ?? 0;
  }

  /** The bytes of all values joined: of packed floats, their little-endian elements. */
  bytes(field: number): Uint8Array {
    const parts = this.all(field).map(asBytes);
    if (parts.length === 1) return parts[0];
    const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  private all(field: number): Value[] {
    return this.fields.get(field) ?? [];
  }
}

function readValue(reader: BinaryReader, type: WireType): Value {
  switch (type) {
    case WireType.Varint:
      return Number(reader.int64());
    case WireType.LengthDelimited:
      return reader.bytes();
    case WireType.Bit32:
    case WireType.Bit64:
      return reader.skip(type);
    default:
      throw new Error(`a message has a field of wire type ${type}`);
  }
}

function asBytes(value: Value): Uint8Array {
  if (typeof value === 'number') throw new Error(`a field is the number ${value}, not text or bytes`);
  return value;
}

function unpackInts(packed: Uint8Array, ints: number[]): void {
  const reader = new BinaryReader(packed);
  while (reader.pos < reader.len) {
    if (ints.length === MOST) throw new Error(`a field has more than ${MOST} numbers`);
    ints.push(Number(reader.int64()));
  }
}
