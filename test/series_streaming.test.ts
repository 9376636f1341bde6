import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../src/data/bytes.ts';
import { readCsv } from '../src/data/csv.ts';
import { allocateFloats, NumberList } from '../src/data/float_list.ts';
import { readSeries } from '../src/data/read_series.ts';
import { readTs } from '../src/data/ts_format.ts';
import { live } from './live_memory.ts';
import { bytesOf, npy, seriesFile } from './series_files.ts';

/** Memory beside the arrays: chunks of bytes and text. */
const CONSTANT = 16 * 2 ** 20;
const COPIES = 80;

/** The same bytes many times, held only once. */
function repeat(block: Uint8Array<ArrayBuffer>): Blob[] {
  return Array<Blob>(COPIES).fill(new Blob([block]));
}

/** The largest growth of memory while a file is read, and the result. */
async function measure(name: string, ...parts: BlobPart[]) {
  const labels = seriesFile(
    'y.npy',
    npy({ descr: '|u1', shape: [COPIES], data: Uint8Array.from({ length: COPIES }, (_, n) => n % 2) }),
  );
  const file = seriesFile(name, ...parts);
  const before = live();
  let most = 0;
  let chunks = 0;
  const progress = () => {
    if (++chunks % 8 === 0) most = Math.max(most, live() - before);
  };
  const set = await readSeries(file, { progress, labels });
  return { set, most: Math.max(most, live() - before), bytes: file.blob.size, array: set.x.byteLength };
}

describe('a long file', () => {
  it('of text never is in memory as a whole', async () => {
    const row = (n: number) =>
      `${Array.from({ length: 100 }, (_, t) => ((n * t) % 997) / 1000).join(',')},a label of its own ${n % 3}\r\n`;
    const block = new TextEncoder().encode(Array.from({ length: 500 }, (_, n) => row(n)).join(''));
    const { set, most, bytes, array } = await measure('long.csv', ...repeat(block));
    expect(bytes).toBeGreaterThan(24e6);
    expect(set).toMatchObject({ samples: 500 * COPIES, timeSteps: 100, target: { kind: 'class' } });
    expect(set.x.subarray(-100)).toEqual(set.x.subarray(499 * 100, 500 * 100));
    expect(most).toBeGreaterThan(array);
    expect(most).toBeLessThan(array + CONSTANT);
  });

  it('of numbers becomes the array at once', async () => {
    const data = new Float64Array(1024 * 64).fill(0.5);
    const header = npy({ descr: '<f8', shape: [COPIES, 1024, 64], data: new Uint8Array() });
    const { set, most, array } = await measure('long.npy', header, ...repeat(new Uint8Array(bytesOf(data))));
    expect(set).toMatchObject({ samples: COPIES, timeSteps: 1024, inputDim: 64 });
    expect(set.x.every((value) => value === 0.5)).toBe(true);
    expect(most).toBeGreaterThan(array);
    expect(most).toBeLessThan(array + CONSTANT);
  });

  it('fails with its last row, and is gone then', async () => {
    const block = new TextEncoder().encode('1,2,3,4,a\n5,6,7,8,b\n'.repeat(2000));
    const before = live();
    const read = readSeries(seriesFile('long.csv', ...repeat(block), '1,2,3,4,a\n1,2,3'));
    await expect(read).rejects.toThrow('long.csv, row 320002: it has 3 cells, but the first row has 5');
    expect(live() - before).toBeLessThan(CONSTANT);
  });
});

describe('a file in chunks', () => {
  /** The text's bytes, `size` at a time. */
  function chunked(text: string, size: number): ByteSource {
    const bytes = new TextEncoder().encode(text);
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    return { size: bytes.length, chunks };
  }
  const sizes = Array.from({ length: 20 }, (_, i) => i + 1);

  it.each(sizes)('of %i bytes is the same CSV file', async (size) => {
    const text = '\uFEFFt0,t1,label\r\n1,2.5,"a, ""ä""\r\n" \r\n-3,4e2,"b"\r\n\r\n5,6,"a, ""ä""\n"';
    const set = await readCsv('data.csv', chunked(text, size), { delimiter: ',' });
    expect(set.x).toEqual(Float64Array.of(1, 2.5, -3, 400, 5, 6));
    expect(set.target).toMatchObject({ classes: ['a, "ä"', 'b'] });
  });

  it.each(sizes)('of %i bytes is the same .ts file', async (size) => {
    const text = '\uFEFF# ä\r\n@classLabel true ä b\r\n@data\r\n1,2.5:3,4:ä\r\n\r\n-3,4e2:5,6:b\r';
    const set = await readTs('data.ts', chunked(text, size));
    expect(set.x).toEqual(Float64Array.of(1, 3, 2.5, 4, -3, 5, 400, 6));
  });

  it.each(sizes)('of %i bytes tells the same rows of errors', async (size) => {
    const text = '1,a\r\n\r\n2,b\r\n"x\ny",c\r\n3\r\n';
    const read = readCsv('data.csv', chunked(text, size), { delimiter: ',' });
    await expect(read).rejects.toThrow('data.csv, row 4, column 0: "x\\ny" is not a number');
  });
});

describe('FloatList', () => {
  it('takes at most twice its array', () => {
    const count = 5_000_000;
    const before = live();
    const list = new NumberList(allocateFloats);
    for (let i = 0; i < count; i++) list.push(i);
    expect(list.length).toBe(count);
    expect(live() - before).toBeLessThan(4 * count + CONSTANT / 2);
    const values = list.toArray();
    expect(list.length).toBe(0);
    expect(values.every((value, i) => value === i)).toBe(true);
    expect(live() - before).toBeLessThan(4 * count + CONSTANT / 2);
  });
});
