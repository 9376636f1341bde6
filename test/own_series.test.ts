import { describe, expect, it } from 'vitest';
import type { SeriesSet } from '../src/data/series_set.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { addressParameters, PAGE_DEFAULTS, readAddress } from '../src/page/address.ts';
import { readableOn } from '../src/page/color_scale.ts';
import { asSentence } from '../src/page/text.ts';
import { describeVerdict } from '../src/page/train/samples/verdict.ts';
import { assignFiles } from '../src/page/train/series/dropped_files.ts';
import { thin } from '../src/page/train/series/preview_figure.ts';
import { summarizeSeries } from '../src/page/train/series/series_summary.ts';
import { planExperiment, type TrainingPlan } from '../src/page/train/training_plan.ts';

describe('files that are dropped together', () => {
  const assign = (...names: string[]) => {
    const { left, ...places } = assignFiles(names.map((name) => ({ name })));
    const taken = Object.entries(places).map(([place, file]) => [place, file?.name]);
    return { ...Object.fromEntries(taken), left: left.map(({ name }) => name) };
  };

  it.each([
    [['a.csv'], { series: 'a.csv' }],
    [['Rain_TEST.ts'], { series: 'Rain_TEST.ts' }],
    [['Rain_TEST.ts', 'Rain_TRAIN.ts'], { series: 'Rain_TRAIN.ts', test: 'Rain_TEST.ts' }],
    [['contest_train.csv', 'contest_test.csv'], { series: 'contest_train.csv', test: 'contest_test.csv' }],
    [['model.safetensors', 'new.csv'], { series: 'new.csv', model: 'model.safetensors' }],
    [['M.SAFETENSORS'], { model: 'M.SAFETENSORS' }],
    [['x.npy', 'y.npy'], { series: 'x.npy', labels: 'y.npy' }],
    [['train_labels.npy', 'train.npy'], { series: 'train.npy', labels: 'train_labels.npy' }],
    [['y.npy'], { series: 'y.npy' }],
    [['energy.npy', 'x.npy'], { series: 'energy.npy', left: ['x.npy'] }],
    [['a.csv', 'b.csv'], { series: 'a.csv', left: ['b.csv'] }],
  ])('%j', (names, places) => {
    expect(assign(...names)).toEqual({ left: [], ...places });
  });
});

describe('a course of few points', () => {
  it('is the course itself where it is short', () => {
    expect(thin([3, 1, 2], 6)).toEqual([
      [0, 3],
      [1, 1],
      [2, 2],
    ]);
  });

  it('keeps every peak of a long one, in its order', () => {
    const values = new Float32Array(1000);
    values[333] = 5;
    values[334] = -7;
    values[999] = 2;
    const points = thin(values, 100);
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points).toContainEqual([333, 5]);
    expect(points).toContainEqual([334, -7]);
    expect(points.at(-1)).toEqual([999, 2]);
    const steps = points.map(([t]) => t);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });
});

describe('what is shown of series', () => {
  const set = (y: number[], target: SeriesSet['target']): SeriesSet => ({
    name: 'set.csv',
    samples: y.length,
    timeSteps: 2,
    inputDim: 1,
    channelNames: ['load'],
    x: Float32Array.from({ length: 2 * y.length }, (_, i) => i),
    y: Float32Array.from(y),
    target,
  });

  it('is the first series of each class that has one, six at most', () => {
    const classes = ['a', 'b', 'none', 'd', 'e', 'f', 'g', 'h'];
    const summary = summarizeSeries(set([1, 1, 0, 7, 6, 5, 4, 3], { kind: 'class', name: 'kind', classes }));
    expect(summary.previews.map(({ label, place }) => [label, place])).toEqual([
      ['a', 2],
      ['b', 0],
      ['d', 7],
      ['e', 6],
      ['f', 5],
      ['g', 4],
    ]);
    expect([...summary.previews[0].x]).toEqual([4, 5]);
    expect(summary.balance[1]).toEqual({ name: 'b', count: 2, share: 0.25 });
    expect(summary.numbers).toBeUndefined();
  });

  it('is the least, the middle and the greatest number', () => {
    const summary = summarizeSeries(set([0.1, 9, -4, 3, 2], { kind: 'number', name: 'load' }));
    expect(summary.previews.map(({ label, place }) => [label, place])).toEqual([
      ['-4', 2],
      ['2', 4],
      ['9', 1],
    ]);
    expect(summary.numbers?.max).toBe(9);
    const [only, ...others] = summarizeSeries(set([5], { kind: 'number', name: 'load' })).previews;
    expect([only.place, others]).toEqual([0, []]);
  });
});

describe('the address', () => {
  it('keeps every choice for own series, and reads it back', () => {
    const settings = {
      data: 'series' as const,
      values: {
        ...PAGE_DEFAULTS,
        units: 7,
        standardise: false,
        patience: 12,
        shuffle: false,
        l2: 0.1,
        clipNorm: 2,
        split: 'stratified' as const,
        classWeights: 'balanced' as const,
        schedule: { kind: 'plateau' as const, patience: 3, factor: 0.25 },
      },
    };
    const parameters = addressParameters('train', settings);
    expect([...parameters.keys()]).not.toContain('samples');
    expect(readAddress(parameters)).toEqual({ ...settings, view: 'train', run: false, refused: [] });
  });

  it('says nothing of them for the experiment, and has defaults', () => {
    const address = readAddress(new URLSearchParams('units=3'));
    expect(address.values).toEqual({ ...PAGE_DEFAULTS, units: 3 });
    expect([...addressParameters('train', address).keys()]).not.toContain('split');
  });

  it.each([
    ['data=mine', 'data is mine: give planted or series'],
    ['data=series&split=first', 'split is first: give auto, end, shuffled or stratified'],
    ['patience=0', 'patience is 0: give a whole number from 1 to 100000 (epochs without a smaller loss)'],
    ['split=end', 'split is a setting for own series: leave it out for the planted experiment'],
    ['samples=9&data=series', 'samples is a setting of the planted experiment: leave it out for own series'],
    [
      'schedule=step:1',
      'schedule step: factor is empty: give a number from 0 to 1 (the learning rate is multiplied by it)',
    ],
    ['data=series&standardise=perhaps', 'standardise is perhaps: give 1 or 0'],
    ['constructor=1', /^constructor is not a setting: the names are view, data, run, /],
  ])('%s is refused', (text, misfit) => {
    const { refused } = readAddress(new URLSearchParams(text));
    expect(refused).toEqual([typeof misfit === 'string' ? misfit : expect.stringMatching(misfit)]);
  });
});

describe('the verdict on a sample', () => {
  const settings = { data: 'planted' as const, values: PAGE_DEFAULTS };
  const experiment = planExperiment(settings);
  const own = (
    output: TrainingPlan['config']['output'],
    classes?: string[],
  ): Pick<TrainingPlan, 'config' | 'series'> => ({
    config: { ...EXPERIMENT, output },
    series: {
      timeSteps: 2,
      inputDim: 1,
      channelNames: ['load'],
      target: classes ? { kind: 'class', name: 'kind', classes } : { kind: 'number', name: 'kind' },
    },
  });

  it.each([
    [[0.25], 0, experiment, 'Probability of label 1: 0.2500. Predicted 0, the label is 0: right, now.'],
    [
      [0.25],
      1,
      own({ kind: 'binary' }, ['no', 'yes']),
      'Probability of no: 0.7500. Predicted no, the label is yes: wrong, now.',
    ],
    [
      [0.25, 0.625, 0.125],
      1,
      own({ kind: 'categorical', classes: 3 }, ['a', 'b', 'c']),
      'Probability of b: 0.6250. Predicted b, the label is b: right, now.',
    ],
    [[1.25], 1, own({ kind: 'regression' }), 'Predicted 1.250, the label is 1: 0.250 off, now.'],
  ])('%j', (outputs, label, plan, words) => {
    expect(describeVerdict({ outputs: Float64Array.from(outputs) }, label, plan, 'now')).toBe(words);
  });
});

it('texts on a heat map are of the colour that can be read', () => {
  const ramp = ['#ffffff', '#000000'];
  const colors = ['#111111', '#eeeeee'];
  expect([0, 0.4, 0.6, 1].map((value) => readableOn(value, 0, 1, ramp, colors))).toEqual([
    '#111111',
    '#111111',
    '#eeeeee',
    '#eeeeee',
  ]);
});

it('a sentence leaves the name of a file as it is', () => {
  expect(asSentence('data.csv: it is empty', 'data.csv')).toBe('data.csv: it is empty.');
  expect(asSentence('it is empty', 'data.csv')).toBe('It is empty.');
});
