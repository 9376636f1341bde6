import { describe, expect, it } from 'vitest';
import type { SeriesSet } from '../src/data/series_set.ts';
import { formatSchedule, parseSchedule } from '../src/settings/schedule.ts';
import { predictionCsv, seriesAttentionCsv } from '../src/train/csv_lines.ts';
import { attentionByClass, meanAttention } from '../src/train/mean_attention.ts';
import type { Prediction } from '../src/train/predict.ts';
import { prepareSeries, type SeriesSettings } from '../src/train/prepare_series.ts';
import { measureErrors } from '../src/train/regression.ts';

const SETTINGS: SeriesSettings = {
  units: 4,
  singleAttentionVector: false,
  batchSize: 2,
  epochs: 3,
  learningRate: 0.01,
  seed: 5,
  validationSplit: 0.25,
  split: 'end',
  standardise: false,
};

/** Eight series of two steps; series n is n and 10 n. */
function createSet(y: number[], classes?: string[]): SeriesSet {
  return {
    name: 'set.csv',
    samples: y.length,
    timeSteps: 2,
    inputDim: 1,
    channelNames: ['load'],
    x: Float32Array.from({ length: 2 * y.length }, (_, i) => Math.floor(i / 2) * (i % 2 ? 10 : 1)),
    y: Float32Array.from(y),
    target: classes ? { kind: 'class', name: 'label', classes } : { kind: 'number', name: 'label' },
  };
}

const three = () => createSet([0, 1, 2, 0, 1, 2, 0, 0], ['a', 'b', 'c']);

describe('a run on labelled series', () => {
  it('has sizes and output of the series', () => {
    const { config, parts, set } = prepareSeries(three(), SETTINGS);
    expect(config).toEqual({
      timeSteps: 2,
      inputDim: 1,
      units: 4,
      singleAttentionVector: false,
      output: { kind: 'categorical', classes: 3 },
      batchSize: 2,
      epochs: 3,
      learningRate: 0.01,
      seed: 5,
    });
    expect(parts).toEqual({ training: 6, validation: 2, attention: { first: 6, count: 2 } });
    expect(set.places).toBeUndefined();
    expect(prepareSeries(createSet([0, 1], ['no', 'yes']), SETTINGS).config.output).toEqual({ kind: 'binary' });
    const all = prepareSeries(createSet([0.5, 1.5]), { ...SETTINGS, validationSplit: 0 });
    expect(all.config.output).toEqual({ kind: 'regression' });
    expect(all.parts).toEqual({ training: 2, validation: 0, attention: { first: 0, count: 2 } });
  });

  it('is standardised by the training part alone', () => {
    const set = createSet([0, 1, 0, 1], ['a', 'b']);
    set.x.set([1000, -1000], 6);
    const run = prepareSeries(set, { ...SETTINGS, standardise: true });
    // 0 0 1 10 2 20
    expect(run.standardisation?.mean).toEqual([5.5]);
    expect(run.standardisation?.deviation[0]).toBeCloseTo(Math.sqrt(323.5 / 6), 12);
    expect(run.set.x[0]).toBeCloseTo(-5.5 / Math.sqrt(323.5 / 6), 6);
    expect(prepareSeries(three(), SETTINGS).standardisation).toBeUndefined();
  });

  it('remembers where its series stand in the file', () => {
    const { set } = prepareSeries(three(), { ...SETTINGS, split: 'shuffled' });
    const places = Array.from(set.places ?? []);
    expect([...places].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(places).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(Array.from(set.x).filter((_, i) => i % 2 === 0)).toEqual(places);
  });

  it('weighs classes by the training part', () => {
    const { config } = prepareSeries(createSet([0, 0, 0, 1, 1, 1, 1, 1], ['a', 'b']), {
      ...SETTINGS,
      classWeights: 'balanced',
      patience: 4,
      schedule: { kind: 'cosine' },
    });
    expect(config.classWeights).toEqual([1, 1]);
    expect(config.patience).toBe(4);
    expect(config.schedule).toEqual({ kind: 'cosine' });
  });

  it.each([
    [{ validationSplit: 0.9 }, 'share 0.9 leaves none of 8 series to train on: give a smaller share'],
    [{ units: 0 }, 'units is 0: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))'],
    [{ classWeights: [1, 2] }, 'classWeights is 1,2, but there are 3 classes'],
  ])('%j is refused', (settings, message) => {
    const label = (name: string) => (name === 'validationSplit' ? 'share' : name);
    expect(() => prepareSeries(three(), { ...SETTINGS, ...settings }, label)).toThrow(message);
  });

  it('may be told how many series train, whatever the share says, and takes them in their order', () => {
    const settings: SeriesSettings = { ...SETTINGS, validationSplit: 0.9, split: 'shuffled', training: 3 };
    const read = three();
    const { parts, set } = prepareSeries(read, settings);
    expect(parts).toEqual({ training: 3, validation: 5, attention: { first: 3, count: 5 } });
    expect(set).toMatchObject({ samples: 8, y: read.y });
    expect(set.places).toBeUndefined();
  });

  it('balances no numbers', () => {
    expect(() => prepareSeries(createSet([0.5, 1.5]), { ...SETTINGS, classWeights: 'balanced' })).toThrow(
      'classWeights is for classes, but numbers are predicted',
    );
  });

  it('cannot balance a class that has no training series', () => {
    const set = createSet([0, 0, 0, 1], ['a', 'b']);
    const message =
      'classWeights balanced needs training series of every class: split stratified, or give no balanced weights';
    expect(() => prepareSeries(set, { ...SETTINGS, classWeights: 'balanced' })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message }),
    );
  });
});

describe('a schedule', () => {
  it.each(['cosine', 'step:10:0.5', 'plateau:3:0.1'])('%s is written as it was read', (text) => {
    expect(formatSchedule(parseSchedule('schedule', text))).toBe(text);
  });

  it.each([
    ['often', 'schedule is often: give cosine, step:EPOCHS:FACTOR, plateau:EPOCHS:FACTOR or constant'],
    ['step', 'schedule step: epochs is empty: give a whole number from 1 to 100000 (epochs)'],
    ['step:2.5:0.5', 'schedule step: epochs is 2.5: give a whole number'],
    ['plateau:3:$&', 'schedule plateau: factor is $&: give a number from 0 to 1'],
  ])('%s is refused', (text, message) => {
    expect(() => parseSchedule('schedule', text)).toThrow(message);
  });
});

describe('predictions', () => {
  const set: SeriesSet = { ...createSet([1, 0, 1], ['no', 'a "yes", perhaps']), places: Uint32Array.of(7, 3, 4) };
  const prediction: Prediction = {
    samples: 3,
    outputs: 1,
    values: Float32Array.of(0.75, 0.25, 0.5),
    attention: Float32Array.of(0.25, 0.75, 0.5, 0.5, 0.75, 0.25),
  };

  it('name the series by its place in the file, and quote what needs it', () => {
    expect([...predictionCsv(set, prediction)].join('')).toBe(
      [
        'series,label,predicted,probability no,"probability a ""yes"", perhaps"',
        '7,"a ""yes"", perhaps","a ""yes"", perhaps",0.25,0.75',
        '3,no,no,0.75,0.25',
        '4,"a ""yes"", perhaps",no,0.5,0.5',
        '',
      ].join('\n'),
    );
    const numbers = createSet([1, 2, 3]);
    expect([...predictionCsv(numbers, prediction)].slice(0, 2)).toEqual(['series,label,predicted\n', '0,1,0.75\n']);
    expect([...seriesAttentionCsv(set, prediction)].slice(0, 2)).toEqual([
      'series,channel,t0,t1\n',
      '7,load,0.25,0.75\n',
    ]);
  });

  it('have a mean attention, of all and of each class', () => {
    expect(meanAttention(set, prediction).values).toEqual([0.5, 0.5]);
    expect(attentionByClass(set, prediction, 3).map(({ values }) => values)).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
      [Number.NaN, Number.NaN],
    ]);
    const first = { ...set, y: Float32Array.of(0, 1, 1) };
    expect(attentionByClass(first, prediction, 2)[0]).toEqual({ timeSteps: 2, inputDim: 1, values: [0.25, 0.75] });
  });

  it('of numbers have errors', () => {
    const { meanAbsoluteError, rootMeanSquare, r2 } = measureErrors(Float32Array.of(1, 2, 6), Float32Array.of(1, 3, 5));
    expect(meanAbsoluteError).toBeCloseTo(2 / 3, 12);
    expect(rootMeanSquare).toBeCloseTo(Math.sqrt(2 / 3), 12);
    expect(r2).toBeCloseTo(1 - 2 / 8, 12);
    expect(measureErrors(Float32Array.of(1), Float32Array.of(2)).r2).toBeNaN();
  });
});
