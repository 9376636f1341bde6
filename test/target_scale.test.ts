import { expect, it } from 'vitest';
import type { SeriesSet } from '../src/data/series_set.ts';
import { fitTarget, scaleTargets, unscaleTargets } from '../src/data/standardisation.ts';
import { inspectSeries } from '../src/model/inspection.ts';
import { DEFAULTS } from '../src/settings/table.ts';
import { fitModel } from '../src/train/fit.ts';
import { prepareSeries, type SeriesSettings } from '../src/train/prepare_series.ts';
import { REFERENCE_STEPPERS } from '../src/train/reference_stepper.ts';

const SAMPLES = 40;

/** Series whose number to predict is this function of their second step. */
function setOf(label: (value: number) => number): SeriesSet {
  const x = Float32Array.from({ length: 3 * SAMPLES }, (_, i) => Math.sin(12.9 * (i + 1)));
  const y = Float32Array.from({ length: SAMPLES }, (_, n) => label(x[3 * n + 1]));
  const shape = { samples: SAMPLES, timeSteps: 3, inputDim: 1, channelNames: ['load'] };
  return { name: 'load.csv', ...shape, x, y, target: { kind: 'number', name: 'price' } };
}

async function fitted(label: (value: number) => number, more: Partial<SeriesSettings> = {}) {
  const chosen = { units: 3, batchSize: 8, epochs: 3, learningRate: 0.01, validationSplit: 0.25, ...more };
  const { config, set, parts, standardisation } = prepareSeries(setOf(label), { ...DEFAULTS, ...chosen });
  const run = fitModel(REFERENCE_STEPPERS, config, { samples: SAMPLES, parts, load: () => set });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return { ...next.value, standardisation, config, set };
}

it('a model learns the same of numbers in any unit, and answers in their unit', async () => {
  const near = await fitted((value) => value);
  const far = await fitted((value) => 300_000 + 4096 * value);
  const unit = (far.standardisation?.target?.deviation ?? 0) / (near.standardisation?.target?.deviation ?? 1);
  expect(unit).toBeCloseTo(4096, 0);
  for (const [epoch, record] of far.history.entries()) {
    expect(record.loss).toBeCloseTo(near.history[epoch].loss, 3);
    expect((record.valMeanAbsoluteError ?? 0) / unit).toBeCloseTo(near.history[epoch].valMeanAbsoluteError ?? 0, 3);
  }
  const { regression, meanAbsoluteError } = far.evaluation.validation ?? {};
  expect(regression?.r2).toBeCloseTo(near.evaluation.validation?.regression?.r2 ?? 0, 2);
  expect(regression?.meanAbsoluteError).toBeCloseTo(meanAbsoluteError ?? 0, -1);
  for (const value of far.evaluation.validation?.residuals?.predicted ?? []) expect(value).toBeGreaterThan(200_000);
});

it('a trained model explains as much of numbers around 300,000 as of the same ones scaled by hand', async () => {
  const longer = { epochs: 60, learningRate: 0.03 };
  const near = await fitted((value) => value, longer);
  const far = await fitted((value) => 300_000 + 71_000 * value, longer);
  const [own, scaled] = [far, near].map(({ evaluation }) => evaluation.validation?.regression?.r2 ?? Number.NaN);
  expect(scaled).toBeGreaterThan(0.5);
  expect(Math.abs(own - scaled)).toBeLessThan(0.05);
  expect(far.verdict.learned).toBe(true);
});

it('the inside of a model shows its prediction in the unit of the labels', async () => {
  const { config, parameters, set, evaluation } = await fitted((value) => 300_000 + 4096 * value);
  const first = 0.75 * SAMPLES;
  const { outputs } = inspectSeries(config, parameters, set.x.subarray(3 * first, 3 * first + 3));
  expect(outputs[0] / (evaluation.validation?.residuals?.predicted[0] ?? 0)).toBeCloseTo(1, 5);
});

it('numbers are left as they are if nothing is standardised', async () => {
  const { standardisation, evaluation } = await fitted((value) => 5 * value, { standardise: false });
  expect(standardisation).toBeUndefined();
  expect(Math.max(...(evaluation.validation?.residuals?.labels ?? []))).toBeGreaterThan(3);
});

it('a scale is undone, and equal labels have the deviation 1', () => {
  const y = Float32Array.of(300_000, 310_000, 290_000);
  const scale = fitTarget(y);
  expect(scale.mean).toBe(300_000);
  expect([...unscaleTargets(scaleTargets(y, scale), scale)]).toEqual([...y]);
  expect(fitTarget(Float32Array.of(7, 7))).toEqual({ mean: 7, deviation: 1 });
  expect(scaleTargets(y, undefined)).toBe(y);
});
