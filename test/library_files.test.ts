import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SeriesSet } from '../src/data/series_set.ts';
import { asFailure } from '../src/errors.ts';
import { AttentionLstm, type AttentionLstmConfig, configFor } from '../src/library/attention_lstm.ts';
import { subset } from '../src/library/labelled_series.ts';
import { readModelFile, writeModelFile } from '../src/library/model_files.ts';
import { readSeriesFile } from '../src/library/node_files.ts';
import type { ModelSource, SaveFormat } from '../src/library/saved_files.ts';
import { DEFAULT_OUTPUT } from '../src/model/outputs/index.ts';
import { TRAINED } from './saved_models.ts';
import { read } from './series_files.ts';

// Models as files and parts of series, without a GPU.

/** Enough of a device for a model that does not compute. */
const DEVICE = {
  createBuffer: () => ({}),
  adapterInfo: { vendor: '', architecture: '', description: '' },
  features: new Set(),
  limits: {},
  lost: new Promise(() => {}),
  addEventListener: () => {},
} as object as GPUDevice;

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    const { code, message } = asFailure(error);
    return `${code}: ${message}`;
  }
  throw new Error('it was not refused');
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'library-'));
const FILES = { safetensors: 'm.safetensors', onnx: 'm.onnx', keras: 'm.keras', h5: 'm.weights.h5', tfjs: 'm.json' };
const FORMATS = Object.entries(FILES) as [SaveFormat, string][];

describe('a model', () => {
  let model: AttentionLstm;
  beforeAll(async () => {
    model = await AttentionLstm.load(DEVICE, TRAINED);
  });
  const save = (format: SaveFormat, options?: { raw?: boolean }): Promise<ModelSource> =>
    format === 'tfjs' ? model.save(format, options) : model.save(format, options);

  /** Without the state that only its own format has; other formats name an output that is the default. */
  const portable = (one: AttentionLstm) => {
    const { config, checkpoint: _, ...rest } = one.snapshot();
    return { ...rest, config: { ...config, output: config.output ?? DEFAULT_OUTPUT } };
  };

  it.each(FORMATS)('is saved as %s and loaded again from its bytes', async (format) => {
    const loaded = await AttentionLstm.load(DEVICE, await save(format));
    expect(portable(loaded)).toEqual(portable(model));
  });

  it.each(FORMATS)('is written as %s to a path, and read from there', async (_, name) => {
    const folder = newFolder();
    const paths = await writeModelFile(join(folder, name), model);
    expect(paths.map((path) => path.slice(folder.length + 1)).sort()).toEqual(readdirSync(folder).sort());
    const loaded = await AttentionLstm.load(DEVICE, await readModelFile(paths[0]));
    expect(portable(loaded)).toEqual(portable(model));
  });

  it('is its own format if none is chosen, with the state to resume', async () => {
    const bytes = await model.save();
    expect(bytes).toEqual(await model.save('safetensors'));
    for (const source of [bytes, bytes.buffer, new Blob([bytes])]) {
      expect((await AttentionLstm.load(DEVICE, source)).snapshot()).toEqual(TRAINED);
    }
  });

  it('leaves the standardisation out of another system’s graph if it is told to', async () => {
    expect(await model.save('onnx', { raw: true })).not.toEqual(await model.save('onnx'));
  });

  it('has the classes and the series that it was trained on', () => {
    expect(model.classes).toEqual(TRAINED.series.target.kind === 'class' ? TRAINED.series.target.classes : undefined);
    expect(model.series).toEqual(TRAINED.series);
  });

  it.each([
    ['onxx', {}, 'invalid-option: save has no format "onxx": do you mean "onnx"?'],
    ['tf.js', {}, 'invalid-option: save has no format "tf.js": do you mean "tfjs"?'],
    [
      'model.pb',
      {},
      'invalid-option: save has no format "model.pb": give "safetensors", "onnx", "keras", "h5" or "tfjs"',
    ],
    ['onnx', { row: true }, 'invalid-option: save has no option "row": do you mean raw?'],
    [
      'safetensors',
      { raw: true },
      'invalid-option: raw is for the files of other systems: leave it out for safetensors',
    ],
  ])('is not saved as %s with %o', async (format, options, sentence) => {
    expect(await refusal(() => save(format as SaveFormat, options as object))).toBe(sentence);
  });

  it.each([
    [new Uint8Array(3), 'invalid-file: the model has 3 bytes'],
    [new TextEncoder().encode('{"format": 1}'), 'invalid-file: the model is a JSON file, which names others: give all'],
    [
      new Map([['weights.bin', new Uint8Array(3)]]),
      'invalid-file: none of the 1 files is a model: give one whose name',
    ],
    [
      'model.onnx',
      'invalid-option: load takes the bytes of a model, not the text "model.onnx": give a Uint8Array, a Blob, or',
    ],
    [undefined, 'invalid-option: load takes the bytes of a model, not nothing: give'],
    [{ config: { ...TRAINED.config, units: 0 }, parameters: {}, series: {} }, 'invalid-option: units is 0: give'],
  ])('is not loaded from %o', async (source, sentence) => {
    const message = await refusal(() => AttentionLstm.load(DEVICE, source as Uint8Array));
    expect(message.slice(0, sentence.length)).toBe(sentence);
  });

  it.each([
    [{ timeSteps: 3 }, 'create has no inputDim: give it, or configFor(series)'],
    [{ timeSteps: 3, inputDim: 1, unit: 4 }, 'create has no option "unit": do you mean units?'],
    [{ timeSteps: 3, inputDim: 1, epochs: 4 }, 'epochs is a setting of the training: give it to fit'],
    [{ timeSteps: 3, inputDim: 1, samples: 4 }, 'create has no option "samples": the names are timeSteps, inputDim, '],
    [{ timeSteps: 3, inputDim: 1, output: { kind: 'categorical', class: 3 } }, 'output has no option "class": do you'],
    [
      { timeSteps: 3, inputDim: 1, output: { kind: 'categorical' } },
      'output.classes is undefined: give a whole number',
    ],
    [{ timeSteps: 3, inputDim: 1, output: 'regression' }, 'output takes its options by name: give an object with kind'],
    [undefined, 'create takes its options by name: give an object with timeSteps, inputDim, '],
  ])('is not made with %o', async (config, sentence) => {
    const message = await refusal(() => AttentionLstm.create(DEVICE, config as AttentionLstmConfig));
    expect(message.slice(0, 16 + sentence.length)).toBe(`invalid-option: ${sentence}`);
  });

  it('has the config of series that were read', async () => {
    expect(configFor(await read('a.csv', '1.5,2,up\n3,4,down\n5,6,even\n'))).toEqual({
      timeSteps: 2,
      inputDim: 1,
      output: { kind: 'categorical', classes: 3 },
    });
    for (const series of [undefined, { x: [1], y: [0] }, Promise.resolve()] as object[]) {
      expect(await refusal(() => configFor(series as SeriesSet))).toBe(
        'invalid-option: configFor takes labelled series that were read: give what readSeries returned',
      );
    }
  });

  it('is written and read by paths alone', async () => {
    const wrong = 'invalid-option: writeModelFile takes a path and then a model: give both';
    expect(await refusal(() => writeModelFile(model as never, 'm.onnx' as never))).toBe(wrong);
    for (const reading of [readModelFile, readSeriesFile]) {
      expect(await refusal(() => reading(undefined as never))).toBe(
        'invalid-option: the path is undefined: give a text, such as "series.csv"',
      );
    }
  });

  it('is not made without a device', async () => {
    for (const device of [undefined, Promise.resolve(DEVICE)] as object[]) {
      expect(await refusal(() => AttentionLstm.create(device as GPUDevice, { timeSteps: 1, inputDim: 1 }))).toBe(
        'invalid-option: a model needs a WebGPU device: give it what await requestDevice() returns',
      );
    }
  });

  it('is not written into a folder that is none', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    expect(await refusal(() => writeModelFile(join(file, 'm.onnx'), model))).toMatch(
      /^not-saved: .*m\.onnx cannot be written \(ENOTDIR\): choose another path$/,
    );
    expect(await refusal(() => writeModelFile('m.pt', model))).toMatch(/^invalid-option: m\.pt is not a model's file/);
  });
});

describe('a subset', () => {
  const CSV = 'id,time,v,label\na,0,1,up\na,1,2,up\nb,0,3,down\nc,0,,up\nc,1,6,up\n';
  const set = (): Promise<SeriesSet> => read('s.csv', CSV);

  it('has the chosen series with labels, ids, lengths and places', async () => {
    const all = await set();
    const part = subset(all, [2, 1, 2]);
    expect(part).toMatchObject({ samples: 3, timeSteps: 2, inputDim: 1, channelNames: ['v'], target: all.target });
    expect([...part.x]).toEqual([Number.NaN, 6, 3, Number.NaN, Number.NaN, 6]);
    expect([...part.y]).toEqual([all.y[2], all.y[1], all.y[2]]);
    expect(part.ids).toEqual(['c', 'b', 'c']);
    expect([...(part.lengths ?? [])]).toEqual([2, 1, 2]);
    expect([...(part.places ?? [])]).toEqual([2, 1, 2]);
    expect(part.filled).toBeUndefined();
    expect([...(subset(part, Uint32Array.of(1)).places ?? [])]).toEqual([1]);
  });

  it('of series without labels has none', async () => {
    const { y: _, target: __, ...unlabelled } = await set();
    expect(subset(unlabelled, [0])).not.toHaveProperty('y');
  });

  it.each([
    [[3], 'subset has the place 3: give places from 0 to 2'],
    [[-1], 'subset has the place -1: give places from 0 to 2'],
    [[0.5], 'subset has the place 0.5: give places from 0 to 2'],
    [['a'], 'subset has the text "a" in indices[0]: give places from 0'],
    [[], 'subset has no places: give one or more'],
    [3, 'subset has a number as places: give a list'],
  ])('is refused for %o', async (indices, sentence) => {
    const all = await set();
    expect(await refusal(() => subset(all, indices as number[]))).toBe(`invalid-option: ${sentence}`);
  });

  it('is of series that were read', async () => {
    expect(await refusal(() => subset({ x: [1, 2] } as object as SeriesSet, [0]))).toBe(
      'invalid-option: subset takes series that were read: give what readSeries returned',
    );
  });
});
