import { ByteReader, inOnePiece, joinBytes } from '../data/bytes.ts';
import { Failure } from '../errors.ts';

// Jobs and events between processes as a stream of bytes, so that large arrays never become text or the argument of a
// call. A message is the length of its head (uint32), the head (JSON in UTF-8), and the bytes of its arrays in the
// order of this machine. In the head, an object with the key $ stands for an array, or for a number that JSON does not
// have. A field whose own name begins with $ gets a second one.

/** Bytes of the largest piece that is written at once. */
const PIECE_BYTES = 2 ** 20;

const KINDS = { Float32Array, Float64Array, Uint8Array, Uint16Array, Uint32Array, Int32Array };
type Kind = keyof typeof KINDS;
type AnyArray = InstanceType<(typeof KINDS)[Kind]>;

/** An array in the head: its place among the message's arrays, and its length. */
interface Place {
  kind: Kind;
  index: number;
  length: number;
}

/**
 * The message of a value: plain data with typed arrays and any numbers. Fields that are undefined are left out. The
 * pieces are views of the arrays: nothing is copied.
 */
export function* writeMessage(value: unknown): Generator<Uint8Array<ArrayBuffer>, void> {
  const arrays: AnyArray[] = [];
  const head = new TextEncoder().encode(JSON.stringify(value, (_, field: unknown) => toJson(field, arrays)));
  const length = new Uint8Array(Uint32Array.of(head.length).buffer);
  for (const { buffer, byteOffset, byteLength } of [joinBytes([length, head]), ...arrays]) {
    for (let at = 0; at < byteLength; at += PIECE_BYTES) {
      yield new Uint8Array(buffer as ArrayBuffer, byteOffset + at, Math.min(PIECE_BYTES, byteLength - at));
    }
  }
}

/**
 * The values of the messages in a stream. A chunk is asked for only when the value before it was taken. Throws
 * out-of-memory if an array cannot be allocated.
 */
export async function* readMessages(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<unknown, void> {
  const reader = new ByteReader({ size: Number.POSITIVE_INFINITY, chunks: () => chunks });
  while (!(await reader.atEnd())) {
    const [length] = await fill(reader, new Uint32Array(1));
    const head = await fill(reader, new Uint8Array(length));
    const arrays: AnyArray[] = [];
    const value: unknown = JSON.parse(new TextDecoder().decode(head), (_, field: unknown) => fromJson(field, arrays));
    for (const array of arrays) await fill(reader, array);
    yield value;
  }
}

/** Fills the array with the next bytes. */
async function fill<Filled extends AnyArray>(reader: ByteReader, array: Filled): Promise<Filled> {
  if ((await reader.fill(new Uint8Array(array.buffer))) === array.byteLength) return array;
  throw new Failure('internal', 'a message between two processes ended too early: run the command again');
}

/** A field as it stands in the head; an array is added to `arrays`. */
function toJson(field: unknown, arrays: AnyArray[]): unknown {
  if (typeof field === 'number') {
    const isPlain = Number.isFinite(field) && !Object.is(field, -0);
    return isPlain ? field : { $: Object.is(field, -0) ? '-0' : String(field) };
  }
  if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
  const kind = kindOf(field);
  if (!kind) return renamed(field, (name) => (name.startsWith('$') ? `$${name}` : name));
  const index = arrays.push(field as AnyArray) - 1;
  return { $: { kind, index, length: (field as AnyArray).length } satisfies Place };
}

function kindOf(field: object): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => field instanceof KINDS[kind]);
}

/** The field that stands in the head; an array is put, empty, at its place in `arrays`. */
function fromJson(field: unknown, arrays: AnyArray[]): unknown {
  if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
  if (!('$' in field)) return renamed(field, (name) => (name.startsWith('$') ? name.slice(1) : name));
  if (typeof field.$ === 'string') return Number(field.$);
  const { kind, index, length } = field.$ as Place;
  const ArrayOfKind = KINDS[kind];
  arrays[index] = inOnePiece(length * ArrayOfKind.BYTES_PER_ELEMENT, () => new ArrayOfKind(length));
  return arrays[index];
}

/** The same fields under other names; the object itself if no name changes. */
function renamed(fields: object, rename: (name: string) => string): object {
  const entries = Object.entries(fields);
  if (entries.every(([name]) => rename(name) === name)) return fields;
  return Object.fromEntries(entries.map(([name, field]) => [rename(name), field]));
}
