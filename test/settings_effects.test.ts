import { describe, expect, it } from 'vitest';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import type { SeriesSet } from '../src/data/series_set.ts';
import { experimentOf, type TrainingConfig } from '../src/model/config.ts';
import { parseLayers } from '../src/settings/layers.ts';
import {
  DEFAULTS,
  pickSettings,
  SETTING_NAMES,
  type Setting,
  type Settings,
  settingOf,
  unsetValue,
} from '../src/settings/table.ts';
import { experimentSource } from '../src/train/experiment.ts';
import { type FitSource, fitModel } from '../src/train/fit.ts';
import { prepareSeries } from '../src/train/prepare_series.ts';
import { REFERENCE_STEPPERS } from '../src/train/reference_stepper.ts';

// Every row of the settings' table changes what a training ends with: nothing is offered that no code reads.

/** Small, and no number is 2, so that another value is. */
const BASE: Settings = {
  ...DEFAULTS,
  samples: 12,
  timeSteps: 4,
  inputDim: 3,
  attentionColumn: 1,
  units: 1,
  batchSize: 4,
  epochs: 6,
  learningRate: 0.1,
  validationSplit: 0.25,
};

/** A value that differs from that of BASE. */
function anotherValue(row: Setting, unset: unknown): unknown {
  switch (row.kind) {
    case 'number':
      return row.bound.integer ? 2 : 0.5;
    case 'flag':
      return !unset;
    case 'choice':
      // The last one may mean the same as the default.
      return Object.keys(row.choices).find((choice) => choice !== unset);
    case 'schedule':
      return { kind: 'step', everyEpochs: 2, factor: 0.5 };
    case 'classWeights':
      return [1, 2.5];
    case 'layers':
      return parseLayers('layers', 'lstm:1:sequences, attention, lstm:2');
  }
}

/** Twelve series; the first eight are of one class. */
function ownSeries(): SeriesSet {
  const random = new NumpyRandom([3]);
  return {
    name: 'set',
    samples: 12,
    timeSteps: 4,
    inputDim: 3,
    channelNames: ['a', 'b', 'c'],
    x: Float32Array.from({ length: 12 * 4 * 3 }, () => 5 + 3 * random.normal()),
    y: Float32Array.from({ length: 12 }, (_, n) => (n < 8 ? 0 : 1)),
    target: { kind: 'class', name: 'label', classes: ['a', 'b'] },
  };
}

/** A training with these settings: its config and its series. */
function trainingOf(
  { source, needsNumbers }: Setting,
  settings: Settings,
): { config: TrainingConfig; data: FitSource } {
  if (source !== 'series') {
    const config = experimentOf(
      pickSettings(
        settings,
        SETTING_NAMES.filter((name) => settingOf(name).source !== 'series'),
      ),
    );
    return { config, data: experimentSource(config) };
  }
  const series = ownSeries();
  const numbers: SeriesSet = { ...series, target: { kind: 'number', name: 'load' } };
  const { config, set, parts } = prepareSeries(needsNumbers ? numbers : series, settings);
  return { config, data: { samples: set.samples, parts, load: () => set } };
}

/** What a training ends with, but for its settings and its times. */
async function outcomeOf(row: Setting, settings: Settings) {
  const { config, data } = trainingOf(row, settings);
  const training = fitModel(REFERENCE_STEPPERS, config, data);
  for (;;) {
    const { done, value } = await training.next();
    if (!done) continue;
    const { history, parameters, attention } = value;
    return { history: history.map(({ seconds: _, ...record }) => record), parameters, attention };
  }
}

describe.each(SETTING_NAMES.map((name) => [name, settingOf(name)] as const))('%s', (name, row) => {
  it('changes what a training ends with', async () => {
    const value = anotherValue(row, unsetValue(name));
    expect(value).not.toEqual(BASE[name]);
    const outcome = await outcomeOf(row, { ...BASE, [name]: value });
    expect(outcome).not.toEqual(await outcomeOf(row, BASE));
    // The same settings end the same: the difference comes from the setting.
    expect(outcome).toEqual(await outcomeOf(row, { ...BASE, [name]: value }));
  });
});
