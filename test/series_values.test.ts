import { describe, expect, it } from 'vitest';
import { describeNoFloat, fitsFloat, isMissing, parseDecimal } from '../src/data/decimal.ts';
import { allocateFloats, NumberList } from '../src/data/float_list.ts';
import { SeriesBuilder } from '../src/data/series_builder.ts';
import {
  classBalance,
  datasetOf,
  placesOf,
  type Ready,
  requireBounds,
  requireLike,
  requireSamples,
  type SeriesSet,
  shapeOf,
} from '../src/data/series_set.ts';
import { TsHeaderReader } from '../src/data/ts_header.ts';
import { asFailure } from '../src/errors.ts';

/** The message of what a call throws. */
function thrown(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return asFailure(error).message;
  }
  return undefined;
}

describe('a cell', () => {
  it.each([
    ['1', 1],
    [' -2.5e-3 ', -0.0025],
    ['+7', 7],
    ['.5', 0.5],
    ['007', 7],
    ['1e400', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['10', 10],
    ['0', 0],
    ['0.5', 0.5],
    ['', Number.NaN],
    ['  ', Number.NaN],
    ['0x10', Number.NaN],
    [' 0X10', Number.NaN],
    ['0b1', Number.NaN],
    ['0o7', Number.NaN],
    ['1_000', Number.NaN],
    ['abc', Number.NaN],
  ])('%j is this decimal number, or none', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  it.each(['', '  ', '?', '-', 'NaN', ' nan ', 'n/a', 'NA', 'null', 'None', 'missing'])('%j is missing', (text) => {
    expect(isMissing(text)).toBe(true);
  });

  it.each(['0', '??', 'x?', 'banana', 'nano', 'nullable', 'n//a', 'na x'])('%j is not missing', (text) => {
    expect(isMissing(text)).toBe(false);
  });

  it('fits a float32 up to 3.4e38', () => {
    expect([0, -3.4e38, 3.4e38].map(fitsFloat)).toEqual([true, true, true]);
    expect([Number.NaN, 3.5e38, -3.5e38, Number.POSITIVE_INFINITY].map(fitsFloat)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  const notText = 'is not a number: correct it, only the label may be text';
  const point = 'is not a number: write decimals with a point';
  const notFinite = 'is not finite: replace it, or leave the series out';
  it.each([
    ['', 'the value is missing: fill it in, or leave the series out'],
    ['  ', 'the value is missing: fill it in, or leave the series out'],
    [' ?', '" ?" stands for a missing value: fill it in, or leave the series out'],
    ['inf', `"inf" ${notFinite}`],
    [' -Infinity ', `" -Infinity " ${notFinite}`],
    ['+inf', `"+inf" ${notFinite}`],
    ['info', `"info" ${notText}`],
    ['xinf', `"xinf" ${notText}`],
    ['0,5', `"0,5" ${point}`],
    [' -12,25 ', `" -12,25 " ${point}`],
    ['+,5', `"+,5" ${point}`],
    ['0,', `"0," ${notText}`],
    ['x0,5', `"x0,5" ${notText}`],
    ['0,5x', `"0,5x" ${notText}`],
    ['word', `"word" ${notText}`],
    ['0x10', `"0x10" ${notText}`],
    ['1e39', '"1e39" is beyond a float32, 3.4e38 at most: scale the values down'],
  ])('%j is no value of a series, and the reader says why', (text, sentence) => {
    expect(describeNoFloat(text)).toBe(sentence);
  });
});

const SET: Ready<SeriesSet> = {
  name: 'set.csv',
  samples: 3,
  timeSteps: 2,
  inputDim: 1,
  channelNames: ['load'],
  x: Float32Array.of(1, 2, 3, 4, 5, 6),
  y: Float32Array.of(1, 0, 1),
  target: { kind: 'class', name: 'label', classes: ['a', 'b', 'c'] },
};

describe('a set of series', () => {
  it('has a shape, the data of a job, places, and shares of its classes', () => {
    const { name: _, samples, x, y, ...shape } = SET;
    expect(shapeOf(SET)).toEqual(shape);
    expect(datasetOf(SET)).toEqual({ samples, timeSteps: 2, inputDim: 1, x, y });
    expect(placesOf(SET)).toEqual(Uint32Array.of(0, 1, 2));
    expect(placesOf({ ...SET, places: Uint32Array.of(2, 0, 1) })).toEqual(Uint32Array.of(2, 0, 1));
    expect(classBalance(SET)).toEqual([
      { name: 'a', count: 1, share: 1 / 3 },
      { name: 'b', count: 2, share: 2 / 3 },
      { name: 'c', count: 0, share: 0 },
    ]);
    expect(classBalance({ ...SET, target: { kind: 'number', name: 'label' } })).toEqual([]);
  });

  it('is refused beyond the bounds, and not at them', () => {
    const steps = 'time steps, 1024 is the most (the attention kernel is (T, T)): cut it, or keep one step in';
    const channels = '64 is the most: leave some out, or swap the axes if these are time steps';
    const most = 'set.csv: it has more than 10000000 series, which is the most: split the file';
    expect(thrown(() => requireBounds(['set.csv'], 1024, 64))).toBeUndefined();
    expect(thrown(() => requireBounds(['set.csv'], 1025, 64))).toBe(`set.csv: a series has 1025 ${steps} 2`);
    expect(thrown(() => requireBounds(['set.csv'], 2049, 64))).toBe(`set.csv: a series has 2049 ${steps} 3`);
    expect(thrown(() => requireBounds(['set.csv'], 2048, 64))).toBe(`set.csv: a series has 2048 ${steps} 2`);
    expect(thrown(() => requireBounds(['set.csv'], 1, 65))).toBe(`set.csv: a series has 65 channels, ${channels}`);
    expect(thrown(() => requireSamples(['set.csv'], 10_000_000))).toBeUndefined();
    expect(thrown(() => requireSamples(['set.csv'], 10_000_001))).toBe(most);
  });

  const like = { ...shapeOf(SET), inputDim: 2, channelNames: ['u', 'v'] };
  const otherShape = (shape: string) =>
    `test.csv: its series are ${shape}, steps by channels, the training series (2, 2): give series of that shape`;
  const names = 'give them the same order and names';
  // [steps, names of the channels, sentence; none if they are like the training series]
  it.each([
    [2, ['u', 'v'], undefined],
    [2, ['channel 0', 'channel 1'], undefined],
    [2, ['v', 'u'], `test.csv: its channels are "v", "u", those of the training series "u", "v": ${names}`],
    [2, ['u', 'w'], `test.csv: its channels are "u", "w", those of the training series "u", "v": ${names}`],
    [3, ['u', 'v'], `${otherShape('(3, 2)')}, or choose length 2 (--length), which cuts or pads them`],
    [1, ['u', 'v'], `${otherShape('(1, 2)')}, or choose length 2 (--length), which cuts or pads them`],
    [2, ['u'], otherShape('(2, 1)')],
  ])('of %i steps with the channels %j may test the model or not', (timeSteps, channelNames, sentence) => {
    const shape = { timeSteps, inputDim: channelNames.length, channelNames };
    expect(thrown(() => requireLike(['test.csv'], shape, like))).toBe(sentence);
    const unnamed = { ...like, channelNames: ['channel 0', 'channel 1'] };
    if (timeSteps === 2 && channelNames.length === 2) {
      expect(thrown(() => requireLike(['test.csv'], shape, unnamed))).toBeUndefined();
    }
  });
});

it('a text of too many series names the row of the first one too many', () => {
  const builder = new SeriesBuilder('a.csv', ['u'], { name: 'label', where: () => ['a.csv'] });
  builder.push(1);
  builder.samples = 10_000_000;
  expect(thrown(() => builder.endSeries({ label: 'a', row: 7 }))).toBe(
    'a.csv, row 7: it has more than 10000000 series, which is the most: split the file',
  );
});

describe('a list of floats', () => {
  it('holds what was pushed, across its chunks, and is empty after it was taken', () => {
    const list = new NumberList(allocateFloats);
    for (const count of [0, 1, 1024, 1025, 5000]) {
      for (let i = 0; i < count; i++) list.push(i);
      expect(list).toHaveLength(count);
      expect(list.toArray()).toEqual(Float32Array.from({ length: count }, (_, i) => i));
      expect(list).toHaveLength(0);
    }
  });

  it('says how much memory it lacks', () => {
    expect(thrown(() => allocateFloats(2 ** 40))).toBe(
      'the series need 4194304 MiB in one piece: use fewer or shorter ones',
    );
  });
});

describe('the header of a .ts file', () => {
  const headerOf = (...lines: string[]) => {
    const reader = new TsHeaderReader('days.ts');
    const ends = lines.map((line, i) => reader.read(line, i + 1));
    return { ...reader.header, ends: ends.at(-1) };
  };

  it.each([
    ['@problemName Two words', { name: 'Two words' }],
    [`@problemname ${'x'.repeat(1001)}`, { name: 'x'.repeat(1000) }],
    ['@problemName', { name: undefined }],
    ['@timeStamps false', {}],
    ['@timeStamps', {}],
    ['@univariate true', { dimensions: 1 }],
    ['@univariate  true', { dimensions: 1 }],
    ['@univariate false', {}],
    ['@DIMENSIONS 3', { dimensions: 3 }],
    ['@dimension 2', { dimensions: 2 }],
    ['@seriesLength 1', { seriesLength: 1 }],
    ['@targetLabel TRUE', { task: 'regression' }],
    ['@targetLabel false', {}],
    ['@classLabel true', { task: 'classification' }],
    ['@classLabel true  b a', { task: 'classification', classes: ['b', 'a'] }],
    ['@classLabel true 1.0 2', { task: 'classification', classes: ['1', '2'] }],
    ['@classLabel false a b', {}],
    ['@equalLength true', { isUnequal: false }],
    ['@equalLength false', { isUnequal: true }],
  ])('has %s', (line, header) => {
    expect(headerOf(line)).toEqual({ ...header, ends: false });
  });

  it('ends at its data, and keeps the dimensions that it was told before', () => {
    expect(headerOf('@Data').ends).toBe(true);
    expect(headerOf('@dimensions 3', '@univariate true').dimensions).toBe(3);
  });

  const count = 'is not a number of steps or dimensions: give a whole number from 1';
  it.each([
    ['@timeStamps true', 'its values have time stamps: write the values alone, with @timeStamps false'],
    ['@seriesLength 0', `"0" ${count}`],
    ['@seriesLength x3', `"x3" ${count}`],
    ['@seriesLength 3x', `"3x" ${count}`],
    ['@seriesLength', `"" ${count}`],
    ['@dimensions 1.5', `"1.5" ${count}`],
    ['1,2:a', '"1,2:a" stands before @data: begin the header\'s lines with @, comments with #'],
    ['@classLabel true a b a', 'a class is declared twice ("a", "b", "a"): declare each once'],
  ])('cannot have %s', (line, sentence) => {
    expect(thrown(() => headerOf(line))).toBe(`days.ts, row 1: ${sentence}`);
  });
});
