import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readTfjsModel } from '../src/formats/tfjs_model.ts';
import type { ModelConfig } from '../src/model/config.ts';
import { largestDifference, randomSeries, referencePrediction } from './portable_models.ts';
import { save } from './tfjs_models.ts';

// Models of other layers that compute the same: TensorFlow.js builds and runs them, this project reads them.

const CONFIG: ModelConfig = {
  timeSteps: 6,
  inputDim: 3,
  units: 4,
  singleAttentionVector: false,
  output: { kind: 'binary' },
};

type Value = tfl.SymbolicTensor;

const { activation, averagePooling1d, dense, dropout, flatten, gaussianNoise, globalAveragePooling1d } = tfl.layers;
const { lstm, multiply, permute, repeatVector, reshape, softmax } = tfl.layers;
const turn = (value: Value) => permute({ dims: [2, 1] }).apply(value) as Value;
const then = (value: Value, ...layers: { apply(value: Value): unknown }[]) =>
  layers.reduce((at, layer) => layer.apply(at) as Value, value);

/** A model whose attention, product and output are made as given. */
function built({
  attention = (x: Value) => turn(then(turn(x), dense({ units: 6, activation: 'softmax' }))),
  product = (x: Value, a: Value) => multiply().apply([x, a]) as Value,
  output = (h: Value) => then(h, dense({ units: 1, activation: 'sigmoid' })),
}) {
  const input = tfl.input({ shape: [6, 3] });
  const attended = product(input, attention(input));
  const hidden = then(attended, lstm({ units: 4, recurrentActivation: 'sigmoid' }));
  return tfl.model({ inputs: input, outputs: output(hidden) });
}

const softmaxDense = () => dense({ units: 6, activation: 'softmax' });

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  await tf.setBackend('cpu');
});

describe('a model of layers that compute the same is read, and predicts what it does there', () => {
  it.each<[string, Parameters<typeof built>[0], Partial<ModelConfig>?]>([
    [
      'a dense layer and its activation behind',
      { attention: (x) => turn(then(turn(x), dense({ units: 6 }), activation({ activation: 'softmax' }))) },
    ],
    ['a softmax as a layer', { attention: (x) => turn(then(turn(x), dense({ units: 6 }), softmax({ axis: 2 }))) }],
    [
      'reshapes that change nothing',
      { attention: (x) => turn(then(turn(x), reshape({ targetShape: [3, 6] }), softmaxDense())) },
    ],
    [
      'dropout and noise anywhere',
      {
        attention: (x) => turn(then(turn(x), dropout({ rate: 0.3 }), softmaxDense(), gaussianNoise({ stddev: 1 }))),
        product: (x, a) => then(multiply().apply([x, a]) as Value, dropout({ rate: 0.5 })),
        output: (h) => then(h, dropout({ rate: 0.5 }), dense({ units: 1, activation: 'sigmoid' })),
      },
    ],
    ['factors the other way round', { product: (x, a) => multiply().apply([a, x]) as Value }],
    [
      'an output and its activation behind',
      { output: (h) => then(h, dense({ units: 1 }), activation({ activation: 'sigmoid' })) },
    ],
    [
      'an output and a softmax behind',
      { output: (h) => then(h, dense({ units: 5 }), softmax()) },
      { output: { kind: 'categorical', classes: 5 } },
    ],
    [
      'an output and a linear activation behind',
      { output: (h) => then(h, dense({ units: 1 }), activation({ activation: 'linear' })) },
      { output: { kind: 'regression' } },
    ],
    [
      'one attention, repeated',
      {
        attention: (x) =>
          turn(
            then(turn(x), softmaxDense(), globalAveragePooling1d({}), dropout({ rate: 0.1 }), repeatVector({ n: 3 })),
          ),
      },
      { singleAttentionVector: true },
    ],
    [
      'one attention by a pool as wide as the channels, which the product repeats',
      { attention: (x) => turn(then(turn(x), softmaxDense(), averagePooling1d({ poolSize: 3 }))) },
      { singleAttentionVector: true },
    ],
    [
      'one attention without the axis of channels, then with it again',
      {
        attention: (x) =>
          turn(
            then(
              turn(x),
              softmaxDense(),
              averagePooling1d({ poolSize: 3 }),
              flatten(),
              reshape({ targetShape: [1, 6] }),
            ),
          ),
      },
      { singleAttentionVector: true },
    ],
    [
      'one attention, turned by a reshape',
      {
        attention: (x) => then(turn(x), softmaxDense(), globalAveragePooling1d({}), reshape({ targetShape: [6, 1] })),
      },
      { singleAttentionVector: true },
    ],
  ])('%s', async (_, parts, config) => {
    const theirs = built(parts);
    const model = readTfjsModel('m', await save(theirs));
    expect(model.config).toEqual({ ...CONFIG, ...config });
    const x = randomSeries(CONFIG, 50);
    const values = (theirs.predict(tf.tensor3d(x, [50, 6, 3])) as tf.Tensor).dataSync();
    const ours = referencePrediction(model.config, model.parameters, x);
    expect(largestDifference(values, ours.values)).toBeLessThan(1e-5);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(1e-3);
  });
});

it('a softmax along the steps may come where the steps are the first axis', async () => {
  // TensorFlow.js builds and does not run it; Keras does.
  const files = await save(built({ attention: (x) => then(turn(then(turn(x), dense({ units: 6 }))), softmax({})) }));
  expect(readTfjsModel('m', files).config).toEqual(CONFIG);
});

describe('a model of layers that compute something else is refused by the name of the layer', () => {
  it.each<[string, Parameters<typeof built>[0], string]>([
    [
      'a mean before the softmax',
      {
        attention: (x) =>
          turn(
            then(
              turn(x),
              dense({ units: 6 }),
              globalAveragePooling1d({ name: 'mean' }),
              softmax(),
              repeatVector({ n: 3 }),
            ),
          ),
      },
      'has the layer "mean" of class "GlobalAveragePooling1D" where it does not make an attention over steps',
    ],
    [
      'a softmax over the channels',
      { attention: (x) => then(turn(then(turn(x), dense({ units: 6 }))), softmax({ axis: 2, name: 'shares' })) },
      'has the layer "shares" of class "Softmax" along another axis than the time steps',
    ],
    [
      'two softmaxes',
      { attention: (x) => turn(then(turn(x), softmaxDense(), softmax({ name: 'again' }))) },
      'has the layer "again" of class "Softmax" where',
    ],
    [
      'a reshape that mixes steps and channels',
      { attention: (x) => then(turn(x), softmaxDense(), reshape({ targetShape: [6, 3], name: 'mixed' })) },
      'has the layer "mixed" of class "Reshape" where',
    ],
    [
      'no softmax',
      {
        attention: (x) => turn(then(turn(x), dense({ units: 6 }))),
        product: (x, a) => multiply({ name: 'product' }).apply([x, a]) as Value,
      },
      'has the layer "product" of a series and no attention over its steps',
    ],
    [
      'a pool that is not as wide as the channels',
      { attention: (x) => turn(then(turn(x), softmaxDense(), averagePooling1d({ poolSize: 2, name: 'pool' }))) },
      'has the layer "pool" with pool_size [2], not 3',
    ],
    [
      'two activations of the output',
      {
        output: (h) =>
          then(h, dense({ units: 1, activation: 'sigmoid', name: 'out' }), activation({ activation: 'sigmoid' })),
      },
      'has the layer "out" with activation "sigmoid", not "linear"',
    ],
  ])('%s', async (_, parts, message) => {
    const files = await save(built(parts));
    expect(() => readTfjsModel('m', files)).toThrow(`m ${message}`);
  });
});
