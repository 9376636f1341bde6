import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asFailure } from '../src/errors.ts';
import { modelGraph } from '../src/formats/onnx/graph.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import { checkModel, KERAS_ADAM, type ModelConfig } from '../src/model/config.ts';
import { kerasLayers } from '../src/model/keras_layers.ts';
import { predictionView } from '../src/model/model_layers.ts';
import { classesOf, logitsOf, OUTPUTS, type Output, outputFor, outputKind } from '../src/model/outputs/index.ts';
import type { OutputKind } from '../src/model/outputs/output_kind.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { createPlan } from '../src/model/plan.ts';
import { formatEpoch, meanMetrics, validationMetrics } from '../src/train/history.ts';

const SIZES: ModelConfig = { timeSteps: 5, inputDim: 3, units: 4, singleAttentionVector: false };

const planOf = (config: ModelConfig) =>
  createPlan({
    config,
    batchSize: 4,
    samples: 4,
    slots: 1,
    adam: KERAS_ADAM,
    fused: false,
  });

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('every label has one kind of output', () => {
  it.each([undefined, 2, 3, 70])('of %s classes', (classes) => {
    const kinds: OutputKind<Output>[] = Object.values(OUTPUTS);
    const outputs = kinds.flatMap((kind) => kind.forLabels(classes) ?? []);
    expect(outputs).toEqual([outputFor(classes)]);
    expect(classesOf(outputs[0])).toBe(classes);
  });
});

describe.each(Object.entries(OUTPUTS) as [Output['kind'], OutputKind<Output>][])('%s', (name, kind) => {
  const output = kind.fromUnits(1) ?? kind.fromUnits(3);
  const config = { ...SIZES, output };

  it('is the kind of its own outputs', () => {
    expect(output?.kind).toBe(name);
    expect(outputKind(output)).toBe(kind);
    expect(kind.fromUnits(logitsOf(output))).toEqual(output);
  });

  it('has predictions and a metric that its loss computes, a number a sample', () => {
    const { tensors, batch } = planOf(config);
    expect(tensors.get(predictionView(config).tensor)).toBe(batch * logitsOf(output));
    expect(tensors.get(`output/${kind.metric.tensor}`)).toBe(batch);
  });

  it('is written for Keras and ONNX, and read back', () => {
    expect(kerasLayers(config).at(-1)?.config).toMatchObject({ units: logitsOf(output), activation: kind.activation });
    const model = { config, parameters: initialParameters(config, 1), metadata: new Map() };
    expect(readOnnx('m', writeOnnx(model)).config).toEqual(config);
    expect(modelGraph(model).outputs[0].docString).toBe(kind.words.prediction);
  });
});

describe('a kind of output that somebody adds', () => {
  /** A number with a metric of its own name. */
  const price = {
    ...OUTPUTS.regression,
    metric: { ...OUTPUTS.regression.metric, name: 'mean_error', key: 'meanError', validationKey: 'valMeanError' },
    words: { prediction: 'the price', short: 'a price', loss: 'mean squared error' },
  };
  beforeAll(() => {
    Object.assign(OUTPUTS, { price });
  });
  afterAll(() => Reflect.deleteProperty(OUTPUTS, 'price'));
  const output: Output = JSON.parse('{"kind":"price"}');
  const config = { ...SIZES, output };

  it('is checked, planned, measured and written by what its file says', () => {
    expect(() => checkModel(config)).not.toThrow();
    expect(planOf(config).forward.map(({ kernel }) => kernel.name)).toContain('regression_output');
    const mean = meanMetrics([{ loss: 2, second: 4 }], 2, { output });
    expect(mean).toEqual({ loss: 1, meanError: 2 });
    expect(modelGraph({ config, parameters: initialParameters(config, 1) }).outputs[0].docString).toBe('the price');
    const unknown = { ...SIZES, output: { ...output, kind: JSON.parse('"prise"') } };
    const failure = asFailure(thrownBy(() => checkModel(unknown)));
    expect(failure.code).toBe('invalid-option');
    expect(failure.message).toBe('output.kind is prise: give binary, categorical, regression or price');
  });
});

it('a number of classes that no model has is refused as an option', () => {
  const failure = asFailure(thrownBy(() => checkModel({ ...SIZES, output: { kind: 'categorical', classes: 1.5 } })));
  expect(failure.code).toBe('invalid-option');
  expect(failure.message).toMatch(/^output.classes is 1.5: give a whole number/);
});

it('an epoch prints the metric of its model under Keras’ names', () => {
  const record = {
    epoch: 1,
    seconds: 2,
    ...meanMetrics([{ loss: 2, second: 1 }], 2, { output: { kind: 'regression' as const } }),
  };
  const validation = validationMetrics({ loss: 3, meanAbsoluteError: 4 });
  expect(formatEpoch({ ...record, ...validation }, 7)).toBe(
    '7/7 - 2s - loss: 1.0000 - mean_absolute_error: 0.5000 - val_loss: 3.0000 - val_mean_absolute_error: 4.0000',
  );
});
