import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Standardisation, standardise } from '../src/data/standardisation.ts';
import { writeKerasModel } from '../src/formats/keras_model.ts';
import { formatOf, MODEL_FORMATS, type ModelFormat } from '../src/formats/model_formats.ts';
import { writeOnnx } from '../src/formats/onnx.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import { type SavedModel, unnamedSeries } from '../src/formats/saved_model.ts';
import { writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { type ModelConfig, outputCount } from '../src/model/config.ts';
import { largestDifference, randomModel, randomSeries, referencePrediction } from './portable_models.ts';
import { load } from './tfjs_models.ts';

// A file's graph standardises: any runtime predicts from series as they were measured.

const SIZES = { timeSteps: 6, inputDim: 3, units: 4, singleAttentionVector: false };
const BINARY: ModelConfig = { ...SIZES, output: { kind: 'binary' } };
const ONE_CHANNEL: ModelConfig = { ...SIZES, inputDim: 1, output: { kind: 'categorical', classes: 3 } };
const REGRESSION: ModelConfig = { ...SIZES, singleAttentionVector: true, output: { kind: 'regression' } };
const SERIES = 40;

/** Large offsets, whose float32 is far from the mean in deviations, beside small and constant channels. */
const OFFSETS: Standardisation = { mean: [1.7e9 + 1 / 3, -0.1, 1e-30], deviation: [250 + 1 / 7, 1 / 3, 1] };
const LARGE_TARGET = { mean: 300_000 + 1 / 3, deviation: 81_234.5678 };

const CASES: [string, ModelConfig, Standardisation][] = [
  ['two classes, large offsets', BINARY, OFFSETS],
  ['several classes, one channel', ONE_CHANNEL, { mean: [12_345_678.9], deviation: [0.7] }],
  ['a large number', REGRESSION, { ...OFFSETS, target: LARGE_TARGET }],
];

function modelOf(config: ModelConfig, standardisation?: Standardisation): SavedModel {
  const { parameters } = randomModel(config);
  return { config, parameters, series: unnamedSeries(config), standardisation, history: [] };
}

/** Series as they are measured, in float32. */
function measured(config: ModelConfig, { mean, deviation }: Standardisation): Float32Array {
  return randomSeries(config, SERIES).map((value, i) => value * deviation[i % mean.length] + mean[i % mean.length]);
}

/** This project's predictions: standardised in float64, predicted, and undone for numbers. */
function expected({ config, parameters, standardisation }: SavedModel, x: Float32Array): number[] {
  const input = standardisation ? standardise(x, standardisation, new Float32Array(x.length)) : x;
  const { values } = referencePrediction(config, parameters, input);
  const { mean, deviation } = standardisation?.target ?? { mean: 0, deviation: 1 };
  return values.map((value) => value * deviation + mean);
}

async function onnxRuntime(model: SavedModel, x: Float32Array, raw?: boolean): Promise<ArrayLike<number>> {
  const [file] = (await MODEL_FORMATS.onnx.write(model, { raw })).values();
  const session = await InferenceSession.create(file, { executionProviders: ['wasm'] });
  const { timeSteps, inputDim } = model.config;
  const { prediction } = await session.run({ series: new Tensor('float32', x, [SERIES, timeSteps, inputDim]) });
  return prediction.data as Float32Array;
}

async function tensorflow(model: SavedModel, x: Float32Array, raw?: boolean): Promise<ArrayLike<number>> {
  const theirs = await load(await MODEL_FORMATS.json.write(model, { raw }));
  const { timeSteps, inputDim } = model.config;
  return (theirs.predict(tf.tensor3d(x, [SERIES, timeSteps, inputDim])) as tf.Tensor).dataSync();
}

beforeAll(async () => {
  env.wasm.numThreads = 1;
  vi.spyOn(console, 'warn').mockReturnValue();
  await tf.setBackend('cpu');
});

describe.each([
  ['ONNX Runtime', onnxRuntime],
  ['TensorFlow.js', tensorflow],
])('%s predicts what this project does', (_, predict) => {
  it.each(CASES)('from series as they were measured: %s', async (_, config, standardisation) => {
    const model = modelOf(config, standardisation);
    const x = measured(config, standardisation);
    const [theirs, ours] = [await predict(model, x), expected(model, x)];
    expect(theirs).toHaveLength(SERIES * outputCount(config));
    const scale = standardisation.target?.deviation ?? 1;
    expect(largestDifference(theirs, ours) / scale).toBeLessThan(1e-5);
    expect((Math.max(...ours) - Math.min(...ours)) / scale).toBeGreaterThan(0.01);
  });

  it('from standardised series, if the file is raw', async () => {
    const model = modelOf(REGRESSION, { ...OFFSETS, target: LARGE_TARGET });
    const x = randomSeries(REGRESSION, SERIES);
    const ours = expected({ ...model, standardisation: undefined }, x);
    expect(largestDifference(await predict(model, x, true), ours)).toBeLessThan(1e-5);
  });
});

const FORMATS: [string, ModelFormat][] = Object.entries(MODEL_FORMATS);

describe.each(FORMATS)('a file of the format %s', (_, format) => {
  const written = async (model: SavedModel, raw: boolean) =>
    new Map<string, Uint8Array>(await format.write(model, { raw }));

  it.each(CASES)('gives the same model back, bit for bit, raw or not: %s', async (_, config, standardisation) => {
    for (const raw of [false, true]) {
      const model = modelOf(config, standardisation);
      expect(await format.read(format.fileName, await written(model, raw))).toEqual(model);
    }
  });
});

/** Files without metadata, as other systems leave them when they save a model again. */
const PLAIN_FILES: [string, (model: PortableModel) => Map<string, Uint8Array>][] = [
  ['onnx', (model) => new Map([['model.onnx', writeOnnx(model)]])],
  ['keras', (model) => new Map([['model.keras', writeKerasModel(model)]])],
  ['json', writeTfjsModel],
];

describe.each(PLAIN_FILES)('a graph of the format .%s', (ending, write) => {
  it.each(CASES)('has the standardisation without metadata too, beside rounding: %s', async (_, config, known) => {
    const name = `model.${ending}`;
    const files = write({ ...randomModel(config), standardisation: known });
    const { mean, deviation, target } = (await formatOf(name).read(name, files)).standardisation as Standardisation;
    for (const [i, scale] of known.deviation.entries()) {
      expect(Math.abs(mean[i] - known.mean[i]) / scale).toBeLessThan(1e-6);
      expect(Math.abs(deviation[i] / scale - 1)).toBeLessThan(1e-7);
    }
    if (!known.target) return expect(target).toBeUndefined();
    expect(Math.abs((target?.mean ?? 0) / known.target.mean - 1)).toBeLessThan(1e-7);
    expect(Math.abs((target?.deviation ?? 0) / known.target.deviation - 1)).toBeLessThan(1e-7);
  });
});

it('the graph is believed if it standardises otherwise than the metadata say', async () => {
  const metadata = new Map([['standardisation', JSON.stringify({ mean: [1, 2, 3], deviation: [1, 1, 1] })]]);
  const standardisation = { mean: [1, 2, 4], deviation: [1, 1, 1] };
  const files = writeTfjsModel({ ...randomModel(BINARY), standardisation, metadata });
  expect((await formatOf('model.json').read('model.json', files)).standardisation).toEqual(standardisation);
});

// Keras is not part of the project: it read the file that is stored, and said what it predicts (test/golden/keras).
it('Keras predicts from series as they were measured what this project does', async () => {
  const golden = (file: string) => readFileSync(new URL(`./golden/keras/${file}`, import.meta.url));
  const model = modelOf(REGRESSION, { ...OFFSETS, target: LARGE_TARGET });
  const [file] = (await MODEL_FORMATS.keras.write(model)).values();
  expect(Buffer.from(file).equals(golden('standardised.keras'))).toBe(true);
  const { x, predictions }: { x: number[][][]; predictions: number[][] } = JSON.parse(`${golden('standardised.json')}`);
  const series = Float32Array.from(x.flat(2));
  expect(series).toEqual(measured(REGRESSION, OFFSETS));
  const ours = expected(model, series);
  expect(largestDifference(predictions.flat(), ours) / LARGE_TARGET.deviation).toBeLessThan(1e-5);
  expect((Math.max(...ours) - Math.min(...ours)) / LARGE_TARGET.deviation).toBeGreaterThan(0.01);
});

describe('a graph that scales otherwise is refused', () => {
  type Json = ReturnType<typeof JSON.parse>;
  const refuse = (change: (rescaling: Json) => void) => {
    const files = writeTfjsModel({ ...randomModel(BINARY), standardisation: OFFSETS });
    const json = JSON.parse(new TextDecoder().decode(files.get('model.json')));
    change(json.modelTopology.config.layers.find(({ name }: Json) => name === 'rescaling').config);
    files.set('model.json', new TextEncoder().encode(JSON.stringify(json)));
    return formatOf('model.json').read('model.json', files);
  };

  it.each<[string, (config: Json) => void, string]>([
    ['by zero', (config) => (config.scale = 0), 'scales its series or predictions by zero, by a negative number'],
    ['by a negative number', (config) => (config.scale = -1), 'by a negative number'],
    ['by a text', (config) => (config.scale = 'x'), 'has the layer "rescaling" that scales by "x", not by numbers'],
    ['two channels of three', (config) => (config.offset = [1, 2]), 'channels of 3'],
  ])('%s', async (_, change, message) => {
    await expect(refuse(change)).rejects.toThrow(message);
  });

  it('a probability', async () => {
    const target = { mean: 1, deviation: 2 };
    const files = writeTfjsModel({ ...randomModel(BINARY), standardisation: { ...OFFSETS, target } });
    await expect(formatOf('model.json').read('model.json', files)).rejects.toThrow('that is a probability');
  });
});
