import { describe, expect, it } from 'vitest';
import { asFailure } from '../src/errors.ts';
import { unnamedSeries } from '../src/formats/saved_model.ts';
import { type LabelledSeries, seriesSetOf, valuesOf } from '../src/library/labelled_series.ts';
import { type ModelConfig, modelOf } from '../src/model/config.ts';
import { read } from './series_files.ts';

// The forms in which a program gives series to the library, and what is said of others.

const [T, D] = [3, 2];
const ROW = [1, 2, 3, 4, 5, 6];
const STEPS = [
  [1, 2],
  [3, 4],
  [5, 6],
];

const made = (change: Partial<ModelConfig> = {}) => {
  const config = modelOf({ timeSteps: T, inputDim: D, units: 4, singleAttentionVector: false, ...change });
  return { config, series: unnamedSeries(config) };
};

/** The values of series of any form, as plain numbers. */
const values = (x: unknown, model = made()) => [...valuesOf('series', x as { x: number[] }, model)];

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    const { code, message } = asFailure(error);
    return `${code}: ${message}`;
  }
  throw new Error('it was taken');
}

describe('series', () => {
  it.each([
    ['a flat list', [...ROW, ...ROW]],
    ['a flat list in x', { x: [...ROW, ...ROW] }],
    ['a list of each series’ values', [ROW, ROW]],
    ['a list of each series’ steps', { x: [STEPS, STEPS] }],
    ['both', [STEPS, ROW]],
    ['float32', Float32Array.of(...ROW, ...ROW)],
    ['float64', { x: Float64Array.of(...ROW, ...ROW) }],
    ['integers', Int16Array.of(...ROW, ...ROW)],
    ['bytes', Uint8ClampedArray.of(...ROW, ...ROW)],
    ['typed arrays in a list', [Float32Array.of(...ROW), Int32Array.of(...ROW)]],
    ['steps in typed arrays', [STEPS.map((step) => Float64Array.of(...step)), STEPS]],
  ])('are taken as %s', (_, x) => {
    expect(values(x)).toEqual([...ROW, ...ROW]);
  });

  it.each([
    [[], 'series has 0 values, and a series has 3 · 2: give (N, 3, 2) as a flat list, or a list for each series'],
    [
      [1, 2, 3],
      'series has 3 values, and a series has 3 · 2: give (N, 3, 2) as a flat list, or a list for each series',
    ],
    [[[]], 'series has 0 values in x[0]: give 3 steps of 2 channels, as the model takes them'],
    [STEPS, 'series has 2 values in x[0]: give 3 steps of 2 channels, as the model takes them'],
    [[ROW, [1, 2]], 'series has 2 values in x[1]: give 3 steps of 2 channels, as the model takes them'],
    [[STEPS, STEPS.slice(1)], 'series has 2 steps in x[1]: give 3 steps of 2 channels, as the model takes them'],
    [[[[1, 2], [3], [5, 6]]], 'series has 1 values in x[0][1]: give 2, one for each channel'],
    [[[[1, 2], 3, [5, 6]]], 'series has a number in x[0][1]: give a list for each step'],
    [[ROW, 7], 'series has a number in x[1]: give a list for each series'],
    [[1, 2, 3, 4, 5, '6'], 'series has the text "6" in x[5]: give numbers alone'],
    [[['1', 2, 3, 4, 5, 6]], 'series has the text "1" in x[0][0]: give numbers alone'],
    [
      [
        [
          [1, 2],
          [3, null],
          [5, 6],
        ],
      ],
      'series has nothing in x[0][1][1]: give numbers alone',
    ],
    [BigInt64Array.of(1n, 2n), 'series has the bigint 1 in x[0]: give numbers alone'],
    [[1, 2, [3], 4, 5, 6], 'series has a list in x[2]: give numbers alone'],
    [{ x: 'abc' }, 'series has the text "abc" in x: give (N, 3, 2) as a flat list, or a list for each series'],
    [{ x: new ArrayBuffer(8) }, 'series has an object in x: give (N, 3, 2) as a flat list, or a list for each series'],
    [{ X: ROW }, 'series has nothing in x: give (N, 3, 2) as a flat list, or a list for each series'],
    [undefined, 'series is nothing: give { x }, the values of the series'],
    [Promise.resolve(), 'series is a promise, which await resolves: give { x }, the values of the series'],
    ['series.csv', 'series is the text "series.csv": give { x }, the values of the series'],
    [ROW.with(3, Number.NaN), 'series has NaN in series 0, step 1, channel 1: leave the series out, or fill the gap'],
    [ROW.with(0, 1e300), 'series has 1e+300 in series 0, step 0, channel 0: leave the series out, or fill the gap'],
  ])('are refused as %o', (x, sentence) => {
    expect(refusal(() => values(x))).toBe(`invalid-option: ${sentence}`);
  });

  it('of one channel are lists of steps', () => {
    const one = made({ inputDim: 1 });
    expect(
      values(
        [
          [1, 2, 3],
          [[4], [5], [6]],
        ],
        one,
      ),
    ).toEqual(ROW);
    expect(refusal(() => values([[1, 2, 3, 4]], one))).toBe(
      'invalid-option: series has 4 steps in x[0]: give 3, as the model takes them',
    );
  });

  it('of a file have gaps, and the shape and channels of the model', async () => {
    const set = await read(
      'new.csv',
      'id,time,a,b,label\n1,0,,2,x\n1,1,3,4,x\n1,2,5,6,x\n2,0,1,2,y\n2,1,3,4,y\n2,2,5,6,y\n',
    );
    const model = made();
    expect(values(set, model)).toEqual([Number.NaN, ...ROW.slice(1), ...ROW]);
    const shorter = made({ timeSteps: 2 });
    expect(refusal(() => values(set, shorter))).toMatch(/^invalid-file: new.csv: its series are \(3, 2\), steps by/);
    const other = { ...model, series: { ...model.series, channelNames: ['b', 'a'] } };
    expect(refusal(() => values(set, other))).toMatch(/^invalid-file: new.csv: its channels are "a", "b", those of/);
  });
});

describe('labels', () => {
  const set = (series: object, change: Partial<ModelConfig> = {}) =>
    seriesSetOf('series', { x: [ROW, ROW], y: undefined, ...series } as object as LabelledSeries, made(change));

  it.each([[[0, 1]], [Uint8Array.of(0, 1)], [Float64Array.of(0, 1)]])('are taken as %o', (y) => {
    expect([...set({ y }).y]).toEqual([0, 1]);
  });

  const next = 'give an index of a class, or a number, for each series';
  it.each([
    [{}, `series has nothing in y: ${next}`],
    [{ y: 1 }, `series has a number in y: ${next}`],
    [{ y: [[0], [1]] }, `series has a list in y[0]: ${next}`],
    [{ y: ['up', 'down'] }, `series has the text "up" in y[0]: ${next}`],
    [{ y: [0n, 1n] }, `series has the bigint 0 in y[0]: ${next}`],
    [{ y: [0, null] }, `series has nothing in y[1]: ${next}`],
    [{ y: [0] }, 'series has 1 labels for 2 series: give one for each'],
    [{ y: [0, 2] }, 'series has the label 2 for series 1: give a class from 0 to 1'],
    [
      { y: [0, 1], target: { kind: 'number', name: 'y' } },
      'series has numbers as labels, and the model predicts 2 classes: make the model by configFor(series)',
    ],
    [
      { y: [0, 1], target: { kind: 'class', name: 'y', classes: ['a', 'b', 'c'] } },
      'series has 3 classes as labels, and the model predicts 2 classes: make the model by configFor(series)',
    ],
  ])('are refused as %o', (series, sentence) => {
    expect(refusal(() => set(series))).toBe(`invalid-option: ${sentence}`);
  });

  it('have the names of the model’s classes, in its order, unless one of both has none', () => {
    const target = (classes: string[]) => ({ kind: 'class' as const, name: 'label', classes });
    const taught = (classes: string[]) => ({ ...made(), series: { ...made().series, target: target(classes) } });
    const given = (classes?: string[]) => ({ x: [ROW, ROW], y: [0, 1], ...(classes && { target: target(classes) }) });
    for (const [classes, known] of [
      [
        ['up', 'down'],
        ['up', 'down'],
      ],
      [
        ['0', '1'],
        ['up', 'down'],
      ],
      [
        ['up', 'down'],
        ['0', '1'],
      ],
      [undefined, ['up', 'down']],
    ] as const) {
      expect([...seriesSetOf('series', given(classes && [...classes]), taught([...known])).y]).toEqual([0, 1]);
    }
    expect(refusal(() => seriesSetOf('series', given(['down', 'up']), taught(['up', 'down'])))).toBe(
      'invalid-option: series has the classes "down", "up", the model "up", "down": read the file with like: model.series',
    );
  });
});
