import { describe, expect, it } from 'vitest';
import { chosenOf } from '../src/bench/tuner.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';

describe('the chosen tile', () => {
  it('is the quickest one that is told apart and more than 5 % better', () => {
    expect(
      chosenOf([
        [100, 101, 102],
        [80, 81, 82],
        [90, 91, 92],
      ]),
    ).toBe(1);
  });

  it('is the preferred one if another is hardly better, or better by chance', () => {
    expect(
      chosenOf([
        [100, 101, 102],
        [97, 97, 97],
      ]),
    ).toBe(0);
    expect(
      chosenOf([
        [100, 60, 140],
        [80, 120, 70],
      ]),
    ).toBe(0);
  });

  it('is the quickest by more than 5 % if a single round cannot tell', () => {
    expect(chosenOf([[100], [50]])).toBe(1);
    expect(chosenOf([[100], [96]])).toBe(0);
  });

  it('is never one whose timer failed, unless all did', () => {
    const failed = [Number.NaN, Number.NaN, Number.NaN];
    expect(chosenOf([failed, [50, 51, 52]])).toBe(1);
    expect(chosenOf([failed, failed])).toBe(0);
    expect(chosenOf([])).toBe(0);
  });

  it('is the same in at least 95 % of starts if two are equal', () => {
    const random = new NumpyRandom(5);
    const rounds = () => [0, 0, 0, 0, 0].map(() => 100 * Math.exp(0.05 * random.normal()));
    const chosen = Array.from({ length: 500 }, () => chosenOf([rounds(), rounds()]));
    expect(chosen.filter((index) => index === 0).length).toBeGreaterThan(475);
  });
});
