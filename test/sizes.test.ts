import { describe, expect, it } from 'vitest';
import type { SeriesSet } from '../src/data/series_set.ts';
import { sizesFor } from '../src/settings/sizes.ts';
import { DEFAULTS } from '../src/settings/table.ts';
import { prepareSeries, type SeriesSettings } from '../src/train/prepare_series.ts';

/** Series of one step, with these labels. */
function setOf(y: number[]): SeriesSet {
  const x = Float32Array.from(y, (_, n) => Math.sin(n));
  const target = { kind: 'class' as const, name: 'label', classes: ['calm', 'storm'] };
  const shape = { samples: y.length, timeSteps: 1, inputDim: 1, channelNames: ['wind'] };
  return { name: 'wind.csv', ...shape, x, y: Float32Array.from(y), target };
}

const { batchSize: _, epochs: __, learningRate: ___, ...settings } = DEFAULTS;
const prepare = (y: number[], chosen: Partial<SeriesSettings> = {}) =>
  prepareSeries(setOf(y), { ...settings, ...chosen });
const half = (n: number) => Array.from({ length: n }, (_, i) => (i < n / 2 ? 0 : 1));

describe('sizes that nobody chose', () => {
  // [series that train, batch, epochs, learning rate]
  it.each([
    [1, 16, 500, 0.003],
    [40, 16, 334, 0.003],
    [67, 16, 200, 0.003],
    [100, 16, 143, 0.003],
    [1000, 128, 125, 0.003],
    [5000, 256, 50, 0.003],
    [20_000, 256, 20, 0.002],
    [60_000, 256, 20, 0.001],
  ])('of %i series are batches of %i, %i epochs and the rate %f', (samples, batchSize, epochs, learningRate) => {
    const help =
      learningRate > 0.001
        ? { clipNorm: 5, schedule: { kind: 'cosine' } }
        : { clipNorm: 0, schedule: { kind: 'constant' } };
    expect(sizesFor(samples, 0)).toEqual({ batchSize, epochs, learningRate, ...help });
  });

  it('make 1,000 updates or 20 epochs, and never too many', () => {
    for (let samples = 2; samples < 1e6; samples = Math.ceil(samples * 1.3)) {
      const { batchSize, epochs } = sizesFor(samples, 0.1);
      const updates = epochs * Math.ceil(Math.floor(samples * 0.9) / batchSize);
      expect(updates >= 1000 || epochs === 500).toBe(true);
      expect(updates < 1000 + updates / epochs || epochs === 20).toBe(true);
    }
  });

  it('are told, and those that are chosen stay', () => {
    const { config, warnings } = prepare(half(100));
    expect(config).toMatchObject({
      batchSize: 16,
      epochs: 167,
      learningRate: 0.003,
      clipNorm: 5,
      schedule: { kind: 'cosine' },
    });
    expect(warnings[0]).toBe(
      'For 90 training series: batches of 16, 167 epochs, a learning rate of 0.003, gradients clipped to the norm 5 and a cosine schedule (batchSize, epochs, learningRate, clipNorm and schedule change that)',
    );
    expect(prepare(half(100), { batchSize: 7, epochs: 3 }).warnings[0]).toBe(
      'For 90 training series: a learning rate of 0.003, gradients clipped to the norm 5 and a cosine schedule (learningRate, clipNorm and schedule change that)',
    );
    const { config: plain, warnings: told } = prepare(half(100), { clipNorm: 0, schedule: { kind: 'constant' } });
    expect(plain).toMatchObject({ learningRate: 0.003 });
    expect(told[0]).toMatch(/ epochs and a learning rate of 0\.003 \(/);
    // A rate that somebody gives is used as it is, and large sets train at Keras' rate.
    for (const { config: own } of [prepare(half(100), { learningRate: 0.01 }), prepare(half(100_000))]) {
      for (const one of [own, plain]) for (const name of ['clipNorm', 'schedule']) expect(one).not.toHaveProperty(name);
    }
    expect(prepare(half(100_000)).config).toMatchObject({ learningRate: 0.001, epochs: 20 });
    const chosen = prepare(half(400), { batchSize: 7, epochs: 3, learningRate: 0.01 });
    expect([chosen.config.batchSize, chosen.config.epochs, chosen.warnings]).toEqual([7, 3, []]);
  });
});

describe('a split', () => {
  const sizes = { batchSize: 8, epochs: 1, learningRate: 0.01 };

  it('has the same share of every class, also of a file in the order of the classes', () => {
    const { set, parts, warnings } = prepare(half(400), { ...sizes, validationSplit: 0.25 });
    const validation = [...set.y.subarray(parts.training)];
    expect([validation.length, validation.filter((label) => label === 0).length]).toEqual([100, 50]);
    expect(warnings).toEqual([]);
    const again = prepare(half(400), { ...sizes, validationSplit: 0.25 });
    expect(again.set.places).toEqual(set.places);
  });

  it('of one class, of the end of the file, or of few series says so', () => {
    const end = { ...sizes, split: 'end' as const };
    expect(prepare(half(400), end).warnings).toEqual([
      'All 40 validation series are of the class "storm": they tell nothing of the others',
    ]);
    expect(prepare([...half(360), ...half(40)], end).warnings).toEqual([
      expect.stringMatching(
        /^The last 40 series of the file validate \(split end\): if the file is in the order of time/,
      ),
    ]);
    expect(prepare(half(100), sizes).warnings).toEqual([
      'Only 10 series validate: their accuracy is known to ±31 points at best',
    ]);
    expect(prepare(half(100), { ...sizes, validationSplit: 0 }).warnings).toEqual([]);
  });
});
