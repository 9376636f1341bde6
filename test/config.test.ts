import { describe, expect, it } from 'vitest';
import { Failure } from '../src/errors.ts';
import { Gpu } from '../src/gpu/device.ts';
import { checkExperiment, checkTraining, EXPERIMENT, type ExperimentConfig } from '../src/model/config.ts';
import { countParameters, summarize } from '../src/model/summary.ts';
import { trainingSamples } from '../src/settings/check.ts';
import { formatEpoch, formatMetric, meanMetrics } from '../src/train/history.ts';

describe('checkExperiment', () => {
  it('accepts the experiment', () => {
    expect(() => checkExperiment(EXPERIMENT)).not.toThrow();
  });

  const bad: [Partial<ExperimentConfig>, RegExp][] = [
    [{ batchSize: 0 }, /batchSize is 0: give a whole number from 1 to 65536/],
    [{ learningRate: Number.NaN }, /learningRate is NaN: give a number/],
    [{ epochs: 1.5 }, /epochs is 1.5: give a whole number/],
    [{ units: 257 }, /units is 257/],
    [{ seed: -1 }, /seed is -1/],
    [{ attentionColumn: 64 }, /attentionColumn is 64, but there are 64 time steps: give 0 to 63/],
    [{ samples: Number.POSITIVE_INFINITY }, /samples is Infinity/],
  ];
  it.each(bad)('refuses %j', (change, message) => {
    const check = () => checkExperiment({ ...EXPERIMENT, ...change });
    expect(check).toThrow(message);
    expect(check).toThrow(Failure);
  });
});

describe('checkTraining', () => {
  const { samples: _, attentionColumn: __, validationSplit: ___, ...config } = EXPERIMENT;

  it('accepts what fit takes', () => {
    const options = { l2: 0.1, classWeights: [1, 2], clipNorm: 1, patience: 3, shuffle: false };
    expect(() => checkTraining({ ...config, ...options, schedule: { kind: 'cosine' } })).not.toThrow();
  });

  it.each([
    [{ output: { kind: 'ordinal' } }, /output.kind is ordinal: give binary, categorical or regression/],
    [{ output: { kind: 'categorical', classes: 1 } }, /output.classes is 1: give a whole number from 2 to 1000/],
    [{ schedule: { kind: '__proto__' } }, /schedule is __proto__: give one of cosine, step, plateau/],
    [{ schedule: { kind: 'step', factor: 0.5 } }, /schedule.everyEpochs is undefined: give a whole number/],
    [{ schedule: { kind: 'plateau', patience: 1, factor: 2 } }, /schedule.factor is 2: give a number from 0 to 1/],
    [{ patience: 0 }, /patience is 0/],
    [{ l2: -1 }, /l2 is -1/],
    [{ classWeights: [1] }, /classWeights is 1, but there are 2 classes/],
    [{ classWeights: [1, Number.NaN] }, /classWeights is NaN/],
  ])('refuses %j', (change, message) => {
    const check = () => checkTraining({ ...config, ...(change as object) });
    expect(check).toThrow(message);
    expect(check).toThrow(Failure);
  });
});

describe("Keras' ways", () => {
  it('splits validation from the end', () => {
    expect(trainingSamples(60000, 0.1)).toBe(54000);
    expect(trainingSamples(10, 0)).toBe(10);
  });

  it('prints metrics with four decimals, or scientific below 1e-3', () => {
    expect([0.3382, 1, 1e-3, 8.9616e-4, 4.067e-5, 0, Number.NaN].map(formatMetric)).toEqual([
      '0.3382',
      '1.0000',
      '1.0000e-03',
      '8.9616e-04',
      '4.0670e-05',
      '0.0000e+00',
      'NaN',
    ]);
  });

  it('prints the verbose=2 line', () => {
    const record = { epoch: 3, seconds: 6.6, loss: 0.33821, accuracy: 0.85042, valLoss: 0.2163, valAccuracy: 0.9142 };
    expect(formatEpoch(record, 211)).toBe(
      '211/211 - 7s - loss: 0.3382 - accuracy: 0.8504 - val_loss: 0.2163 - val_accuracy: 0.9142',
    );
    expect(formatEpoch({ epoch: 1, seconds: 1, loss: 1, accuracy: 0.5 }, 2)).toBe(
      '2/2 - 1s - loss: 1.0000 - accuracy: 0.5000',
    );
  });

  it('weighs a short last batch by its samples', () => {
    const batches = [
      { loss: 4 * 0.5, second: 3 },
      { loss: 1 * 3, second: 0 },
    ];
    expect(meanMetrics(batches, 5)).toEqual({ loss: 1, accuracy: 0.6 });
  });

  it('sums up 8,545 parameters', () => {
    expect(countParameters(summarize(EXPERIMENT))).toBe(8545);
    expect(summarize(EXPERIMENT).find(({ name }) => name === 'attention_vec')?.outputShape).toBe('(None, 64, 1)');
  });
});

describe('Gpu.open', () => {
  const gpuOf = (requestAdapter: () => Promise<GPUAdapter | null>) => ({ requestAdapter }) as unknown as GPU;

  it('fails in words without WebGPU', async () => {
    await expect(Gpu.open(undefined)).rejects.toMatchObject({ code: 'no-webgpu' });
  });

  it('fails in words without an adapter', async () => {
    await expect(Gpu.open(gpuOf(async () => null))).rejects.toMatchObject({ code: 'no-adapter' });
  });

  it('gives up an adapter that never answers', async () => {
    const hanging = gpuOf(() => new Promise(() => {}));
    await expect(Gpu.open(hanging, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'adapter-timeout',
      message: expect.stringContaining('has not answered in 0.05 s'),
    });
  });
});
