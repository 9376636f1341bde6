import { strToU8, unzipSync, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../src/data/bytes.ts';
import { readSeries } from '../src/data/read_series.ts';
import { readKerasModel, writeKerasModel, writeKerasWeights } from '../src/formats/keras_model.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import { readSafetensors } from '../src/formats/safetensors.ts';
import { savedModelOf } from '../src/formats/saved_model.ts';
import { readTfjsModel, writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { readOrRefused } from './fuzz.ts';
import { live } from './live_memory.ts';
import { bytesMade } from './made_arrays.ts';
import { onnxModel, tensor, withInitializer } from './onnx_models.ts';
import { CONFIGS, randomModel } from './portable_models.ts';
import { bytesOf, npy, seriesFile } from './series_files.ts';

// Files that claim more than they hold: packed bombs, parts that share the same bytes, and lengths up to 2⁶³. Each
// format has every kind that it can express. `readOrRefused` bounds time and memory.

const MODEL = randomModel(CONFIGS[1][1]);
const X = npy({ descr: '<f4', shape: [2, 2], data: bytesOf(Float32Array.of(1, 2, 3, 4)) });
const Y = npy({ descr: '<i4', shape: [2], data: bytesOf(Int32Array.of(0, 1)) });

/** The sentence that refuses a file. */
async function refusal(bytes: number, read: () => unknown): Promise<string> {
  let message = 'it was read';
  await readOrRefused(bytes, async () => {
    try {
      return await read();
    } catch (error) {
      message = (error as Error).message;
      throw error;
    }
  });
  return message;
}

const archive = (files: Zippable) => new Uint8Array(zipSync(files));

/** The archive with the numbers of its last file in a zip64 field that claims these sizes and this start. */
function withZip64(bytes: Uint8Array, numbers: { size?: bigint; compressed?: bigint; start?: bigint }): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  const directory = view.getUint32(end + 16, true);
  let entry = directory;
  const length = (at: number) => 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true);
  while (entry + length(entry) < end) entry += length(entry);
  const field = new DataView(new ArrayBuffer(28));
  field.setUint16(0, 1, true);
  field.setUint16(2, 24, true);
  [numbers.size, numbers.compressed, numbers.start].forEach((value, i) => {
    const [place] = [24, 20, 42].slice(i);
    field.setBigUint64(4 + 8 * i, value ?? BigInt(view.getUint32(entry + place, true)), true);
  });
  for (const place of [24, 20, 42]) view.setUint32(entry + place, 0xffffffff, true);
  view.setUint16(entry + 30, 28, true);
  view.setUint32(end + 12, view.getUint32(end + 12, true) + 28, true);
  return joinBytes([bytes.subarray(0, end), new Uint8Array(field.buffer), bytes.subarray(end)]);
}

/** The archive whose last file lies where the one before it does, with its sizes. */
function withOneTwice(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  const first = view.getUint32(bytes.length - 6, true);
  const second = first + 46 + view.getUint16(first + 28, true) + view.getUint16(first + 30, true);
  for (const place of [16, 20, 24, 42]) view.setUint32(second + place, view.getUint32(first + place, true), true);
  return bytes;
}

describe('a .npz file', () => {
  const said = (bytes: Uint8Array) =>
    refusal(bytes.length, () => readSeries(seriesFile('data.npz', new Uint8Array(bytes))));
  const bomb = npy({ descr: '|u1', shape: [2 ** 13, 2 ** 10], data: new Uint8Array(2 ** 23) });
  const files = archive({ 'x.npy': [X, { level: 0 }], 'y.npy': [Y, { level: 0 }] });

  it('that is a bomb', async () => {
    expect(await said(archive({ 'x.npy': [bomb, { level: 9 }], 'y.npy': Y }))).toContain('but 4194304 is the most');
  });

  it('whose arrays are the same bytes', async () => {
    expect(await said(withOneTwice(archive({ 'x.npy': [Y, { level: 0 }], 'y.npy': [Y, { level: 0 }] })))).toContain(
      'it overlaps what follows in the archive',
    );
  });

  it.each([
    ['size', { size: 2n ** 63n }, 'it would unpack 136 bytes to 9223372036854776000, but 136 is the most'],
    ['packed size', { size: 2n ** 63n, compressed: 2n ** 63n }, 'it overlaps what follows in the archive'],
    ['place', { start: 2n ** 63n }, 'it is not where the directory of the archive says'],
  ])('with a %s of 2⁶³', async (_, numbers, message) => {
    expect(await said(withZip64(files.slice(), numbers))).toContain(message);
  });

  it('with an array of 2⁶³ numbers, or of ten thousand axes', async () => {
    const with_ = (shape: string) =>
      archive({ 'x.npy': npy({ descr: '<f4', shape, data: new Uint8Array(16) }), 'y.npy': Y });
    expect(await said(with_('(9223372036854775808,)'))).toContain('takes 36893488147419103000 bytes and 16 follow');
    expect(await said(with_('(4294967296, 4294967296)'))).toContain('takes 73786976294838210000 bytes');
    expect(await said(with_(`(${'1, '.repeat(10_000)})`))).toContain('its shape has 10000 axes');
  });
});

describe('a .keras file', () => {
  const said = (bytes: Uint8Array) => refusal(bytes.length, () => readKerasModel('m', bytes));
  const parts = unzipSync(writeKerasModel(MODEL));

  it.each(['config.json', 'metadata.json', 'model.weights.h5'])('whose %s is a bomb', async (part) => {
    const bytes = archive({ ...parts, [part]: [new Uint8Array(2 ** 23), { level: 9 }] });
    expect(await said(bytes)).toContain('but 4194304 is the most');
  });

  it('whose parts are the same bytes', async () => {
    const [config, metadata] = [parts['config.json'], parts['metadata.json']];
    const bytes = archive({ 'config.json': config, 'metadata.json': metadata, 'model.weights.h5': new Uint8Array(9) });
    expect(await said(withOneTwice(bytes))).toContain('it overlaps what follows in the archive');
  });

  it.each([
    ['size', { size: 2n ** 63n }, /has .* of 9223372036854776000 bytes, where 67108864 is the most/],
    ['place', { start: 2n ** 63n }, /it is not where the directory of the archive says/],
  ])('with a %s of 2⁶³', async (_, numbers, message) => {
    expect(await said(withZip64(archive({ ...parts }), numbers))).toMatch(message);
  });
});

describe('an .h5 file', () => {
  const said = (bytes: Uint8Array) => refusal(bytes.length, () => readKerasModel('m', bytes));
  const file = writeKerasWeights(MODEL);
  /** The first array's layout: address at 2, size at 10. */
  const layout = Buffer.from(file).indexOf(Uint8Array.of(8, 0, 24, 0, 0, 0, 0, 0, 3, 1)) + 8;
  const space = Buffer.from(file).lastIndexOf(Uint8Array.of(1, 0, 24, 0, 0, 0, 0, 0, 1, 2), layout) + 8;
  const changed = (at: number, value: bigint) => {
    const bytes = file.slice();
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    return bytes;
  };

  it.each([
    ['an array at', layout + 2],
    ['an array of', layout + 10],
    ['a size of', space + 8],
    ['a root group at', 64],
  ])('with %s 2⁶³', async (_, at) => {
    expect(await said(changed(at, 2n ** 63n))).toContain(`m is damaged at byte ${at}: give`);
  });

  it('whose arrays are the same bytes takes no more than the model that it is', async () => {
    const first = new DataView(file.buffer).getBigUint64(layout + 2, true);
    const bytes = file.slice();
    const view = new DataView(bytes.buffer);
    const all = Buffer.from(bytes);
    for (let at = layout; at > 8; at = all.indexOf(Uint8Array.of(8, 0, 24, 0, 0, 0, 0, 0, 3, 1), at) + 8) {
      view.setBigUint64(at + 2, first, true);
    }
    expect(await readOrRefused(bytes.length, () => readKerasModel('m', bytes))).toMatchObject({ config: MODEL.config });
  });
});

describe('a safetensors file', () => {
  const file = (header: string, bytes: number, length = BigInt(strToU8(header).length)) => {
    const start = new Uint8Array(8);
    new DataView(start.buffer).setBigUint64(0, length, true);
    return joinBytes([start, strToU8(header), new Uint8Array(bytes)]);
  };
  const said = (bytes: Uint8Array) => refusal(bytes.length, () => readSafetensors('m', bytes));
  const entry = (shape: string, offsets: string) => `{"a":{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}}`;

  it('with a header of 2⁶³ bytes', async () => {
    expect(await said(file('{}', 0, 2n ** 63n))).toContain('its header has 9223372036854775808 bytes');
  });

  it.each([
    ['offsets up to 2⁶³', entry('[1]', '[0,9223372036854775808]'), 'with data_offsets [0,9223372036854776000]'],
    ['an offset below zero', entry('[1]', '[-4,0]'), 'with data_offsets [-4,0]'],
    ['2⁶³ elements', entry('[9223372036854775808]', '[0,4]'), 'of shape [9223372036854776000]'],
    [
      'sizes whose product is 2⁶⁴',
      entry('[4294967296,4294967296]', '[0,4]'),
      'but its shape needs 73786976294838210000',
    ],
  ])('with %s', async (_, header, message) => {
    expect(await said(file(header, 4))).toContain(message);
  });

  it('ten thousand of whose tensors are the whole file', async () => {
    const bytes = 2 ** 20;
    const place = JSON.stringify({ dtype: 'F32', shape: [bytes / 4], data_offsets: [0, bytes] });
    const header = `{${Array.from({ length: 10_000 }, (_, i) => `"${i}":${place}`).join(',')}}`;
    expect(await said(file(header, bytes))).toContain('has tensors that overlap or leave a hole at byte 0');
  });
});

describe('an ONNX file', () => {
  const said = (bytes: Uint8Array) => refusal(bytes.length, () => readOnnx('m.onnx', bytes));
  const ofDims = (dims: bigint[]) =>
    withInitializer('attention_kernel', (writer, data) => {
      for (const size of dims) writer.tag(1, 0).int64(size);
      writer.tag(9, 2).bytes(data);
    });

  it('with a shape of 2⁶³', async () => {
    expect(tensor(onnxModel(), 'attention_kernel').dims).toHaveLength(2);
    expect(await said(ofDims([2n ** 63n - 1n]))).toContain('attention_kernel');
  });

  it.each([
    ['message', [0x3a]],
    ['graph with a tensor', [0x42, 0x02, 0x10, 0x0d, 0x3a, 0x0c, 0x2a]],
  ])('with a %s of 2⁶³ bytes', async (_, start) => {
    const [power, oneLess] = [
      [...Array(9).fill(0x80), 0x01],
      [...Array(8).fill(0xff), 0x7f],
    ];
    expect(await said(Uint8Array.from([...start, ...power]))).toContain('give an ONNX file of this model');
    expect(await said(Uint8Array.from([...start, ...oneLess]))).toContain('m.onnx is not an ONNX file');
  });
});

describe("a layers model of TensorFlow.js'", () => {
  const files = writeTfjsModel(MODEL);
  const said = (change: (weights: { shape: unknown }[], group: { paths: string[] }) => void) => {
    const json = JSON.parse(new TextDecoder().decode(files.get('model.json')));
    const [group] = json.weightsManifest;
    change(group.weights, group);
    const changed = new Map<string, Uint8Array>([...files, ['model.json', strToU8(JSON.stringify(json))]]);
    return refusal(10_000, () => readTfjsModel('m', changed));
  };

  it('with a shape of 2⁶³', async () => {
    expect(await said((weights) => Object.assign(weights[0], { shape: [2 ** 63] }))).toContain('without name or shape');
    expect(await said((weights) => Object.assign(weights[0], { shape: [2 ** 32, 2 ** 31] }))).toContain(
      'which end before',
    );
  });

  it('with one file thousands of times', async () => {
    const message = await said((_, group) => group.paths.push(...Array(10_000).fill('weights.bin')));
    expect(message).toContain('names the file "weights.bin" twice');
  });
});

describe('a model of the largest sizes', () => {
  const large = randomModel({ timeSteps: 1024, inputDim: 64, units: 256, singleAttentionVector: false });
  const model = savedModelOf('m', large);
  type Read = (file: Uint8Array) => Promise<PortableModel> | PortableModel;
  /**
   * Each format with the number of copies of the file's bytes that may be made. An archive is read in chunks, one at a
   * time.
   */
  const formats: [string, Uint8Array, number, Read][] = [
    ['.safetensors', writeModel(model), 2, (file) => ({ ...readModel('m', file), metadata: new Map() })],
    ['.onnx', writeOnnx(large), 2, (file) => readOnnx('m', file)],
    ['.weights.h5', writeKerasWeights(large), 2, (file) => readKerasModel('m', file, { kind: 'binary' })],
    ['.keras', writeKerasModel(large), 3, (file) => readKerasModel('m', file)],
  ];

  it.each(formats)('is read as %s in little memory, and kept in the file’s', async (_, file, times, read) => {
    await read(file); // What the reader's own code takes is there before anything is counted.
    const [before, made] = [live(), bytesMade()];
    const { parameters } = await read(file);
    const taken = bytesMade() - made;
    const kept = live() - before;
    for (const [name, values] of Object.entries(large.parameters)) {
      const found = bytesOf(parameters[name]);
      expect([found.length, Buffer.compare(found, bytesOf(values))]).toEqual([4 * values.length, 0]);
    }
    expect(kept).toBeLessThan(file.length + 2 ** 20);
    expect(taken).toBeGreaterThan(0.9 * file.length);
    expect(taken).toBeLessThan(times * file.length + 2 ** 16);
  });
});
