import { describe, expect, it } from 'vitest';
import {
  chanceOf,
  changeOf,
  estimate,
  holm,
  smallestChange,
  studentQuantile,
  studentTails,
} from '../src/bench/estimate.ts';
import { median } from '../src/bench/measure.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';

type Draw = (random: NumpyRandom) => number;

/** By how much the logarithm of a start's times may differ from the others': several per cent. */
const SHIFTS: Record<string, Draw> = {
  normal: (random) => 0.03 * random.normal(),
  'heavy tails (Student, 3 degrees)': (random) => (0.03 * random.normal()) / Math.sqrt(chiSquare3(random) / 3),
  'skewed (exponential)': (random) => -0.04 * Math.log(1 - random.double()),
  'two kinds of start': (random) => (random.double() < 0.3 ? 0.08 : 0) + 0.005 * random.normal(),
};
const ROUNDS = 4;
const SERIES = 3000;

function chiSquare3(random: NumpyRandom): number {
  return random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
}

/** Milliseconds of each round of a start: the start's shift, and skewed noise of its rounds. */
function roundsOf(random: NumpyRandom, shift: Draw, slowdown = 1): number[] {
  const start = slowdown * Math.exp(shift(random));
  return Array.from({ length: ROUNDS }, () => start * (1 - 0.03 * Math.log(1 - random.double())));
}

function startsOf(random: NumpyRandom, shift: Draw, count: number, slowdown?: number): number[] {
  return Array.from({ length: count }, () => median(roundsOf(random, shift, slowdown)));
}

/** The share of measurements of so many starts whose interval holds the median of all starts. */
function coverage(shift: Draw, count: number, intervalOf: (random: NumpyRandom) => { low: number; high: number }) {
  const random = new NumpyRandom(count);
  const truth = median(startsOf(new NumpyRandom(99), shift, 40_000));
  let held = 0;
  for (let series = 0; series < SERIES; series++) {
    const { low, high } = intervalOf(random);
    if (low <= truth && truth <= high) held++;
  }
  return held / SERIES;
}

/** A bootstrap over starts, then rounds: the 2.5 % and 97.5 % percentiles of 200 resampled medians. */
function bootstrap(random: NumpyRandom, starts: number[][]): { low: number; high: number } {
  const pick = <T>(values: T[]) => values[Math.floor(random.double() * values.length)];
  const medians = Array.from({ length: 200 }, () =>
    median(starts.map(() => pick(starts)).map((rounds) => median(rounds.map(() => pick(rounds))))),
  ).sort((a, b) => a - b);
  return { low: medians[4], high: medians[194] };
}

describe('Student’s t', () => {
  // From tables.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
  ])('with %d degrees of freedom leaves 5 %% beyond %f', (freedom, quantile) => {
    expect(studentQuantile(0.05, freedom)).toBeCloseTo(quantile, 3);
    expect(studentTails(quantile, freedom)).toBeCloseTo(0.05, 4);
  });

  it('leaves all beyond 0', () => {
    for (const freedom of [1, 2, 3, 4]) expect(studentTails(0, freedom)).toBeCloseTo(1);
  });
});

describe('an estimate', () => {
  const settings = Object.entries(SHIFTS).flatMap(([name, shift]) =>
    [3, 4, 5, 6, 8].map((count) => [name, count, shift] as const),
  );

  it.each(settings)('of starts with %s shifts, %d of them, holds the median in at least 93 %%', (_, count, shift) => {
    const held = coverage(shift, count, (random) => estimate(startsOf(random, shift, count)));
    expect(held).toBeGreaterThanOrEqual(0.93);
  });

  it('of four starts does so; a bootstrap over starts and rounds holds it too rarely', () => {
    const shift = SHIFTS.normal;
    const resampled = coverage(shift, 4, (random) =>
      bootstrap(
        random,
        Array.from({ length: 4 }, () => roundsOf(random, shift)),
      ),
    );
    expect(resampled).toBeLessThan(0.93);
  });

  it('of one start holds everything, and of equal starts a little', () => {
    expect(estimate([3])).toEqual({ median: 3, low: 0, high: Number.MAX_VALUE });
    const { median: middle, low, high } = estimate([3, 3, 3]);
    expect(middle).toBe(3);
    expect(low).toBeLessThan(3);
    expect(high).toBeGreaterThan(3);
  });

  // Ranks of the order statistics from tables of the sign test for 95 %.
  it.each([
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [10, 2, 9],
    [20, 6, 15],
    [100, 40, 61],
  ])('of %d starts lies between the %d. and the %d.', (count, low, high) => {
    const values = Array.from({ length: count }, (_, i) => count - i);
    expect(estimate(values)).toEqual({ median: (count + 1) / 2, low, high });
  });

  it('holds its own median', () => {
    const { median: middle, low, high } = estimate([1, 1, 1, 1, 100]);
    expect(low).toBeLessThanOrEqual(middle);
    expect(high).toBeGreaterThanOrEqual(middle);
  });
});

describe('a change', () => {
  const ROWS = 15;
  const COMPARISONS = 600;

  /** In how many comparisons of unchanged rows, except for the slowed ones, Holm finds `isSought`. */
  function share(shift: Draw, slowdowns: Map<number, number>, isSought: (told: boolean[]) => boolean): number {
    const random = new NumpyRandom(7);
    let found = 0;
    for (let n = 0; n < COMPARISONS; n++) {
      const chances = Array.from({ length: ROWS }, (_, row) =>
        chanceOf(changeOf(startsOf(random, shift, 6), startsOf(random, shift, 6, slowdowns.get(row)))),
      );
      if (isSought(holm(chances))) found++;
    }
    return found / COMPARISONS;
  }

  it.each(Object.entries(SHIFTS))('that is none is told in at most 5 %% of comparisons, with %s shifts', (_, shift) => {
    // Three standard errors of 600 comparisons.
    expect(share(shift, new Map(), (told) => told.includes(true))).toBeLessThanOrEqual(0.077);
  });

  it('of 10 % is found in at least 90 % if starts differ by 2 %', () => {
    const shift: Draw = (random) => 0.02 * random.normal();
    expect(share(shift, new Map([[3, 1.1]]), (told) => told[3])).toBeGreaterThanOrEqual(0.9);
  });

  it('of one start against many tells nothing', () => {
    const change = changeOf([1], [2, 2, 2, 2]);
    expect(change.change).toBeCloseTo(2);
    expect(chanceOf(change)).toBe(1);
    expect(smallestChange(change, 1)).toBe(1e6);
  });

  it('has a size from which it is found in 90 % of comparisons', () => {
    const random = new NumpyRandom(11);
    const shift = SHIFTS.normal;
    const sizes = Array.from({ length: 400 }, () =>
      smallestChange(changeOf(startsOf(random, shift, 6), startsOf(random, shift, 6)), ROWS),
    );
    const size = median(sizes);
    const found = share(shift, new Map([[3, size]]), (told) => told[3]);
    expect(found).toBeGreaterThan(0.8);
    expect(found).toBeLessThan(0.97);
  });
});

describe('Holm’s correction', () => {
  it('tightens by the number of chances that are left', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([true, false, false, true]);
    expect(holm([0.04])).toEqual([true]);
    expect(holm([])).toEqual([]);
  });
});
