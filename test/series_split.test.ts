import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classBalance, type SeriesSet } from '../src/data/series_set.ts';
import { arrangeForSplit, type SplitOrder, splitAt } from '../src/data/split.ts';
import { fitStandardisation, standardise } from '../src/data/standardisation.ts';
import { trainingSamples } from '../src/settings/check.ts';
import { SETTINGS } from '../src/settings/table.ts';

/** Series of two steps, of as many channels, that hold their number. */
function createSet(y: number[], inputDim = 1): SeriesSet {
  const classes = Array.from({ length: Math.max(...y) + 1 }, (_, c) => `class ${c}`);
  return {
    name: 'set',
    samples: y.length,
    timeSteps: 2,
    inputDim,
    channelNames: Array.from({ length: inputDim }, (_, d) => `channel ${d}`),
    x: Float32Array.from({ length: 2 * inputDim * y.length }, (_, i) => Math.floor(i / 2 / inputDim)),
    y: Float32Array.from(y),
    target: { kind: 'class', name: 'label', classes },
  };
}

const ORDERS = Object.keys(SETTINGS.split.choices) as SplitOrder[];

/** The number of each series, which all its values are. */
function numbersOf({ x, samples, timeSteps, inputDim }: SeriesSet): number[] {
  const size = timeSteps * inputDim;
  expect(x).toHaveLength(samples * size);
  return Array.from({ length: samples }, (_, n) => {
    const series = x.subarray(n * size, (n + 1) * size);
    expect([...series]).toEqual(new Array(size).fill(series[0]));
    return series[0];
  });
}

const counts = (set: SeriesSet) => classBalance(set).map(({ count }) => count);

describe('a split', () => {
  const set = createSet([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);

  it('takes the last for validation, as Keras does, and copies nothing', () => {
    expect(arrangeForSplit(set, 0.3, 'end', 1)).toBe(set);
    const { training, validation } = splitAt(set, trainingSamples(10, 0.3));
    expect([numbersOf(training), numbersOf(validation)]).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [7, 8, 9],
    ]);
    expect([training.samples, validation.samples, [...validation.y]]).toEqual([7, 3, [0, 1, 1]]);
    expect(validation.x.buffer).toBe(set.x.buffer);
  });

  it('is another with another seed, and the same with the same', () => {
    const order = (seed: number) => numbersOf(arrangeForSplit(set, 0.3, 'shuffled', seed));
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1)).not.toEqual(numbersOf(set));
  });

  it('keeps the channels of a series together', () => {
    const wide = createSet([0, 1, 0, 1, 0, 1], 3);
    const arranged = arrangeForSplit(wide, 0.5, 'shuffled', 2);
    expect(numbersOf(arranged)).toEqual([...(arranged.places ?? [])]);
    const { training, validation } = splitAt(arranged, 2);
    expect([...numbersOf(training), ...numbersOf(validation)]).toEqual(numbersOf(arranged));
    expect(training.samples).toBe(2);
  });

  it('shuffles series with numbers to predict, which have no classes', () => {
    const numbers: SeriesSet = { ...set, target: { kind: 'number', name: 'label' } };
    expect(numbersOf(arrangeForSplit(numbers, 0.3, 'shuffled', 1))).toEqual(
      numbersOf(arrangeForSplit(set, 0.3, 'shuffled', 1)),
    );
  });

  // [series of each class, share that validates, of which so many of each class]
  it.each([
    ['the largest remainders', [3, 2, 2], 0.4, [1, 1, 1]],
    ['a large class’s too', [5, 3], 0.37, [2, 1]],
    ['never a class’s last while another can be taken', [1, 1, 4], 0.5, [0, 0, 3]],
    ['the last ones when nothing else is left', [1, 1, 1], 0.6, [1, 1, 0]],
  ])('stratified takes %s', (_, sizes, share, expected) => {
    const y = sizes.flatMap((size, c) => new Array<number>(size).fill(c));
    const training = trainingSamples(y.length, share);
    const { validation } = splitAt(arrangeForSplit(createSet(y), share, 'stratified', 4), training);
    expect(counts(validation)).toEqual(expected);
  });

  it('gives every class its share when stratified', () => {
    for (const seed of [0, 1, 2]) {
      const { training, validation } = splitAt(arrangeForSplit(set, 0.5, 'stratified', seed), 5);
      expect([counts(training), counts(validation)]).toEqual([
        [4, 1],
        [4, 1],
      ]);
    }
  });

  it('leaves a class its last series to train on', () => {
    const rare = createSet([0, 1, 1, 1]);
    const { training } = splitAt(arrangeForSplit(rare, 0.5, 'stratified', 3), 2);
    expect(counts(training)).toEqual([1, 1]);
  });

  it('needs classes when stratified', () => {
    const numbers: SeriesSet = { ...set, target: { kind: 'number', name: 'label' } };
    const message = 'a stratified split needs classes, and set has numbers: shuffle it';
    expect(() => arrangeForSplit(numbers, 0.5, 'stratified', 0)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message }),
    );
  });

  it('loses no series and keeps its labels', () => {
    const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 });
    const share = fc.double({ min: 0, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(labels, share, fc.constantFrom(...ORDERS), fc.nat(), (y, validationSplit, order, seed) => {
        const arranged = arrangeForSplit(createSet(y), validationSplit, order, seed);
        const numbers = numbersOf(arranged);
        expect([...numbers].sort((a, b) => a - b)).toEqual(y.map((_, n) => n));
        expect([...arranged.y]).toEqual(numbers.map((n) => y[n]));
        if (order !== 'stratified') return;
        const { validation } = splitAt(arranged, trainingSamples(y.length, validationSplit));
        for (const [c, count] of counts(validation).entries()) {
          const share = (validation.samples * y.filter((label) => label === c).length) / y.length;
          expect(Math.abs(count - share)).toBeLessThan(1);
        }
      }),
    );
  });
});

describe('standardisation', () => {
  it('has a mean and a deviation for each channel, 1 for one that is the same throughout', () => {
    const x = Float32Array.of(1, 0.1, -5, 3, 0.1, 5);
    const fitted = fitStandardisation(x, 3);
    expect(fitted).toEqual({ mean: [2, Math.fround(0.1), 0], deviation: [1, 1, 5] });
    expect(standardise(x, fitted, new Float32Array(6))).toEqual(Float32Array.of(-1, 0, -1, 1, 0, 1));
    expect(x[0]).toBe(1);
    expect(standardise(x, JSON.parse(JSON.stringify(fitted)))).toBe(x);
    expect(x).toEqual(Float32Array.of(-1, 0, -1, 1, 0, 1));
  });

  it('of other series is that of the training series', () => {
    expect(standardise(Float32Array.of(10, 0), { mean: [4, 1], deviation: [2, 1] })).toEqual(Float32Array.of(3, -1));
  });

  it('gives any series the mean 0 and the deviation 1', () => {
    const value = fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 2 }), (rows) => {
        const x = Float32Array.from(rows.flat());
        const { mean, deviation } = fitStandardisation(standardise(x, fitStandardisation(x, 2)), 2);
        expect(x.every(Number.isFinite)).toBe(true);
        for (const channel of [0, 1]) {
          const same = rows.every((row) => Math.fround(row[channel]) === Math.fround(rows[0][channel]));
          expect(Math.abs(mean[channel])).toBeLessThan(1e-5);
          if (!same) expect(Math.abs(deviation[channel] - 1)).toBeLessThan(1e-5);
        }
      }),
    );
  });
});
