import fc from 'fast-check';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readSeries } from '../src/data/read_series.ts';
import { asFailure } from '../src/errors.ts';
import { bytesOf, type Npy, npy, read, refusal, seriesFile } from './series_files.ts';

/** By numpy 2.4: savez(x=arange(4.).reshape(2, 2), y=array([1, 0])). */
const SAVEZ =
  'UEsDBC0AAAAAAAAAIQCjIIiE//////////8FABQAeC5ucHkBABAAoAAAAAAAAACgAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAAAAAAAAADwPwAAAAAAAABAAAAAAAAACEBQSwMELQAAAAAAAAAhAHH7Oav//////////wUAFAB5Lm5weQEAEACQAAAAAAAAAJAAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAAAAAAAAAAAAUEsBAi0DLQAAAAAAAAAhAKMgiISgAAAAoAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAAAAAAhAHH7OauQAAAAkAAAAAUAAAAAAAAAAAAAAIAB1wAAAHkubnB5UEsFBgAAAAACAAIAZgAAAJ4BAAAAAA==';
/**
 * savez_compressed(X=asfortranarray(x), y=array(['run', 'é😀'])), x = arange(12, dtype='>f4').reshape(2, 3, 2) − 2.5.
 */
const SAVEZ_COMPRESSED =
  'UEsDBC0AAAAIAAAAIQAoja15//////////8FABQAWC5ucHkBABAAsAAAAAAAAABuAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxjoKRpo6CrUKZAIuBgaFAwwMCQ4MDAz7GRg2AOkD9gwMH0A0kD8BJA7kXwDSCkDM4QgAUEsDBC0AAAAIAAAAIQDkgAw///////////8FABQAeS5ucHkBABAAmAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG4Taqyuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAK4iBgaGUiDOA+KXQMzwjRFEMgAAUEsBAi0DLQAAAAgAAAAhACiNrXluAAAAsAAAAAUAAAAAAAAAAAAAAIABAAAAAFgubnB5UEsBAi0DLQAAAAgAAAAhAOSADD9WAAAAmAAAAAUAAAAAAAAAAAAAAIABpQAAAHkubnB5UEsFBgAAAAACAAIAZgAAADIBAAAAAA==';
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const X: Npy = { descr: '<f4', shape: [2, 2], data: bytesOf(Float32Array.of(1, 2, 3, 4)) };
const Y: Npy = { descr: '<i4', shape: [2], data: bytesOf(Int32Array.of(0, 1)) };

function readPair(x: Npy, y: Npy, options = {}) {
  return readSeries(seriesFile('x.npy', npy(x)), { ...options, labels: seriesFile('y.npy', npy(y)) });
}

async function refusalOfPair(x: Npy, y: Npy = Y): Promise<string> {
  const outcome = await readPair(x, y).catch(asFailure);
  return outcome instanceof Error ? `${outcome.code}: ${outcome.message}` : 'it was read';
}

describe('two .npy files', () => {
  it.each([
    ['version 1', { ...X }],
    ['version 2', { ...X, version: 2 }],
    ['version 3', { ...X, version: 3 }],
    ['one channel', { ...X, shape: [2, 2, 1] }],
    ["Python 2's long numbers", { ...X, shape: '(2L, 2L)' }],
    ['Fortran order', { ...X, fortran: true, data: bytesOf(Float32Array.of(1, 3, 2, 4)) }],
    ['i1', { ...X, descr: '|i1', data: Uint8Array.of(1, 2, 3, 4) }],
    ['u1', { ...X, descr: '|u1', data: Uint8Array.of(1, 2, 3, 4) }],
    ['i2', { ...X, descr: '<i2', data: bytesOf(Int16Array.of(1, 2, 3, 4)) }],
    ['u2', { ...X, descr: '<u2', data: bytesOf(Uint16Array.of(1, 2, 3, 4)) }],
    ['u4', { ...X, descr: '<u4', data: bytesOf(Uint32Array.of(1, 2, 3, 4)) }],
    ['i8', { ...X, descr: '<i8', data: bytesOf(BigInt64Array.of(1n, 2n, 3n, 4n)) }],
    ['u8', { ...X, descr: '<u8', data: bytesOf(BigUint64Array.of(1n, 2n, 3n, 4n)) }],
    ['f2', { ...X, descr: '<f2', data: bytesOf(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400)) }],
    ['f8', { ...X, descr: '<f8', data: bytesOf(Float64Array.of(1, 2, 3, 4)) }],
    ['big-endian i2', { ...X, descr: '>i2', data: Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4) }],
    ['big-endian f2', { ...X, descr: '>f2', data: Uint8Array.of(0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0) }],
  ])('are read: %s', async (_, x) => {
    const set = await readPair(x, Y);
    expect(set).toEqual({
      name: 'x.npy',
      samples: 2,
      timeSteps: 2,
      inputDim: 1,
      channelNames: ['channel 0'],
      x: (/[48]$/.test(x.descr) && x.descr !== '<f4' ? Float64Array : Float32Array).of(1, 2, 3, 4),
      y: Float32Array.of(0, 1),
      target: { kind: 'class', name: 'y', classes: ['0', '1'] },
    });
  });

  it('hold the numbers at the edges of their dtypes', async () => {
    const values = async (descr: string, ...bytes: number[][]) => {
      const set = await readPair({ descr, shape: [2, bytes.length / 2], data: Uint8Array.from(bytes.flat()) }, Y);
      return [...set.x];
    };
    const ones = [255, 255, 255, 255, 255, 255, 255, 255];
    const top = [127, 255, 255, 255, 255, 255, 255, 255];
    expect(await values('>i8', ones, top)).toEqual([-1, 2 ** 63]);
    expect(await values('<i8', ones, [...top].reverse())).toEqual([-1, 2 ** 63]);
    expect(await values('>u8', ones, top)).toEqual([2 ** 64, 2 ** 63]);
    expect(await values('<f2', [1, 0], [0xff, 0x7b], [0, 0x80], [0, 0xb8])).toEqual([2 ** -24, 65504, -0, -0.5]);
    expect(await values('|b1', [0], [7])).toEqual([0, 1]);
  });

  it.each([
    ['two axes, whatever is first', { ...X }, { channelsFirst: true }, [2, 1]],
    ['labels in a column', { ...X }, {}, [2, 1]],
  ])('may have %s', async (_, x, options, shape) => {
    const set = await readPair(x, { ...Y, shape: [2, 1] }, options);
    expect([set.timeSteps, set.inputDim]).toEqual(shape);
    expect(set.x).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('may have labels that are bytes', async () => {
    const data = new TextEncoder().encode('ab\0b\0\0');
    const { target, y } = await readPair(X, { descr: '|S3', shape: [2], data });
    expect({ target, y }).toEqual({
      target: { kind: 'class', name: 'y', classes: ['ab', 'b'] },
      y: Float32Array.of(0, 1),
    });
  });

  it('must be like the training series', async () => {
    const like = await readPair({ ...X, shape: [2, 1, 2] }, Y, { channelsFirst: false });
    await expect(readPair(X, Y, { like })).rejects.toThrow(
      'x.npy: its series are (2, 1), steps by channels, the training series (1, 2): give series of that shape',
    );
  });

  it('is cut or padded to a chosen length', async () => {
    const data = bytesOf(Float32Array.of(1, 2, 3, Number.NaN, 5, Number.NaN));
    const x = { descr: '<f4', shape: [2, 3], data };
    const whole = await readPair(x, Y);
    expect([[...whole.x], [...(whole.lengths ?? [])]]).toEqual([
      [1, 2, 3, Number.NaN, 5, Number.NaN],
      [3, 2],
    ]);
    const cut = await readPair(x, Y, { length: 1 });
    expect([cut.timeSteps, [...cut.x], [...(cut.lengths ?? [])]]).toEqual([1, [1, Number.NaN], [1, 1]]);
    const like = await readPair({ descr: '<f4', shape: [2, 4], data: bytesOf(new Float32Array(8)) }, Y);
    await expect(readPair(x, Y, { like })).rejects.toThrow(/the training series \(4, 1\): .* or choose length 4/);
    const padded = await readPair(x, Y, { like, length: 4 });
    expect([...padded.x]).toEqual([1, 2, 3, Number.NaN, Number.NaN, 5, Number.NaN, Number.NaN]);
    expect([padded.timeSteps, [...(padded.lengths ?? [])]]).toEqual([4, [3, 2]]);
  });

  it('may have channels first', async () => {
    const data = bytesOf(Float32Array.of(1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, 60));
    const set = await readPair({ descr: '<f4', shape: [2, 2, 3], data }, Y, { channelsFirst: true });
    expect(set).toMatchObject({ timeSteps: 3, inputDim: 2 });
    expect(set.x).toEqual(Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60));
  });

  it('hold what was written, in any order of axes', async () => {
    const size = fc.integer({ min: 1, max: 5 });
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    const shapes = fc.tuple(
      size.map((n) => n + 1),
      size,
      size,
      fc.boolean(),
      fc.boolean(),
    );
    const arrays = shapes.chain(([n, t, d, fortran, channelsFirst]) =>
      fc.tuple(
        fc.constant({ n, t, d, fortran, channelsFirst }),
        fc.array(value, { minLength: n * t * d, maxLength: n * t * d }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(arrays, async ([{ n, t, d, fortran, channelsFirst }, x]) => {
        const written: number[] = [];
        const [second, third] = channelsFirst ? [d, t] : [t, d];
        const at = (a: number, b: number, c: number) =>
          x[(a * t + (channelsFirst ? c : b)) * d + (channelsFirst ? b : c)];
        for (let i = 0; i < x.length; i++) {
          if (fortran) written.push(at(i % n, Math.floor(i / n) % second, Math.floor(i / n / second)));
          else written.push(at(Math.floor(i / second / third), Math.floor(i / third) % second, i % third));
        }
        const data = bytesOf(Float32Array.from(written));
        const labels = { ...Y, shape: [n], data: bytesOf(Int32Array.from({ length: n }, (_, i) => i % 2)) };
        const set = await readPair({ descr: '<f4', shape: [n, second, third], fortran, data }, labels, {
          channelsFirst,
        });
        expect([set.samples, set.timeSteps, set.inputDim]).toEqual([n, t, d]);
        expect([...set.x]).toEqual(x);
      }),
    );
  });

  it.each([
    [
      { ...X, shape: [2, 3] },
      Y,
      'x.npy: its shape (2, 3) of <f4 takes 24 bytes and 16 follow: save it again, it is incomplete',
    ],
    [
      { ...X, shape: '(9223372036854775808, 2)' },
      Y,
      'x.npy: its shape (9223372036854776000, 2) of <f4 takes 73786976294838210000 bytes and 16 follow: save it again, it is incomplete',
    ],
    [{ ...X, shape: [4] }, Y, 'x.npy: its shape is (4): give x as (samples, steps) or (samples, steps, channels)'],
    [
      { ...X, shape: [0, 2], data: new Uint8Array() },
      Y,
      'x.npy: its shape is (0, 2), which holds no series: give one or more',
    ],
    [
      { ...X, descr: '|O' },
      Y,
      'x.npy: its dtype "|O" is of Python objects, which are not read: save numbers with astype("float32"), texts such as labels with astype(str)',
    ],
    [{ ...X, descr: '<c8' }, Y, 'x.npy: its dtype "<c8" is not read: save it with astype("float32")'],
    [{ ...X, descr: '<f16' }, Y, 'x.npy: its dtype "<f16" is not read: save it with astype("float32")'],
    [{ ...X, descr: '<U1' }, Y, 'x.npy: its dtype "<U1" is text: give numbers for x'],
    [
      { ...X, descr: "[('a', '<f4')]" },
      Y,
      'x.npy: its elements have fields, which are not read: save one plain array with astype("float32")',
    ],
    [{ ...X, shape: '2' }, Y, 'x.npy: its header does not give dtype, order and shape: save it with numpy.save'],
    [{ ...X, shape: '(2, 2' }, Y, 'x.npy: its header does not give dtype, order and shape: save it with numpy.save'],
    [{ ...X, shape: [1, 1, 1, 1, 1, 1, 1, 2, 2] }, Y, 'x.npy: its shape has 9 axes: give an array of three or fewer'],
    [
      { ...X, shape: [1, 1, 1, 1, 1, 1, 2, 2] },
      Y,
      'x.npy: its shape is (1, 1, 1, 1, 1, 1, 2, 2): give x as (samples, steps) or (samples, steps, channels)',
    ],
    [
      { ...X, shape: '()', data: new Uint8Array(4) },
      Y,
      'x.npy: its shape is (): give x as (samples, steps) or (samples, steps, channels)',
    ],
    [{ ...X, descr: 'x<f4' }, Y, 'x.npy: its dtype "x<f4" is not read: save it with astype("float32")'],
    [{ ...X, descr: '<f4x' }, Y, 'x.npy: its dtype "<f4x" is not read: save it with astype("float32")'],
    [{ ...X, descr: 'float' }, Y, 'x.npy: its dtype "float" is not read: save it with astype("float32")'],
    [
      X,
      { ...Y, shape: [2, 1, 1] },
      'y.npy: its shape is (2, 1, 1): give y as (samples), one label a series (of one-hot labels their argmax)',
    ],
    [
      { ...X, shape: [1, 2, 2], data: bytesOf(Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY)) },
      { ...Y, shape: [1], data: bytesOf(Int32Array.of(0)) },
      'y.npy: every series is of the class "0": give series of two classes or more',
    ],
    [
      { ...X, data: bytesOf(Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY)) },
      Y,
      'x.npy, sample 1, step 1, channel 0: "Infinity" is not finite: replace it, or leave the series out',
    ],
    [{ ...X, version: 0 }, Y, 'x.npy: it is not a .npy file of version 1 to 3: save it with numpy.save'],
    [{ ...X, version: 4 }, Y, 'x.npy: it is not a .npy file of version 1 to 3: save it with numpy.save'],
    [
      { ...X, data: bytesOf(Float32Array.of(1, 2, Number.NaN, Number.NaN)) },
      Y,
      'x.npy, sample 1: the series has no value: leave it out',
    ],
    [
      { ...X, descr: '<f8', data: bytesOf(Float64Array.of(1, 1e300, 3, 4)) },
      Y,
      'x.npy, sample 0, step 1, channel 0: "1e+300" is beyond a float32, 3.4e38 at most: scale the values down',
    ],
    [
      { ...X, descr: '|i1', shape: [2, 1025], data: new Uint8Array(2050) },
      Y,
      'x.npy: a series has 1025 time steps, 1024 is the most (the attention kernel is (T, T)): cut it, or keep one step in 2',
    ],
    [
      { ...X, descr: '|i1', shape: [2, 2, 65], data: new Uint8Array(260) },
      Y,
      'x.npy: a series has 65 channels, 64 is the most: leave some out, or swap the axes if these are time steps',
    ],
    [X, { ...Y, shape: [1], data: new Uint8Array(4) }, 'y.npy: it has 1 labels for 2 series: give one label a series'],
    [
      X,
      { ...Y, shape: [1, 2] },
      'y.npy: its shape is (1, 2): give y as (samples), one label a series (of one-hot labels their argmax)',
    ],
    [
      X,
      { ...Y, data: new Uint8Array(8) },
      'y.npy: every series is of the class "0": give series of two classes or more',
    ],
    [
      X,
      { ...Y, descr: '<f4', data: bytesOf(Float32Array.of(1, Number.NaN)) },
      'y.npy, sample 1: the label is missing ("NaN"): fill it in',
    ],
    [
      X,
      { ...Y, descr: '<U1', data: bytesOf(Uint32Array.of(0x61, 0x110000)) },
      'y.npy: it has a text with the impossible code point 1114112: save it again',
    ],
  ])('%# is refused', async (x, y, message) => {
    expect(await refusalOfPair(x, y)).toBe(`invalid-file: ${message}`);
  });

  it('are refused when one is missing, is none or claims a long header', async () => {
    expect(await refusal('x.npy', npy(X))).toBe(
      'invalid-option: x.npy holds no labels: give a .npy file of y too, or a .npz file of x and y',
    );
    const labels = seriesFile('y.npy', npy(Y));
    expect(await refusal('x.npy', 'text', { labels })).toBe(
      'invalid-file: x.npy: it is not a .npy file of version 1 to 3: save it with numpy.save',
    );
    const lying = npy({ ...X, version: 2 });
    new DataView(lying.buffer).setUint32(8, 0xffffffff, true);
    expect(await refusal('x.npy', lying, { labels })).toBe(
      'invalid-file: x.npy: its header would have 4294967295 bytes, 65536 is the most: save it again',
    );
  });
});

describe('a .npz file', () => {
  const archive = (files: Zippable) => new Uint8Array(zipSync(files));
  const bomb = npy({ descr: '|u1', shape: [2 ** 15, 2 ** 10], data: new Uint8Array(2 ** 25) });

  it('is read as numpy saves it', async () => {
    const set = await read('data.npz', fromBase64(SAVEZ));
    expect(set).toMatchObject({ samples: 2, timeSteps: 2, inputDim: 1, name: 'data.npz' });
    expect(set.x).toEqual(Float64Array.of(0, 1, 2, 3));
    expect(set.y).toEqual(Float32Array.of(1, 0));
  });

  it('is read as numpy compresses it: big-endian, Fortran order, texts', async () => {
    const set = await read('data', fromBase64(SAVEZ_COMPRESSED));
    expect(set).toMatchObject({ samples: 2, timeSteps: 3, inputDim: 2, target: { classes: ['run', 'é😀'] } });
    expect(set.x).toEqual(Float32Array.from({ length: 12 }, (_, i) => i - 2.5));
  });

  it('may have its arrays named', async () => {
    const bytes = archive({ 'x_test.npy': npy(X), 'y_test.npy': [npy(Y), { level: 0 }], 'readme.txt': strToU8('…') });
    const set = await read('data.npz', bytes, { arrays: { x: 'x_test', y: 'y_test' } });
    expect(set.x).toEqual(Float32Array.of(1, 2, 3, 4));
    expect((await read('data.npz', bytes)).x).toEqual(set.x);
    expect(await refusal('data.npz', bytes, { arrays: { x: 'x', y: 'y' } })).toBe(
      'invalid-option: data.npz has no array "x": choose one of "x_test", "y_test", "readme.txt"',
    );
  });

  // [names of the arrays, those that are taken for x and y; nothing if it cannot be told]
  it.each([
    [['X', 'Y'], 'X', 'Y'],
    [['y', 'x', 'z'], 'x', 'y'],
    [['arr_0', 'arr_1'], 'arr_0', 'arr_1'],
    [['labels', 'data', 'meta'], 'data', 'labels'],
    [['x_test', 'y_test', 'x_train', 'y_train'], 'x_train', 'y_train'],
    [['signals', 'y'], 'signals', 'y'],
    [['signals', 'x'], 'x', 'signals'],
    [['signals', 'kinds'], undefined, undefined],
    [['data', 'labels', 'features', 'targets'], undefined, undefined],
  ])('of the arrays %j has its series found or not', async (names, x, y) => {
    const arrays = names.map((name) => [
      `${name}.npy`,
      npy(name === x ? X : name === y ? Y : { ...Y, shape: [2, 1, 1] }),
    ]);
    const bytes = archive(Object.fromEntries(arrays));
    if (x) expect(await read('data.npz', bytes)).toMatchObject({ samples: 2, timeSteps: 2 });
    else
      expect(await refusal('data.npz', bytes)).toMatch(/^invalid-option: data.npz has no array that is known to hold/);
  });

  it('is refused when it is no archive, not whole, or another archive', async () => {
    const none = 'invalid-file: data.npz: it is not a zip archive, or not complete: save it again';
    expect(await refusal('data.npz', 'text')).toBe(none);
    expect(await refusal('data.npz', fromBase64(SAVEZ).subarray(0, 400))).toBe(none);
    expect(await refusal('table.xlsx', archive({ 'xl/workbook.xml': strToU8('<>') }))).toBe(
      'invalid-file: table.xlsx: it is an Excel workbook: save its sheet as CSV',
    );
  });

  it('is refused before it unpacks to a hundred times its size', async () => {
    const bytes = archive({ 'x.npy': [bomb, { level: 9 }], 'y.npy': npy(Y) });
    expect(bytes.length).toBeLessThan(50_000);
    expect(await refusal('data.npz', bytes)).toMatch(
      /^invalid-file: data.npz, x.npy: it would unpack \d+ bytes to 33554560, but 4194304 is the most: save it not compressed$/,
    );
  });

  it('stops unpacking if there is more than it says', async () => {
    const bytes = archive({ 'x.npy': [bomb, { level: 9 }], 'y.npy': npy(Y) });
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 6, true);
    view.setUint32(directory + 24, 1000, true);
    expect(await refusal('data.npz', bytes)).toBe(
      'invalid-file: data.npz, x.npy: its bytes differ from the size or CRC-32 that the archive gives: save the archive again',
    );
  });

  /** Numbers of the first directory entry, and the message for another value there. */
  it.each([
    ['flags', 8, 1, 'it is encrypted, which is not read: save it stored or deflated, not encrypted'],
    ['method', 10, 12, 'it is packed by method 12, which is not read: save it stored or deflated, not encrypted'],
    ['CRC', 16, 0, 'its bytes differ from the size or CRC-32 that the archive gives: save the archive again'],
    ['size', 24, 161, 'it would unpack 160 bytes to 161, but 160 is the most: save it not compressed'],
    ['size', 24, 159, 'its bytes differ from the size or CRC-32 that the archive gives: save the archive again'],
    ['compressed', 20, 1000, 'it overlaps what follows in the archive: save the archive again'],
    ['start', 42, 1, 'it is not where the directory of the archive says: save the archive again'],
    ['start', 42, 215, 'it overlaps what follows in the archive: save the archive again'],
  ])('whose directory lies about %s is refused', async (_, at, value, message) => {
    const bytes = fromBase64(SAVEZ);
    const view = new DataView(bytes.buffer);
    view.setUint16(view.getUint32(bytes.length - 6, true) + at, value, true);
    expect(await refusal('data.npz', bytes)).toBe(`invalid-file: data.npz, x.npy: ${message}`);
  });

  it('with a directory that is damaged, or beyond the file, is refused', async () => {
    const damaged = 'invalid-file: data.npz: the directory of the archive is damaged: save it again';
    for (const [fromEnd, value] of [
      [6, 0],
      [6, 0xfffffff0],
      [6, 0xffffffff],
      [10, 50],
      [10, 0xffffffff],
    ]) {
      const bytes = fromBase64(SAVEZ);
      new DataView(bytes.buffer).setUint32(bytes.length - fromEnd, value, true);
      expect(await refusal('data.npz', bytes)).toBe(damaged);
    }
  });
});
