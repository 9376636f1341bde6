import { describe, expect, it } from 'vitest';
import { Failure } from '../src/errors.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { readSafetensors, writeSafetensors } from '../src/formats/safetensors.ts';
import { initialParameters } from '../src/model/parameters.ts';
import type { Checkpoint } from '../src/train/checkpoint.ts';
import { CONFIG as config, FILE, MODEL as model, TRAINED as trained, TRAINING as training } from './saved_models.ts';

/** A file with this header and this many bytes after it. */
function withHeader(header: unknown, bytes: number, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + bytes);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('is read as it was written, bit for bit, wherever the bytes lie in memory', () => {
    const bytes = writeSafetensors(FILE);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    for (const file of [bytes, shifted, Buffer.from(bytes)]) expect(readSafetensors('m', file)).toEqual(FILE);
  });

  it('has the layout of the format: length, JSON, data', () => {
    const bytes = writeSafetensors({
      tensors: new Map([['a', { shape: [1], data: Float32Array.of(1) }]]),
      metadata: new Map(),
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect((8 + length) % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({ a: entry(0, 4) });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63]);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'has 0 bytes'],
    ['a length beyond the file', withHeader({}, 0, 2n ** 63n), 'says that its header has 9223372036854775808 bytes'],
    ['no JSON', withHeader({}, 0).fill(0x7b, 8), 'has a header that is not JSON'],
    ['a list', withHeader([], 0), 'has a header that is not an object'],
    ['another dtype', withHeader({ a: { ...entry(0, 4), dtype: 'F16' } }, 4), 'has tensor "a" of dtype "F16"'],
    ['a negative size', withHeader({ a: { ...entry(0, 4), shape: [-1] } }, 4), 'has tensor "a" of shape [-1]'],
    ['offsets that are none', withHeader({ a: { ...entry(0, 4), data_offsets: [0] } }, 4), 'with data_offsets [0]'],
    ['a shape that needs more', withHeader({ a: entry(0, 4, [2]) }, 4), 'of 4 bytes, but its shape needs 8'],
    ['a tensor beyond the end', withHeader({ a: entry(0, 8) }, 4), 'ends before tensor "a" does'],
    [
      'metadata that is not text',
      withHeader({ __metadata__: { a: { toString: 1 } } }, 0),
      'has metadata "a" that is not text',
    ],
    ['an overlap', withHeader({ a: entry(0, 8), b: entry(4, 12) }, 12), 'overlap or leave a hole at byte 4'],
    ['a hole', withHeader({ a: entry(0, 4), b: entry(8, 12) }, 12), 'overlap or leave a hole at byte 4'],
    ['bytes behind', withHeader({ a: entry(0, 4) }, 8), 'has 4 bytes behind its last tensor'],
    ['a prototype', withHeader(JSON.parse('{"__proto__": {"x": 1}}'), 0), 'has tensor "__proto__" of dtype none'],
  ])('%s is refused', (_, file, message) => {
    expect(() => readSafetensors('m', file)).toThrow(Failure);
    expect(() => readSafetensors('m', file)).toThrow(message);
  });
});

describe('a model file', () => {
  it('holds the model bit for bit', () => {
    expect(readModel('m', writeModel(model))).toEqual(model);
    const { standardisation: ____, ...plain } = model;
    expect(readModel('m', writeModel(plain))).toEqual(plain);
  });

  it('holds where its training can go on bit for bit, with and without a best epoch', () => {
    expect(readModel('m', writeModel(trained))).toEqual(trained);
    const { best: _, ...checkpoint } = trained.checkpoint as Checkpoint;
    expect(readModel('m', writeModel({ ...trained, checkpoint }))).toEqual({ ...trained, checkpoint });
    const { config } = readModel('m', writeModel({ ...trained, checkpoint })).checkpoint ?? {};
    expect(config).toStrictEqual(checkpoint.config);
  });

  it('of another format, or with parameters of another size, is refused', () => {
    expect(() => readModel('m', writeSafetensors(FILE))).toThrow('m is of format undefined, not attention-lstm 1');
    const larger = { ...model, config: { ...config, units: 4 } };
    expect(() =>
      readModel('m', writeModel({ ...larger, parameters: initialParameters(larger.config, 1) })),
    ).not.toThrow();
    const file = readSafetensors('m', writeModel(model));
    file.metadata.set('config', JSON.stringify(larger.config));
    expect(() => readModel('m', writeSafetensors(file))).toThrow('m has lstm_kernel of shape (1, 12), not (1, 16)');
    file.metadata.set('config', '{');
    expect(() => readModel('m', writeSafetensors(file))).toThrow('m has a config that is not JSON');
  });

  const { series } = model;
  const target = series.target as object;
  it.each([
    ['config', {}, 'an impossible config: timeSteps is undefined: give a whole number from 1 to 1024'],
    ['config', null, 'no config'],
    ['config', { ...config, timeSteps: 1e9 }, 'timeSteps is 1000000000: give a whole number from 1 to 1024'],
    [
      'config',
      { ...config, output: { kind: 'x' } },
      'config.output.kind "x", not one of binary, categorical, regression',
    ],
    ['series', null, 'no series'],
    ['series', { ...series, timeSteps: 4 }, 'series (4, 1) for a model of (5, 1)'],
    ['series', { ...series, channelNames: [] }, 'names 0 channels of 1'],
    ['series', { ...series, channelNames: [1] }, 'series.channelNames[0] 1, not a text'],
    ['series', { ...series, channelNames: ['x'.repeat(1001)] }, 'not a text of at most 1000 characters'],
    ['series', { ...series, target: { ...target, classes: ['a', 'b', 'c'] } }, 'has 3 classes, where its output has 2'],
    ['series', { ...series, target: { kind: 'number', name: 'x' } }, 'has no classes, where its output has 2'],
    ['standardisation', { mean: [1], deviation: [0] }, 'standardisation.deviation[0] 0, not a positive number'],
    ['standardisation', { mean: [], deviation: [] }, 'has a standardisation of 0 channels, not 1'],
    ['history', [{ epoch: 1 }], 'history[0].seconds undefined'],
    ['history', [], 'is of epoch 1, and has a history of 0'],
    ['checkpoint', {}, 'checkpoint.epoch undefined'],
    [
      'checkpoint',
      { config: training, epoch: 1, step: 3, seconds: 1 },
      'checkpoint.metrics of shape (2, 2), not (3, 2)',
    ],
    [
      'checkpoint',
      { config: { ...training, schedule: { kind: {} } }, epoch: 1, step: 2, seconds: 1 },
      'an impossible config: schedule is object: give one of',
    ],
    ['checkpoint', { config: { ...training, epochs: -1 }, epoch: 1, step: 2, seconds: 1 }, 'epochs is -1'],
    ['checkpoint', { config: training, epoch: 1, step: 2, seconds: 1, bestEpoch: 'x' }, 'checkpoint.bestEpoch "x"'],
  ])('with %s %j is refused', (field, value, message) => {
    const changed = readSafetensors('m', writeModel(trained));
    changed.metadata.set(field, JSON.stringify(value));
    const read = () => readModel('m', writeSafetensors(changed));
    expect(read).toThrow(Failure);
    expect(read).toThrow(message);
  });

  it('with a tensor of a thousand dimensions is refused in a short sentence', () => {
    const changed = readSafetensors('m', writeModel(model));
    changed.tensors.set('output_bias', { shape: Array(1000).fill(1), data: Float32Array.of(1) });
    expect(() => readModel('m', writeSafetensors(changed))).toThrow(
      /^m has output_bias of shape \((1, ){26}1,…\), not/,
    );
  });

  it('with a state of another size is refused', () => {
    const changed = readSafetensors('m', writeModel(trained));
    changed.tensors.set('checkpoint.first_moment.lstm_bias', { shape: [1], data: Float32Array.of(1) });
    expect(() => readModel('m', writeSafetensors(changed))).toThrow(
      'm has checkpoint.first_moment.lstm_bias of shape (1), not (12)',
    );
  });
});
