import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import { KERAS_ADAM, type ModelConfig, outputCount, type UpdateOptions } from '../src/model/config.ts';
import { orthogonal } from '../src/model/initial_values.ts';
import { viewOf, viewsOf } from '../src/model/model_layers.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { ModelReference } from '../src/model/reference.ts';
import { adamStepSize, stepSizeOf } from '../src/model/update.ts';
import { parseLayers } from '../src/settings/layers.ts';
import { relativeL2 } from '../src/verify/check.ts';
import { flatten, type ModelStepFile } from '../src/verify/reference_content.ts';
import { datasetOf, parametersOf, readReferenceFile, samplesOf } from '../src/verify/reference_file.ts';

function readGolden(name: string): ModelStepFile {
  const text = readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8');
  const file = readReferenceFile(name, JSON.parse(text));
  if (file.kind === 'dataset') throw new Error(`${name} is a data set`);
  return file;
}

const ODD: ModelConfig = { timeSteps: 5, inputDim: 3, units: 4, singleAttentionVector: false };

// The chain of trust begins here: central differences → the references' backward pass → (in e2e) the kernels.
describe("the references' gradients equal finite differences", () => {
  const smoothing = { labelSmoothing: 0.2 };
  const configs: [string, ModelConfig, number, number, UpdateOptions?][] = [
    ['one of everything', { timeSteps: 1, inputDim: 1, units: 1, singleAttentionVector: false }, 1, 1],
    ['odd sizes', ODD, 6, 6],
    ['single attention vector', { timeSteps: 4, inputDim: 3, units: 3, singleAttentionVector: true }, 5, 5],
    ['three classes', { ...ODD, output: { kind: 'categorical', classes: 3 } }, 6, 5],
    ['as many classes as samples', { ...ODD, output: { kind: 'categorical', classes: 6 } }, 6, 6],
    ['smoothed labels', ODD, 6, 6, smoothing],
    ['three smoothed classes', { ...ODD, output: { kind: 'categorical', classes: 3 } }, 6, 5, smoothing],
    ['a number', { ...ODD, output: { kind: 'regression' } }, 6, 5],
    ['the absolute error of a number', { ...ODD, output: { kind: 'regression' } }, 6, 5, { loss: 'mae' }],
    ['hard gates', { ...ODD, gateSlope: 0.6 }, 6, 6],
    ['attention behind the LSTM', { ...ODD, layers: parseLayers('', 'lstm:4:sequences, attention, flatten') }, 6, 5],
    [
      'a single vector behind the LSTM',
      { ...ODD, layers: parseLayers('', 'lstm:3:sequences, attention:single, flatten') },
      5,
      5,
    ],
    [
      'both directions, all states',
      { ...ODD, layers: parseLayers('', 'lstm:3:sequences:bidirectional, luong:2') },
      6,
      5,
    ],
    [
      'two GRUs',
      { ...ODD, layers: parseLayers('', 'gru:3:sequences:bidirectional, attention, gru:2:bidirectional') },
      5,
      5,
    ],
    ['Bahdanau’s attention', { ...ODD, layers: parseLayers('', 'gru:3:sequences, bahdanau:2, dense:3:relu') }, 6, 5],
    ['a short batch', { timeSteps: 3, inputDim: 2, units: 3, singleAttentionVector: false }, 8, 3],
  ];
  it.each(configs)('%s', (_, config, batchSize, count, update) => {
    const dataset = getData(new NumpyRandom(3), batchSize, config.timeSteps, config.inputDim, 0);
    if (config.output?.kind === 'categorical') dataset.y = dataset.y.map((_, n) => n % outputCount(config));
    if (config.output?.kind === 'regression') dataset.y = dataset.y.map((_, n) => 0.3 * n - 1);
    const parameters = initialParameters(config, 5);
    // Biases away from zero, so that every path carries a gradient.
    const random = new NumpyRandom(9);
    for (const values of Object.values(parameters)) {
      for (let i = 0; i < values.length; i++) values[i] += 0.3 * random.normal();
    }
    const model = new ModelReference(config, batchSize, dataset, parameters, { update });
    const step = { first: 0, count, slot: 0, stepSize: 0 };
    const loss = () => {
      model.forward(step);
      return model.tensor('metrics')[0] / count;
    };
    loss();
    model.backward(step);
    const gradients = Float64Array.from(model.tensor('gradients'));
    const arena = model.tensor('parameters');
    const epsilon = 1e-5;
    const numeric = Float64Array.from(arena, (value, i) => {
      arena[i] = value + epsilon;
      const above = loss();
      arena[i] = value - epsilon;
      const below = loss();
      arena[i] = value;
      return (above - below) / (2 * epsilon);
    });
    expect(Math.hypot(...numeric)).toBeGreaterThan(1e-3);
    for (const { name, offset, length } of model.plan.arena.specs) {
      const part = (values: Float64Array) => values.subarray(offset, offset + length);
      // With one time step the softmax is constant: its parameters have no gradient, only rounding.
      if (Math.hypot(...part(gradients)) < 1e-12) {
        expect(Math.hypot(...part(numeric)), name).toBeLessThan(1e-9);
        continue;
      }
      expect(relativeL2(part(gradients), part(numeric)), name).toBeLessThan(1e-7);
    }
  });
});

describe('what changes an update', () => {
  const dataset = getData(new NumpyRandom(3), 6, ODD.timeSteps, ODD.inputDim, 0);
  const parameters = initialParameters(ODD, 5);
  /** Gradients of one update; each parameter has a part of them. */
  const gradientsWith = (update: UpdateOptions) => {
    const model = new ModelReference(ODD, 6, dataset, parameters, { update });
    const step = { first: 0, count: 6, slot: 0, stepSize: 1e-3 };
    model.forward(step);
    model.backward(step);
    return {
      loss: model.tensor('metrics')[0],
      all: Float64Array.from(model.tensor('gradients')),
      part: (name: string) => model.part('gradients', name),
    };
  };
  const plain = gradientsWith({});
  const norm = Math.hypot(...plain.all);

  it('a penalty adds 2 λ w to kernels and leaves biases alone', () => {
    const { part } = gradientsWith({ l2: 0.1 });
    for (const [name, values] of Object.entries(parameters)) {
      const added = part(name).map((gradient, i) => gradient - plain.part(name)[i]);
      const expected = Float64Array.from(values, (value) => (name.endsWith('kernel') ? 0.2 * value : 0));
      added.forEach((value, i) => {
        expect(value, name).toBeCloseTo(expected[i], 6);
      });
    }
  });

  it('gradients beyond the largest norm are scaled to it, smaller ones are not', () => {
    expect(Math.hypot(...gradientsWith({ clipNorm: norm / 4 }).all)).toBeCloseTo(norm / 4, 9);
    expect(gradientsWith({ clipNorm: 4 * norm }).all).toEqual(plain.all);
  });

  it('a class that weighs twice counts as if its samples were there twice', () => {
    const loss = (labels: number[]) => gradientsWith({ classWeights: labels }).loss;
    const [zero, one] = [loss([1, 0]), loss([0, 1])];
    expect(zero + one).toBeCloseTo(plain.loss, 9);
    expect(loss([2, 1])).toBeCloseTo(2 * zero + one, 9);
    const weighted = gradientsWith({ classWeights: [3, 3] });
    weighted.all.forEach((value, i) => {
      expect(value).toBeCloseTo(3 * plain.all[i], 9);
    });
  });
});

describe("label smoothing is Keras'", () => {
  it.each([1, 3])('a share of the loss is the mean of those with every label; logits: %s', (logits) => {
    const classes = Math.max(2, logits);
    const config: ModelConfig = logits === 1 ? ODD : { ...ODD, output: { kind: 'categorical', classes } };
    const dataset = getData(new NumpyRandom(3), 6, ODD.timeSteps, ODD.inputDim, 0);
    const labels = Float32Array.from({ length: 6 }, (_, n) => n % classes);
    const lossOf = (y: Float32Array, labelSmoothing?: number) => {
      const given = { ...dataset, y };
      const model = new ModelReference(config, 6, given, initialParameters(config, 5), { update: { labelSmoothing } });
      model.forward({ first: 0, count: 6, slot: 0, stepSize: 0 });
      return model.tensor('metrics')[0];
    };
    const everyLabel = Array.from({ length: classes }, (_, c) => lossOf(new Float32Array(6).fill(c)));
    const mean = everyLabel.reduce((sum, loss) => sum + loss, 0) / classes;
    expect(lossOf(labels, 0.2)).toBeCloseTo(0.8 * lossOf(labels) + 0.2 * mean, 9);
    expect(lossOf(labels, 0)).toBe(lossOf(labels));
  });
});

describe("the references reproduce another system's float64 cases", () => {
  const cases = ['tiny', 'single_attention_vector', 'wide', 'categorical', 'regression'].flatMap((name) => [
    { name, fused: true },
    { name, fused: false },
  ]);
  it.each(cases)('$name, fused: $fused', ({ name, fused }) => {
    const file = readGolden(name);
    const { config, adam, steps, expected } = file;
    const dataset = datasetOf(file);
    const model = new ModelReference(config, config.batchSize, dataset, parametersOf(file.parameters), { fused });
    for (let step = 0; step < steps; step++) {
      const slot = { first: 0, count: config.batchSize, slot: 0, stepSize: adamStepSize(adam, step + 1) };
      model.forward(slot);
      expect(model.tensor('metrics')[0] / config.batchSize).toBeCloseTo(expected.lossPerStep[step], 7);
      if (expected.correctPerStep) expect(model.tensor('metrics')[1]).toBe(expected.correctPerStep[step]);
      else expect(model.tensor('metrics')[1]).toBeCloseTo(expected.absoluteErrorPerStep?.[step] ?? Number.NaN, 6);
      model.backward(slot);
      if (step > 0) continue;
      const view = viewOf(config, 'hidden');
      const hidden = samplesOf(view, model.tensor(view.tensor), model.plan.batch, config.batchSize);
      expect(relativeL2(hidden, flatten(expected.hiddenSequence ?? []))).toBeLessThan(1e-7);
      for (const [parameter, values] of Object.entries(expected.gradients)) {
        // The file's 12 digits are rounded to float32 by `flatten`.
        expect(relativeL2(model.part('gradients', parameter), flatten(values)), parameter).toBeLessThan(1e-7);
      }
    }
    for (const [parameter, values] of Object.entries(expected.parametersAfter ?? {})) {
      expect(relativeL2(model.part('parameters', parameter), flatten(values)), parameter).toBeLessThan(1e-6);
    }
  });
});

describe("the references reproduce another system's models of layers", () => {
  const names = readdirSync(new URL('./golden/layers/', import.meta.url)).map((name) => name.replace(/\.json$/, ''));
  const cases = names.flatMap((name) => [true, false].map((fused) => ({ name, fused })));
  it.each(cases)('$name, fused: $fused', ({ name, fused }) => {
    const file = readGolden(`layers/${name}`);
    const { config, adam, update = {}, steps, expected } = file;
    const { batchSize } = config;
    const parameters = parametersOf(file.parameters);
    const model = new ModelReference(config, batchSize, datasetOf(file), parameters, { fused, update });
    for (let step = 0; step < steps; step++) {
      const slot = { first: 0, count: batchSize, slot: 0, stepSize: stepSizeOf(update, adam, step + 1) };
      model.forward(slot);
      expect(model.tensor('metrics')[0] / batchSize).toBeCloseTo(expected.lossPerStep[step], 7);
      model.backward(slot);
      if (step > 0) continue;
      for (const view of viewsOf(config)) {
        const values = view.name === 'logits' ? expected.logits : expected.tensors?.[view.tensor];
        if (!values || !model.tensors.has(view.tensor)) continue;
        const read = samplesOf(view, model.tensor(view.tensor), model.plan.batch, batchSize);
        expect(relativeL2(read, flatten(values)), view.name).toBeLessThan(1e-7);
      }
      for (const { name: parameter } of model.plan.arena.specs) {
        const error = relativeL2(model.part('gradients', parameter), flatten(expected.gradients[parameter]));
        expect(error, parameter).toBeLessThan(1e-6);
      }
    }
    for (const { name: parameter } of model.plan.arena.specs) {
      const error = relativeL2(
        model.part('parameters', parameter),
        flatten(expected.parametersAfter?.[parameter] ?? []),
      );
      expect(error, parameter).toBeLessThan(1e-6);
    }
  });
});

describe('initialParameters', () => {
  const config: ModelConfig = { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false };
  const parameters = initialParameters(config, 1337);

  it('counts 8,545 parameters', () => {
    expect(Object.values(parameters).reduce((sum, { length }) => sum + length, 0)).toBe(8545);
  });

  it("keeps Keras' ranges and biases", () => {
    const largest = (values: Float32Array) => Math.max(...values.map(Math.abs));
    const limit = Math.sqrt(6 / 128);
    expect(largest(parameters.attention_kernel)).toBeLessThanOrEqual(limit);
    expect(largest(parameters.attention_kernel)).toBeGreaterThan(0.99 * limit);
    expect(largest(parameters.attention_bias)).toBe(0);
    expect([...parameters.lstm_bias]).toEqual([...Array(32).fill(0), ...Array(32).fill(1), ...Array(64).fill(0)]);
  });

  it('has a recurrent kernel with orthonormal rows', () => {
    const row = (i: number) => parameters.lstm_recurrent_kernel.subarray(i * 128, (i + 1) * 128);
    for (let i = 0; i < 32; i++) {
      for (let j = 0; j <= i; j++) {
        const product = row(i).reduce((sum, value, k) => sum + value * row(j)[k], 0);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  it("has the sign that Keras fixes: R's diagonal is positive", () => {
    const [rows, columns] = [3, 4];
    for (let seed = 0; seed < 30; seed++) {
      const random = new NumpyRandom(seed);
      const normal = Float64Array.from({ length: rows * columns }, () => random.normal());
      const matrix = orthogonal(new NumpyRandom(seed), [rows, columns]);
      for (let i = 0; i < rows; i++) {
        const row = matrix.subarray(i * columns, (i + 1) * columns);
        expect(row.reduce((sum, value, j) => sum + value * normal[j * rows + i], 0)).toBeGreaterThan(0);
      }
    }
  });

  it('changes with the seed alone', () => {
    expect(initialParameters(config, 1337)).toEqual(parameters);
    expect(initialParameters(config, 1338).output_kernel).not.toEqual(parameters.output_kernel);
  });
});

describe('adamStepSize', () => {
  it("is TensorFlow 2.4's lr_t", () => {
    expect(adamStepSize(KERAS_ADAM, 1)).toBeCloseTo((1e-3 * Math.sqrt(0.001)) / 0.1, 12);
    expect(adamStepSize(KERAS_ADAM, 100_000)).toBeCloseTo(1e-3, 12);
  });
});
