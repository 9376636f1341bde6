import { describe, expect, it } from 'vitest';
import { multiplyAddPeak } from '../shaders/roofline.ts';
import { compareResults } from '../src/bench/compare.ts';
import { limitMs } from '../src/bench/limits.ts';
import { type Budget, expectedSamples, isDue, median, shareOf } from '../src/bench/measure.ts';
import { type BenchResult, benchCsv, invalidate } from '../src/bench/result.ts';
import { costOf } from '../src/bench/rows.ts';
import { ratePoints, type SweepPoint } from '../src/bench/swept_sizes.ts';
import { benchTables, comparisonTable } from '../src/cli/bench_tables.ts';
import { textWidth } from '../src/cli/terminal.ts';
import type { Dispatch } from '../src/gpu/kernel.ts';
import { grainOf, repeatsFor } from '../src/gpu/profiler.ts';
import { EXPERIMENT, KERAS_ADAM } from '../src/model/config.ts';
import { createPlan } from '../src/model/plan.ts';
import { result, row } from './bench_results.ts';

describe('medians', () => {
  it('are the middle value, or the mean of the middle two, in any order', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });
});

describe('the budget', () => {
  const budget: Budget = { samples: 20, seconds: 5, leastSamples: 5, mostSeconds: 20 };

  it('wants samples and seconds, but on a slow machine no more than it can have', () => {
    expect(isDue(19, 10, budget)).toBe(true);
    expect(isDue(20, 10, budget)).toBe(false);
    expect(isDue(500, 4.9, budget)).toBe(true);
    expect(isDue(500, 5, budget)).toBe(false);
    expect(isDue(5, 20, budget)).toBe(false);
    expect(isDue(4, 200, budget)).toBe(true);
  });

  it('is divided among starts, each of which gets a sample', () => {
    expect(shareOf(budget, 5)).toEqual({ samples: 4, seconds: 1, leastSamples: 1, mostSeconds: 4 });
    expect(shareOf(budget, 30)).toMatchObject({ samples: 1, leastSamples: 1 });
    expect(shareOf(budget, 1)).toEqual(budget);
  });

  it('foretells where it ends', () => {
    expect(expectedSamples(10, 0.1, budget)).toBe(500);
    expect(expectedSamples(1, 0.5, budget)).toBe(20);
    expect(expectedSamples(1, 2, budget)).toBe(10);
    expect(expectedSamples(2, 40, budget)).toBe(5);
    expect(expectedSamples(7, 50, budget)).toBe(7);
  });
});

describe('the profiler', () => {
  it('finds the grain of timestamps', () => {
    expect(grainOf(BigUint64Array.of(1_000_000n, 1_300_000n, 1_700_000n))).toBe(100_000);
    expect(grainOf(BigUint64Array.of(655_360n, 131_072n, 196_608n))).toBe(65_536);
    expect(grainOf(BigUint64Array.of(2n ** 60n, 2n ** 60n + 1n))).toBe(1);
    expect(grainOf(BigUint64Array.of(0n, 0n))).toBe(0);
  });

  it('repeats what is shorter than the timer can tell', () => {
    expect(repeatsFor(5000, 100, 1)).toBe(1);
    expect(repeatsFor(200_000, 10_000_000, 100_000)).toBe(50);
    expect(repeatsFor(0, 10_000_000, 100_000)).toBe(1000);
    expect(repeatsFor(-5, 10_000_000, 100_000)).toBe(1);
  });
});

describe('limits', () => {
  const limits = { multiplyAddGflops: 10, copyGBs: 2 };

  it('are set by arithmetic or by traffic, whichever takes longer', () => {
    expect(limitMs({ flops: 1e9, bytes: 0 }, limits)).toBeCloseTo(100);
    expect(limitMs({ flops: 0, bytes: 1e9 }, limits)).toBeCloseTo(500);
    expect(limitMs({ flops: 1e9, bytes: 1e9 }, limits)).toBeCloseTo(500);
  });

  it('count a chain as two operations a link, lane and accumulator', () => {
    const shape = { accumulators: 8, rounds: 16, width: 4, workgroups: 2 } as const;
    expect(multiplyAddPeak.cost(shape).flops).toBe(2 * 8 * 16 * 4 * 64 * 2);
  });

  it('are held against the sum of all dispatches', () => {
    const plan = createPlan({
      config: EXPERIMENT,
      batchSize: 256,
      samples: 1024,
      slots: 1,
      adam: KERAS_ADAM,
    });
    const { flops } = costOf([...plan.forward, ...plan.backward]);
    // The recurrent products of forward, backward and parameter gradient alone.
    expect(flops).toBeGreaterThan(3 * 2 * 256 * 63 * 32 * 128);
    expect(flops).toBeLessThan(5 * 2 * 256 * 64 * 32 * 128);
    expect(costOf([] as Dispatch[])).toEqual({ flops: 0, bytes: 0 });
  });
});

describe('sweeps', () => {
  it('hold each point against the best of its own sweep', () => {
    const point = (size: SweepPoint['size'], value: number, shareOfPeak?: number): SweepPoint => ({
      size,
      value,
      shareOfPeak,
      medianMs: 1,
      samples: 3,
      flops: 1e6,
      timePerFlopPs: 1,
      ...(shareOfPeak === undefined && { problem: 'it does not fit' }),
    });
    const points = [point('units', 8, 0.1), point('units', 32, 0.4), point('units', 256), point('inputDim', 1, 0.2)];
    const rated = ratePoints(points);
    expect(rated.map(({ ratioToBest }) => ratioToBest)).toEqual([4, 1, undefined, 1]);
    expect(rated.map(({ isSlow }) => isSlow)).toEqual([true, false, undefined, false]);
    const text = benchTables({ ...result([row('adam', 1)]), sweeps: rated });
    expect(text).toContain('units 256: it does not fit');
    expect(text).toContain('beyond 3 × the best: units 8');
    expect(text).toMatch(/units 8 .* 4\.00 !\n/);
  });
});

describe('a comparison', () => {
  const verdicts = (old: BenchResult, now: BenchResult) =>
    compareResults(old, now).rows.map(({ name, verdict }) => `${name} ${verdict}`);

  it('finds nothing between a result and itself', () => {
    const one = result([row('adam', 1), row('softmax_forward', 2)]);
    const { rows, isNormalised, warnings } = compareResults(one, one);
    expect(rows.map(({ verdict, change }) => [verdict, change])).toEqual([
      ['not told apart', 1],
      ['not told apart', 1],
    ]);
    for (const { smallest } of rows) expect(smallest).toBeCloseTo(1.05);
    for (const { smallest } of compareResults(one, one, { inTurns: true }).rows) expect(smallest).toBeCloseTo(1.034);
    expect(isNormalised).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('calls slower and faster only what the starts tell, beyond noise', () => {
    expect(verdicts(result([row('a', 1)]), result([row('a', 1.1)]))).toEqual(['a slower']);
    expect(verdicts(result([row('a', 1)]), result([row('a', 0.9)]))).toEqual(['a faster']);
    expect(verdicts(result([row('a', 1)]), result([row('a', 1.1, {}, 0.2)]))).toEqual(['a not told apart']);
    expect(verdicts(result([row('a', 1)]), result([row('a', 1.04, {}, 0.001)]))).toEqual(['a not told apart']);
  });

  it('in turns tells also what is smaller than the machine’s noise', () => {
    const [old, now] = [result([row('a', 1, {}, 0.001)]), result([row('a', 1.03, {}, 0.001)])];
    expect(compareResults(old, now, { inTurns: true }).rows[0].verdict).toBe('slower');
  });

  it('takes a change that all rows share for the machine’s, up to 15 %, unless they took turns', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const old = result(names.map((name) => row(name, 1)));
    const times = (factor: number) => result(names.map((name) => row(name, name === 'f' ? 1.3 : factor)));
    expect(verdicts(old, times(1.12))).toEqual([...names.slice(0, 5).map((n) => `${n} not told apart`), 'f slower']);
    expect(verdicts(old, times(1.3))).toEqual(names.map((name) => `${name} slower`));
    const inTurns = compareResults(old, times(1.12), { inTurns: true });
    expect(inTurns.rows.map(({ verdict }) => verdict)).toEqual(names.map(() => 'slower'));
  });

  it('tells nothing from a single start, and says so', () => {
    const old = result([row('a', 1, { starts: undefined })]);
    const { rows, warnings } = compareResults(old, result([row('a', 5)]));
    expect(rows).toMatchObject([{ verdict: 'not told apart', smallest: 1e6 }]);
    expect(warnings).toEqual(['the result of then has one start, which tells nothing of another: measure it again']);
  });

  it('names rows that are in one of them only', () => {
    const comparison = compareResults(result([row('a', 1), row('b', 1)]), result([row('b', 1), row('c', 1)]));
    expect(comparison.rows.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'a missing',
      'b not told apart',
      'c new',
    ]);
    expect(comparisonTable(comparison)).toContain('Nothing became slower');
  });

  it('takes out what the machine itself changed, by the limit that binds a row', () => {
    const old = result([row('arithmetic', 1), row('traffic', 1, { bytes: 1e6 })]);
    const limits = { multiplyAddGflops: 8, copyGBs: 2 };
    const now = result([row('arithmetic', 2), row('traffic', 1, { bytes: 1e6 })], { limits });
    const { rows, limits: changes, isNormalised } = compareResults(old, now);
    expect(changes).toEqual({ multiplyAddGflops: 0.5, copyGBs: 1 });
    expect(isNormalised).toBe(true);
    expect(rows.map(({ verdict, change }) => [verdict, change])).toEqual([
      ['not told apart', 1],
      ['not told apart', 1],
    ]);
    const slower = result([row('arithmetic', 3), row('traffic', 1, { bytes: 1e6 })], { limits });
    expect(verdicts(old, slower)).toEqual(['arithmetic slower', 'traffic not told apart']);
  });

  it('calls nothing slower that kept its time while the limits doubled', () => {
    const now = result([row('a', 1), row('b', 3)], { limits: { multiplyAddGflops: 32, copyGBs: 4 } });
    expect(verdicts(result([row('a', 1), row('b', 1)]), now)).toEqual(['a not told apart', 'b slower']);
  });

  it('takes nothing out between two adapters', () => {
    const now = result([row('a', 2)], { limits: { multiplyAddGflops: 8, copyGBs: 1 } });
    now.environment.adapter.description = 'Model 8';
    expect(compareResults(result([row('a', 1)]), now)).toMatchObject({ isNormalised: false });
    expect(verdicts(result([row('a', 1)]), now)).toEqual(['a slower']);
  });

  it('leaves a change of the limits within noise alone', () => {
    const now = result([row('a', 1.1)], { limits: { multiplyAddGflops: 15.5, copyGBs: 2 } });
    expect(compareResults(result([row('a', 1)]), now)).toMatchObject({ isNormalised: false });
    expect(verdicts(result([row('a', 1)]), now)).toEqual(['a slower']);
  });

  it('warns of another adapter, timer or configuration', () => {
    const old = result([row('a', 1)]);
    const now = structuredClone(old);
    now.environment.adapter.description = 'Model 8';
    now.environment.timer = 'wall-clock';
    now.environment.config.units = 16;
    expect(compareResults(old, now).warnings).toEqual([
      'the adapters differ: then Model 7, now Model 8',
      'the timers differ: then timestamp, now wall-clock',
      'units differs: then 32, now 16',
    ]);
  });
});

describe('a result', () => {
  it('is written as CSV with the names of the JSON', () => {
    expect(benchCsv([row('dense_forward attention', 2)])).toBe(
      'name,medianMs,lowMs,highMs,samples,flops,bytes,shareOfLimit\n' +
        'dense_forward attention,2,1.96,2.04,20,1000000,1000,0.5\n',
    );
  });

  it('stays within 80 columns, also with the longest name', () => {
    const rows = [row('dense_parameter_gradient lstm_recurrent', 12345.678), row('adam', 0.00123)];
    const epoch = { trainingSteps: 211, validationSteps: 24, seconds: 31.4159, kernelSeconds: 30, epochs: 4 };
    const full = result(rows, { epoch: { ...epoch, outsideKernels: 0.045, low: -0.01, high: 0.09 } });
    full.environment.droppedTimes = 3;
    const slower = result([row('dense_parameter_gradient lstm_recurrent', 23456.7), row('adam', 0.00123)]);
    for (const text of [benchTables(full), comparisonTable(compareResults(full, slower))]) {
      expect(Math.max(...text.split('\n').map(textWidth))).toBeLessThanOrEqual(80);
    }
    expect(benchTables(full)).toContain('epoch of 211 + 24 steps in 31.4 s: 4.5 % (-1.0 % to 9.0 %) not in kernels');
    expect(benchTables(full)).toContain('3 impossible times left out');
    expect(comparisonTable(compareResults(full, slower))).toContain('1 of 2 became slower');
  });

  it('that does not count has no score, and says why', () => {
    const score = { version: 1, value: 100, low: 90, high: 110, rounds: 9, workloads: [] };
    const whole = result([row('a', 1)], { score });
    expect(invalidate(whole, [])).toBe(whole);
    const invalid = invalidate(invalidate(whole, ['it was hidden']), ['it was slow']);
    expect(invalid).toMatchObject({ score: undefined, invalid: ['it was hidden', 'it was slow'] });
    expect(benchTables(invalid)).toContain('Invalid: it was hidden\nInvalid: it was slow');
    expect(benchTables(whole)).toContain('score (version 1)');
  });
});
