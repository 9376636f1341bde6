import { describe, expect, it } from 'vitest';
import { describeThrottling, requireScoreSizes, scoreOf } from '../src/bench/score.ts';
import { EXPERIMENT } from '../src/model/config.ts';

const WORKLOADS = [
  { name: 'experiment', config: EXPERIMENT },
  { name: 'large', config: { ...EXPERIMENT, batchSize: 2048 } },
];

describe('the score', () => {
  it('is the median over the starts of the median of geometric means, beside the rate of each workload', () => {
    const startOf = (factor: number) => ({
      workloads: WORKLOADS,
      rounds: [
        [100, 400],
        [90, 1000],
        [25, 100],
      ].map((rates) => rates.map((rate) => factor * rate)),
    });
    const score = scoreOf([1, 3, 2, 5, 4, 6].map(startOf));
    expect(score).toMatchObject({ version: 2, value: 700, low: 200, high: 1200, rounds: 18 });
    expect(score.starts).toEqual([200, 600, 400, 1000, 800, 1200]);
    expect(score.workloads).toMatchObject([
      { name: 'experiment', batchSize: 256, timeSteps: 64, samplesPerSecond: 315, low: 90, high: 540 },
      { name: 'large', batchSize: 2048, units: 32, samplesPerSecond: 1400, low: 400, high: 2400 },
    ]);
  });

  it('is of the experiment’s sizes alone', () => {
    expect(() => requireScoreSizes({ ...EXPERIMENT, seed: 5 })).not.toThrow();
    expect(() => requireScoreSizes({ ...EXPERIMENT, units: 8 })).toThrow(
      'units is 8, but a score is of units 32: give that, or measure without a score',
    );
  });
});

describe('throttling', () => {
  const rounds = (...rates: number[]) => rates.map((rate) => [rate, 4 * rate]);

  it('is a last third that stays below two thirds of the first, whatever lies between', () => {
    expect(describeThrottling(rounds(90, 100, 110, 200, 20, 20, 60, 66, 50))).toMatch(
      /^the adapter slowed down to 0\.66 of its speed while it was measured: let it cool/,
    );
    expect(describeThrottling(rounds(90, 100, 110, 200, 20, 20, 60, 68, 50))).toBeUndefined();
  });

  it('is no machine whose rounds swing, and no adapter that warms up', () => {
    expect(describeThrottling(rounds(100, 40, 100, 30, 100, 50, 40, 100, 30))).toBeUndefined();
    expect(describeThrottling(rounds(10, 10, 10, 50, 50, 50, 100, 100, 100))).toBeUndefined();
  });

  it('cannot be told from fewer than three rounds', () => {
    expect(describeThrottling(rounds(100, 10))).toBeUndefined();
  });
});
