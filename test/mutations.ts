import fc from 'fast-check';
import { strToU8 } from 'fflate';

/** Wrong numbers as they occur in damaged or hostile files. */
const NUMBERS = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0],
  [1, 0],
  [0, 0, 0, 0, 0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
];

/** Bytes removed at a place of a file, given as a share, and others inserted there. */
export interface Mutation {
  at: number;
  remove: number;
  insert: Uint8Array;
}

/** Pieces of JSON, whole and broken, and numbers that no field expects. */
export const JSON_TOKENS = ['', '"', ',', ':', '{', '}', '[', ']', 'null', '-1', '9223372036854775808', '1e999'];

/** One of these texts, or a number, as bytes. */
export function tokensOf(texts: string[]): fc.Arbitrary<Uint8Array> {
  return fc.constantFrom(...texts.map((text) => strToU8(text)), ...NUMBERS.map((bytes) => Uint8Array.from(bytes)));
}

/** A share of the whole, evenly distributed: `fc.double` would draw nearly all of its numbers from just above 0. */
export const share = fc.nat(2 ** 20 - 1).map((value) => value / 2 ** 20);

/** Inserts, overwrites, removes, repeats, or changes one byte. */
export function mutationsWith(insert: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Mutation[]> {
  const letter = fc.constantFrom(...'1,":\n\t;a[').map((text) => strToU8(text));
  const repeated = fc
    .tuple(fc.oneof(letter, insert), fc.nat(5000))
    .map(([bytes, size]) => repeat(bytes, Math.floor(size / Math.max(1, bytes.length))));
  return fc.array(
    fc.oneof(
      fc.record({ at: share, remove: fc.constant(0), insert }),
      fc.record({ at: share, remove: fc.nat(8), insert }),
      fc.record({ at: share, remove: fc.nat(400), insert: fc.constant(new Uint8Array()) }),
      fc.record({ at: share, remove: fc.constant(1), insert: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
      fc.record({ at: share, remove: fc.constant(0), insert: repeated }),
    ),
    { minLength: 1, maxLength: 6 },
  );
}

/** Overwrites bytes, so that all lengths stay right. */
export function overwritesWith(insert: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Mutation[]> {
  const overwrite = fc.tuple(share, insert).map(([at, bytes]) => ({ at, remove: bytes.length, insert: bytes }));
  return fc.array(overwrite, { minLength: 1, maxLength: 4 });
}

export function repeat(bytes: Uint8Array, count: number): Uint8Array {
  const repeated = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) repeated.set(bytes, i * bytes.length);
  return repeated;
}

export function mutate(bytes: Uint8Array, mutations: Mutation[]): Uint8Array<ArrayBuffer> {
  return mutations.reduce((file, { at, remove, insert }) => {
    const start = Math.floor(at * file.length);
    const changed = new Uint8Array(start + insert.length + Math.max(0, file.length - start - remove));
    changed.set(file.subarray(0, start));
    changed.set(insert, start);
    changed.set(file.subarray(start + remove), start + insert.length);
    return changed;
  }, new Uint8Array(bytes));
}
