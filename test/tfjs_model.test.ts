import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readTfjsModel, writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { type ModelConfig, outputCount } from '../src/model/config.ts';
import {
  CONFIGS,
  largestDifference,
  named,
  randomModel,
  randomSeries,
  referencePrediction,
} from './portable_models.ts';
import { load, predict, save } from './tfjs_models.ts';

const SERIES = 1000;
const TOLERANCE = 1e-5;
/** The model built by the library's own API, with its own names. */
function build({
  timeSteps: T,
  inputDim: D,
  units: U,
  singleAttentionVector,
  output,
}: ModelConfig): layers.LayersModel {
  const { permute, dense, globalAveragePooling1d, repeatVector, multiply, lstm, reshape } = layers.layers;
  const input = layers.input({ shape: [T, D] });
  const series = reshape({ targetShape: [D, T] }).apply(permute({ dims: [2, 1] }).apply(input));
  let attention = dense({ units: T, activation: 'softmax' }).apply(series);
  if (singleAttentionVector) attention = repeatVector({ n: D }).apply(globalAveragePooling1d().apply(attention));
  const weighed = permute({ dims: [2, 1], name: 'where' }).apply(attention) as layers.SymbolicTensor;
  const hidden = lstm({ units: U, recurrentActivation: 'sigmoid' }).apply(multiply().apply([weighed, input]));
  const [units, activation, loss] = {
    binary: [1, 'sigmoid', 'binaryCrossentropy'] as const,
    categorical: [4, 'softmax', 'sparseCategoricalCrossentropy'] as const,
    regression: [1, 'linear', 'meanSquaredError'] as const,
  }[output?.kind ?? 'binary'];
  const last = dense({ units, activation }).apply(hidden) as layers.SymbolicTensor;
  const model = layers.model({ inputs: input, outputs: last });
  model.compile({ optimizer: tf.train.adam(0.05), loss });
  return model;
}

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  await tf.setBackend('cpu');
});

describe('a model written for TensorFlow.js', () => {
  it.each(CONFIGS)('predicts there what it predicts here: %s', async (_, config) => {
    const model = randomModel(config);
    const theirs = await load(writeTfjsModel(model));
    expect(theirs.countParams()).toBe(Object.values(model.parameters).reduce((sum, { length }) => sum + length, 0));
    const x = randomSeries(config, SERIES);
    const ours = referencePrediction(config, model.parameters, x);
    const { values, attention } = predict(theirs, config, x);
    expect(values.length).toBe(SERIES * outputCount(config));
    expect(largestDifference(values, ours.values)).toBeLessThan(TOLERANCE);
    expect(largestDifference(attention, ours.attention)).toBeLessThan(TOLERANCE);
  });

  it('calls the layers as the experiment does', async () => {
    const names = async (config: ModelConfig) =>
      (await load(writeTfjsModel(randomModel(config)))).layers.map(({ name }) => name);
    expect(await names(CONFIGS[1][1])).toEqual([
      'input_1',
      'permute',
      'dense',
      'attention_vec',
      'multiply',
      'lstm',
      'dense_1',
    ]);
    expect(await names(CONFIGS[3][1])).toEqual([
      'input_1',
      'permute',
      'dense',
      'global_average_pooling1d',
      'repeat_vector',
      'attention_vec',
      'multiply',
      'lstm',
      'dense_1',
    ]);
  });

  it('keeps what only this project reads when TensorFlow.js saves it again', async () => {
    const model = { ...randomModel(CONFIGS[1][1]), metadata: new Map([['series', 'three channels']]) };
    const loaded = await load(writeTfjsModel(model));
    expect(loaded.getUserDefinedMetadata()).toEqual({ attention_lstm: { series: 'three channels' } });
    expect(readTfjsModel('m', await save(loaded))).toEqual(model);
  });
});

describe('a model trained by TensorFlow.js', () => {
  const NAMES = [
    ...(['attention_kernel', 'attention_bias', 'lstm_kernel', 'lstm_recurrent_kernel', 'lstm_bias'] as const),
    ...(['output_kernel', 'output_bias'] as const),
  ];

  it.each(CONFIGS.slice(1, 4))('has its parameters and predictions here: %s', async (_, config) => {
    const theirs = build(config);
    const x = randomSeries(config, SERIES);
    const { timeSteps, inputDim } = config;
    const series = tf.tensor3d(x.slice(0, 64 * timeSteps * inputDim), [64, timeSteps, inputDim]);
    const labels = tf.tensor2d(
      Array.from({ length: 64 }, (_, i) => i % outputCount(config)),
      [64, 1],
    );
    const before = (theirs.getWeights() as tf.Tensor[]).map((weight) => weight.dataSync());
    await theirs.fit(series, labels, { epochs: 3, batchSize: 32, verbose: 0 });
    const model = readTfjsModel('m', await save(theirs, true));
    expect(model.config).toEqual(named(config));
    expect(model.metadata.size).toBe(0);
    for (const [i, weight] of theirs.getWeights().entries()) {
      expect(model.parameters[NAMES[i]]).toEqual(weight.dataSync());
      expect(model.parameters[NAMES[i]]).not.toEqual(before[i]);
    }
    const ours = referencePrediction(model.config, model.parameters, x);
    const { values, attention } = predict(theirs, config, x, 'where');
    expect(largestDifference(values, ours.values)).toBeLessThan(TOLERANCE);
    expect(largestDifference(attention, ours.attention)).toBeLessThan(TOLERANCE);
  });
});
