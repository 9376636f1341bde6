import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as tfl from '@tensorflow/tfjs-layers';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/errors.ts';
import type { Hdf5Group } from '../src/formats/hdf5_format.ts';
import { writeHdf5 } from '../src/formats/hdf5_writer.ts';
import { readKerasModel, writeKerasModel, writeKerasWeights } from '../src/formats/keras_model.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { encodeModel } from '../src/formats/onnx/encoder.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import { unnamedSeries } from '../src/formats/saved_model.ts';
import { readTfjsModel, writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { checkModel, type ModelConfig } from '../src/model/config.ts';
import { kerasLayers } from '../src/model/keras_layers.ts';
import { DEFAULTS } from '../src/settings/table.ts';
import { prepareSeries } from '../src/train/prepare_series.ts';
import { node, onnxModel, SMALL } from './onnx_models.ts';
import { largestDifference, randomModel, randomSeries, referencePrediction } from './portable_models.ts';
import { save } from './tfjs_models.ts';

// Gates with a hard sigmoid: the default of TensorFlow.js and of Keras before its version 2.4.

const SERIES = 50;
const [KERAS_2, KERAS_3] = [0.2, 1 / 6];
const hard = (gateSlope: number): ModelConfig => ({ ...SMALL, output: { kind: 'binary' }, gateSlope });

/** A model whose gates reach both ends of the hard sigmoid. */
function modelOf(gateSlope: number) {
  const model = randomModel(hard(gateSlope));
  for (const name of ['lstm_kernel', 'lstm_recurrent_kernel', 'lstm_bias']) {
    model.parameters[name] = model.parameters[name].map((value) => 6 * value);
  }
  return model;
}

const x = randomSeries(SMALL, SERIES);
const shape: [number, number, number] = [SERIES, SMALL.timeSteps, SMALL.inputDim];

beforeAll(async () => {
  env.wasm.numThreads = 1;
  vi.spyOn(console, 'warn').mockReturnValue();
  await tf.setBackend('cpu');
});

it('a model of TensorFlow.js with its own default is read, and predicts what it does there', async () => {
  const { timeSteps: T, inputDim: D, units } = SMALL;
  const input = tfl.input({ shape: [T, D] });
  const { permute, dense, multiply, lstm } = tfl.layers;
  const attention = dense({ units: T, activation: 'softmax' }).apply(permute({ dims: [2, 1] }).apply(input));
  const weighed = permute({ dims: [2, 1] }).apply(attention) as tfl.SymbolicTensor;
  const wide = tfl.initializers.randomNormal({ stddev: 4, seed: 1 });
  const hidden = lstm({ units, kernelInitializer: wide }).apply(multiply().apply([input, weighed]));
  const output = dense({ units: 1, activation: 'sigmoid' }).apply(hidden) as tfl.SymbolicTensor;
  const theirs = tfl.model({ inputs: input, outputs: output });
  const model = readTfjsModel('m', await save(theirs));
  expect(model.config).toEqual(hard(KERAS_2));
  const values = (theirs.predict(tf.tensor3d(x, shape)) as tf.Tensor).dataSync();
  const same = referencePrediction(model.config, model.parameters, x).values;
  expect(largestDifference(values, same)).toBeLessThan(1e-5);
  const soft = referencePrediction({ ...model.config, gateSlope: undefined }, model.parameters, x).values;
  expect(largestDifference(values, soft)).toBeGreaterThan(1e-3);
  expect(readTfjsModel('m', writeTfjsModel(model))).toEqual(model);
});

it.each([KERAS_2, KERAS_3, 0.3])('ONNX Runtime predicts the same: slope %d', async (slope) => {
  const model = modelOf(slope);
  const session = await InferenceSession.create(writeOnnx(model), { executionProviders: ['wasm'] });
  const { prediction } = await session.run({ series: new Tensor('float32', x, shape) });
  const ours = referencePrediction(model.config, model.parameters, x).values;
  expect(largestDifference(prediction.data as Float32Array, ours)).toBeLessThan(1e-5);
  const read = readOnnx('m', writeOnnx(model));
  expect(read.parameters).toEqual(model.parameters);
  expect(read.config.gateSlope).toBe(slope === 0.3 ? Math.fround(slope) : slope);
});

describe('a file of ONNX with hard gates', () => {
  const file = (attributes: [string, Float32Array][]) => {
    const model = onnxModel();
    const lstm = node(model, 'lstm');
    lstm.attributes.set('activations', ['HardSigmoid', 'Tanh', 'Tanh']);
    for (const [name, value] of attributes) lstm.attributes.set(name, value);
    return encodeModel(model);
  };

  it("has ONNX' own default if it names no slope", () => {
    expect(readOnnx('m', file([])).config.gateSlope).toBe(KERAS_2);
  });

  it.each<[string, [string, Float32Array][], string]>([
    ['another middle', [['activation_beta', Float32Array.of(0.25)]], 'hard gates are 0.25 at 0, not 0.5'],
  ])('is refused with %s', (_, attributes, message) => {
    expect(() => readOnnx('m', file(attributes))).toThrow(message);
  });
});

describe('the slope of hard_sigmoid is that of the version of Keras', () => {
  it('in an archive of Keras 3', async () => {
    const model = modelOf(KERAS_3);
    expect(await readKerasModel('m', writeKerasModel(model))).toEqual(model);
    expect(await readKerasModel('m', writeKerasWeights(model))).toEqual(model);
  });

  it.each([
    ['2.4.0', KERAS_2],
    ['3.4.1', KERAS_3],
  ])('in an .h5 file of Keras %s', async (version, slope) => {
    const { config, parameters } = modelOf(slope);
    const layers = kerasLayers(config);
    const written = layers.map(({ type, name, from, shape, config: settings }) => ({
      class_name: type,
      config: { name, ...settings, ...(type === 'InputLayer' && { batch_input_shape: [null, ...shape] }) },
      inbound_nodes: from.length > 0 ? [from.map((one) => [one, 0, 0, {}])] : [],
    }));
    const ends = { output_layers: [['dense_1', 0, 0]] };
    const graph = JSON.stringify({ class_name: 'Functional', config: { layers: written, ...ends } });
    const arrays = (...tensors: [number[], Float32Array][]) => ({
      members: new Map([
        ['vars', { members: new Map(tensors.map(([shape, data], i) => [String(i), { shape, data }])) }],
      ]),
    });
    const { timeSteps: T, inputDim: D, units: U } = SMALL;
    const cell = arrays(
      [[D, 4 * U], parameters.lstm_kernel],
      [[U, 4 * U], parameters.lstm_recurrent_kernel],
      [[4 * U], parameters.lstm_bias],
    );
    const groups = new Map<string, Hdf5Group>([
      ['dense', arrays([[T, T], parameters.attention_kernel], [[T], parameters.attention_bias])],
      ['lstm', { members: new Map([['cell', cell]]) }],
      ['dense_1', arrays([[U, 1], parameters.output_kernel], [[1], parameters.output_bias])],
    ]);
    const file = writeHdf5({
      members: new Map([['layers', { members: groups }]]),
      attributes: new Map([
        ['model_config', graph],
        ['keras_version', version],
      ]),
    });
    expect(await readKerasModel('m', file)).toMatchObject({ config, parameters });
  });

  it.each([
    ['Keras 3', writeKerasModel, KERAS_2],
    ['TensorFlow.js', writeTfjsModel, KERAS_3],
  ])('which a file of %s cannot change', (_, write, slope) => {
    expect(() => write(modelOf(slope))).toThrow(Failure);
    expect(() => write(modelOf(slope))).toThrow(/^the hard sigmoid of this model's gates has the slope .*\.onnx$/);
  });
});

describe('a model with hard gates', () => {
  it('keeps them in its own file, and in a training on series', () => {
    const { config, parameters } = modelOf(KERAS_2);
    const model = { config, parameters, series: unnamedSeries(config), history: [] };
    expect(readModel('m', writeModel(model))).toEqual(model);
    const { timeSteps, inputDim } = config;
    const target = { kind: 'class' as const, name: 'label', classes: ['a', 'b'] };
    const set = {
      name: 'made',
      samples: SERIES,
      timeSteps,
      inputDim,
      x: x.slice(),
      y: x.subarray(0, SERIES).map((_, i) => i % 2),
    };
    const prepared = prepareSeries({ ...set, channelNames: ['a', 'b', 'c'], target }, { ...DEFAULTS, ...config });
    expect(prepared.config.gateSlope).toBe(KERAS_2);
  });

  it.each([0, -1, 1.5, Number.NaN])('is refused with the slope %d', (slope) => {
    expect(() => checkModel(hard(slope))).toThrow(`gateSlope is ${slope}: give a number above 0, up to 1`);
  });
});
