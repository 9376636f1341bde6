import { describe, expect, it } from 'vitest';
import { EXPERIMENT } from '../src/model/config.ts';
import type { Schedule } from '../src/settings/schedule.ts';
import { LearningRate, Standstill } from '../src/train/learning_rate.ts';

const record = (loss: number, valLoss?: number) => ({ epoch: 1, seconds: 1, loss, accuracy: 1, valLoss });

/** The rate of every epoch of a run with these losses, and of the next one. */
function ratesOf(schedule: Schedule | undefined, losses: number[]): number[] {
  const rate = new LearningRate({ ...EXPERIMENT, learningRate: 1, epochs: losses.length, schedule });
  return [
    rate.next,
    ...losses.map((loss) => {
      rate.saw(record(loss));
      return rate.next;
    }),
  ];
}

describe('the learning rate', () => {
  it('stays without a schedule', () => {
    expect(ratesOf(undefined, [3, 2])).toEqual([1, 1, 1]);
  });

  it('falls by a factor every few epochs', () => {
    const schedule: Schedule = { kind: 'step', everyEpochs: 2, factor: 0.5 };
    expect(ratesOf(schedule, [5, 4, 3, 2])).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });

  it('goes along half a cosine to zero', () => {
    const rates = ratesOf({ kind: 'cosine' }, [5, 4, 3, 2]);
    expect(rates[0]).toBe(1);
    expect(rates[1]).toBeCloseTo(0.5 * (1 + Math.SQRT1_2), 12);
    expect(rates[2]).toBeCloseTo(0.5, 12);
    expect(rates[4]).toBeCloseTo(0, 12);
  });

  it('goes down on every plateau, and counts anew after each', () => {
    const schedule: Schedule = { kind: 'plateau', patience: 2, factor: 0.1 };
    const rates = ratesOf(schedule, [5, 5, 6, 5, 5, 1, 1]);
    const powers = [0, 0, 0, 1, 1, 2, 2, 2];
    rates.forEach((rate, epoch) => {
      expect(rate).toBeCloseTo(0.1 ** powers[epoch], 12);
    });
  });
});

describe('a standstill', () => {
  it('counts since the smallest validation loss, or loss', () => {
    const standstill = new Standstill();
    const epochsAfter = (...losses: [number, number?]) => {
      standstill.saw(record(...losses));
      return standstill.epochs;
    };
    expect(epochsAfter(1, 5)).toBe(0);
    expect(epochsAfter(0.5, 6)).toBe(1);
    expect(epochsAfter(0.4, 5)).toBe(2);
    expect(epochsAfter(0.4, 4.9)).toBe(0);
  });

  it('counts a loss that is not a number as no improvement', () => {
    const standstill = new Standstill();
    standstill.saw(record(Number.NaN));
    expect(standstill.epochs).toBe(1);
  });
});
