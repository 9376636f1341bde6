import { describe, expect, it } from 'vitest';
import { worthOfTuning } from '../src/bench/tuning_worth.ts';

describe('tuning', () => {
  it('is worth it if the run is long beside the tiles', () => {
    // A run of 1,000 s of kernels, and five further tiles of a second each.
    const worth = worthOfTuning(10_000, { updateSeconds: 0.1, seconds: 1, further: 5 });
    expect(worth.isWorth).toBe(true);
    expect(worth.savedSeconds).toBeCloseTo(150, 6);
    expect(worth.tuningSeconds).toBe(5);
  });

  it('is not worth 19 s before a training of 15 s', () => {
    expect(worthOfTuning(150, { updateSeconds: 0.1, seconds: 19 / 6, further: 5 }).isWorth).toBe(false);
  });

  it('never takes as long as the whole run, whatever the figures', () => {
    for (const updates of [0, 1, 7, 1e3, 1e6]) {
      for (const updateSeconds of [1e-6, 1e-3, 1]) {
        for (const seconds of [1e-3, 1, 60]) {
          const worth = worthOfTuning(updates, { updateSeconds, seconds, further: 3 });
          expect(worth.savedSeconds).toBeLessThanOrEqual(updates * updateSeconds);
          expect(worth.isWorth).toBe(worth.tuningSeconds < worth.savedSeconds);
        }
      }
    }
  });

  it('costs nothing if there is no other tile, and so is worth nothing', () => {
    expect(worthOfTuning(0, { updateSeconds: 1, seconds: 1, further: 0 }).isWorth).toBe(false);
  });
});
