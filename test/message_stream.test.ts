import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../src/data/bytes.ts';
import { readMessages, writeMessage } from '../src/hosts/message_stream.ts';
import { fuzz } from './fuzz.ts';

async function* chunksOf(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const end = at + sizes[i % sizes.length];
    yield bytes.subarray(at, end);
    at = end;
  }
}

const bytesOf = (...values: unknown[]) => joinBytes(values.flatMap((value) => [...writeMessage(value)]));

async function read(bytes: Uint8Array, sizes = [bytes.length]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readMessages(chunksOf(bytes, sizes))) values.push(value);
  return values;
}

const key = fc.oneof(fc.string(), fc.constantFrom('$', '$$', '$x', '__proto__', '1', 'kind', 'index', 'length'));
const { value } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, null, true, '$', 'NaN'),
    fc.string({ unit: 'binary' }),
  ),
  array: fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.uint8Array(),
    fc.uint16Array(),
    fc.uint32Array(),
    fc.int32Array(),
  ),
  value: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    tie('array'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('messages between processes', () => {
  const values = fc.array(value, { maxLength: 3 });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  fuzz('come as they were sent, wherever a chunk ends', fc.tuple(values, sizes), async ([sent, sizes]) => {
    expect(await read(bytesOf(...sent), sizes)).toEqual(sent);
  });

  it('keep the bits of numbers that are not numbers', async () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffc12345, 0x7f800000, 0x80000000, 1);
    const [{ x }] = (await read(bytesOf({ x: new Float32Array(bits.buffer) }))) as [{ x: Float32Array }];
    expect(new Uint32Array(x.buffer)).toEqual(bits);
  });

  it('hold of a view only what it shows, in an array of its own', async () => {
    const all = Float32Array.from({ length: 100 }, (_, i) => i);
    const [{ a, b }] = (await read(bytesOf({ a: all.subarray(10, 12), b: all.subarray(98) }))) as [
      { a: Float32Array; b: Float32Array },
    ];
    expect([a, b]).toEqual([Float32Array.of(10, 11), Float32Array.of(98, 99)]);
    expect([a.buffer.byteLength, b.buffer.byteLength]).toEqual([8, 8]);
  });

  it('are written from the arrays themselves, in small pieces', () => {
    const x = new Float32Array(1_000_000);
    const [head, ...pieces] = writeMessage({ x });
    expect(head.length).toBeLessThan(100);
    expect(pieces.map(({ buffer }) => buffer)).toEqual(Array(4).fill(x.buffer));
    expect(pieces.map(({ length }) => length)).toEqual([2 ** 20, 2 ** 20, 2 ** 20, 4_000_000 - 3 * 2 ** 20]);
  });

  it('are read one by one: no chunk is asked for before the value is taken', async () => {
    let asked = 0;
    async function* chunks() {
      for (const value of ['a', 'b']) {
        asked++;
        yield bytesOf(value);
      }
    }
    const messages = readMessages(chunks());
    expect(await messages.next()).toEqual({ done: false, value: 'a' });
    expect(asked).toBe(1);
    expect(await messages.next()).toEqual({ done: false, value: 'b' });
  });

  it('that end too early are an error', async () => {
    const bytes = bytesOf({ x: Float32Array.of(1, 2) });
    for (const length of [1, 3, 10, bytes.length - 1]) {
      await expect(read(bytes.subarray(0, length))).rejects.toThrow('a message between two processes ended too early');
    }
  });

  it('say how much memory they lack', async () => {
    const head = new TextEncoder().encode(`{"x":{"$":{"kind":"Float32Array","index":0,"length":${2 ** 40}}}}`);
    const bytes = joinBytes([new Uint8Array(Uint32Array.of(head.length).buffer), head]);
    await expect(read(bytes)).rejects.toThrow('the series need 4194304 MiB in one piece');
  });
});
