import { strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../src/data/bytes.ts';
import { NpyArray } from '../src/data/npy_array.ts';
import { readSeries } from '../src/data/read_series.ts';
import { bytesOf, type Npy, npy, read, refusal, seriesFile } from './series_files.ts';

// What a .npy file may say about itself, and the edges of its dtypes.

const X: Npy = { descr: '<f4', shape: [2, 2], data: bytesOf(Float32Array.of(1, 2, 3, 4)) };
const Y: Npy = { descr: '<i4', shape: [2], data: bytesOf(Int32Array.of(0, 1)) };
const labels = seriesFile('y.npy', npy(Y));
const NONE = 'invalid-file: x.npy: it is not a .npy file of version 1 to 3: save it with numpy.save';

const readLabels = (y: Npy) => readSeries(seriesFile('x.npy', npy(X)), { labels: seriesFile('y.npy', npy(y)) });

describe('the elements of a .npy file', () => {
  it.each([
    ['Infinity', 0x7c00],
    ['-Infinity', 0xfc00],
  ])('hold no %s of half precision', async (word, bits) => {
    const data = bytesOf(Uint16Array.of(0, 0, 0, bits));
    expect(await refusal('x.npy', npy({ ...X, descr: '<f2', data }), { labels })).toContain(
      `x.npy, sample 1, step 1, channel 0: "${word}" is not finite`,
    );
  });

  it('may be NaN of half precision behind a shorter series', async () => {
    const data = bytesOf(Uint16Array.of(0, 0, 0, 0x7e00));
    const set = await read('x.npy', npy({ ...X, descr: '<f2', data }), { labels });
    expect(set.lengths).toEqual(Uint32Array.of(2, 1));
  });

  it('may have labels as long as a text may be, with any letter', async () => {
    const last = String.fromCodePoint(0x10ffff);
    const letters = bytesOf(Uint32Array.of(0x61, 0x10ffff));
    expect((await readLabels({ descr: '<U1', shape: [2], data: letters })).target).toMatchObject({
      classes: ['a', last],
    });
    const filled = (descr: string, bytes: number) => {
      const data = Uint8Array.from({ length: 2 * bytes }, (_, i) => (i % bytes === 0 ? 97 + i / bytes : 0));
      return { descr, shape: [2], data };
    };
    for (const [descr, bytes] of [
      ['|S4096', 4096],
      ['<U1024', 4096],
    ] as const) {
      expect((await readLabels(filled(descr, bytes))).target).toMatchObject({ classes: ['a', 'b'] });
    }
    for (const [descr, bytes] of [
      ['|S4097', 4097],
      ['<U1025', 4100],
      ['<U0', 0],
      ['|S0', 0],
    ] as const) {
      await expect(readLabels(filled(descr, bytes))).rejects.toThrow(
        `y.npy: its dtype "${descr}" is not read: save it with astype("float32")`,
      );
    }
  });
});

describe('the header of a .npy file', () => {
  /** The file of X with this header. */
  function withHeader(header: string): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(12 + header.length + X.data.length);
    bytes.set(npy({ ...X, version: 2 }).subarray(0, 8));
    new DataView(bytes.buffer).setUint32(8, header.length, true);
    bytes.set(strToU8(header), 12);
    bytes.set(X.data, 12 + header.length);
    return bytes;
  }
  const [DESCR, ORDER, SHAPE] = ["'descr': '<f4'", "'fortran_order': False", "'shape': (2, 2)"];

  it.each([
    ['without spaces', "{'descr':'<f4','fortran_order':False,'shape':(2,2)}"],
    ['with more spaces', "{'descr':  '<f4', 'fortran_order':  False, 'shape':  (2,  2), }"],
    ['in another order', `{${SHAPE}, ${ORDER}, ${DESCR}}`],
    ['of the most bytes', `{${DESCR}, ${ORDER}, ${SHAPE}}`.padEnd(2 ** 16)],
  ])('may be written %s', async (_, header) => {
    const set = await read('x.npy', withHeader(header), { labels });
    expect(set.x).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it.each([
    ['dtype', [ORDER, SHAPE]],
    ['order', [DESCR, SHAPE]],
    ['shape', [DESCR, ORDER]],
  ])('is refused without %s', async (_, parts) => {
    expect(await refusal('x.npy', withHeader(`{${parts.join(', ')}}`), { labels })).toBe(
      'invalid-file: x.npy: its header does not give dtype, order and shape: save it with numpy.save',
    );
  });

  it('and its array are all that a source may hold', async () => {
    const bytes = npy(X);
    const source = {
      size: bytes.length,
      async *chunks() {
        yield bytes;
        yield new Uint8Array(4);
      },
    };
    const array = await NpyArray.open(['x.npy'], new ByteReader(source));
    const taken: unknown[] = [];
    await expect(array.visit((value) => taken.push(value))).rejects.toThrow(
      'x.npy: it has more bytes than it says: save it again',
    );
    expect(taken).toEqual([1, 2, 3, 4]);
  });

  it('is refused if another file has its name', async () => {
    for (const at of [0, 1, 5]) {
      const bytes = npy(X);
      bytes[at]++;
      expect(await refusal('x.npy', bytes, { labels })).toBe(NONE);
    }
  });
});
