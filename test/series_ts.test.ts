import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { read, refusal } from './series_files.ts';

const UNIVARIATE = `# A comment: with, everything
@problemName Days
@timeStamps false
@missing false
@univariate true
@equalLength true
@seriesLength 3
@classLabel true winter summer
@data
1,2,3:summer
4,5,6:winter
`;
const MULTIVARIATE = `@problemName Motions
@timestamps false
@dimensions 2
@classlabel true b a
@data
1,2,3:4,5,6:a
7,8,9:-1,-2.5,-3e0:b
`;

describe('a .ts file', () => {
  it('of one dimension has its classes in the order of the header', async () => {
    expect(await read('days.ts', UNIVARIATE)).toEqual({
      name: 'Days',
      samples: 2,
      timeSteps: 3,
      inputDim: 1,
      channelNames: ['channel 0'],
      x: Float64Array.of(1, 2, 3, 4, 5, 6),
      y: Float32Array.of(1, 0),
      target: { kind: 'class', name: 'label', classes: ['winter', 'summer'] },
    });
  });

  it('of several dimensions has its steps before its channels', async () => {
    const set = await read('motions.ts', MULTIVARIATE);
    expect(set).toMatchObject({ samples: 2, timeSteps: 3, inputDim: 2, channelNames: ['channel 0', 'channel 1'] });
    expect(set.x).toEqual(Float64Array.of(1, 4, 2, 5, 3, 6, 7, -1, 8, -2.5, 9, -3));
    expect(set.y).toEqual(Float32Array.of(1, 0));
  });

  it.each([
    ['a mark of byte order, CRLF and blanks', `\uFEFF${UNIVARIATE.replaceAll('\n', ' \r\n')}`, 'days.ts'],
    ['no end of line at the end', UNIVARIATE.trimEnd(), 'days.ts'],
    ['another ending', UNIVARIATE, 'days.txt'],
    ['comments and empty lines between the series', UNIVARIATE.replace('\n4', '\n\n# half\n4'), 'days.ts'],
  ])('is the same with %s', async (_, text, name) => {
    expect((await read(name, text)).x).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  });

  it('may have numbers to learn', async () => {
    const text = '@targetlabel true\n@data\n1,2:3\n4,5:-1.5\n';
    const { target, y } = await read('days.ts', text);
    expect({ target, y }).toEqual({ target: { kind: 'number', name: 'label' }, y: Float32Array.of(3, -1.5) });
  });

  it('may have classes that it does not declare', async () => {
    const { target } = await read('days.ts', '@classLabel true\n@data\n1:10\n2:9\n');
    expect(target).toMatchObject({ classes: ['9', '10'] });
  });

  it.each([
    [
      UNIVARIATE.replace('4,5,6', '4,5'),
      'row 11, channel 0: it has 2 time steps, but the header declares 3: correct one of them, or declare @equalLength false',
    ],
    [
      MULTIVARIATE.replace(':-1,-2.5,-3e0', ''),
      'row 7: it has 1 dimensions, but the header declares 2: correct one of them',
    ],
    [
      MULTIVARIATE.replace('@dimensions 2', '@dimensions 9007199254740993'),
      'a series has 9007199254740992 channels, 64 is the most: leave some out, or swap the axes if these are time steps',
    ],
    [
      MULTIVARIATE.replace('-2.5', 'x'),
      'row 7, channel 1, step 1: "x" is not a number: correct it, only the label may be text',
    ],
    [UNIVARIATE.replace(':winter', ''), 'row 11: it has no colon: write the values, a colon and the label'],
    [UNIVARIATE.replace(':winter', ':'), 'row 11, label: the label is missing (""): fill it in'],
    [
      UNIVARIATE.replace(':winter', ':spring'),
      'row 11, label: "spring" is not one of the classes ("winter", "summer"): correct it, or declare it',
    ],
    [
      UNIVARIATE.replace(':winter', ':summer'),
      'every series is of the class "summer": give series of two classes or more',
    ],
    [UNIVARIATE.replace('winter summer', '1 1.0'), 'row 8: a class is declared twice ("1", "1"): declare each once'],
    [
      UNIVARIATE.replace('true winter summer', 'false'),
      'its header declares no label: give @classLabel true or @targetLabel true',
    ],
    [
      UNIVARIATE.replace('@timeStamps false', '@timeStamps true'),
      'row 3: its values have time stamps: write the values alone, with @timeStamps false',
    ],
    [
      UNIVARIATE.replace('@seriesLength 3', '@seriesLength -3'),
      'row 7: "-3" is not a number of steps or dimensions: give a whole number from 1',
    ],
    [
      UNIVARIATE.replace('@problemName', 'problemName'),
      'row 2: "problemName Days" stands before @data: begin the header\'s lines with @, comments with #',
    ],
    [UNIVARIATE.replace(/@data[\s\S]*/, ''), 'it has no line @data: put one before the series'],
    [UNIVARIATE.replace(/@data[\s\S]*/, '@data\n'), 'it holds no series: give one row or more'],
  ])('%# is refused', async (text, message) => {
    const sentence = await refusal('days.ts', text);
    expect(sentence).toBe(`invalid-file: days.ts${message.startsWith('row') ? ', ' : ': '}${message}`);
  });

  it('may have gaps, series of different lengths, channels that end early, and comments with %', async () => {
    const text = '%# one\n@equalLength false\n@classLabel true a b\n@data\n% two\n1,?,3:4,5:a\n?,7:8,NaN:b\n';
    const set = await read('days.ts', text);
    const gap = Number.NaN;
    expect([...set.x]).toEqual([1, 4, 1, 5, 3, 5, gap, 8, 7, 8, gap, gap]);
    expect(set).toMatchObject({ timeSteps: 3, lengths: Uint32Array.of(3, 2), filled: 4 });
  });

  it('holds what was written', async () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0);
    const shape = fc.record({
      samples: fc.integer({ min: 2, max: 9 }),
      steps: fc.integer({ min: 1, max: 9 }),
      channels: fc.integer({ min: 1, max: 4 }),
    });
    const sets = shape.chain(({ samples, steps, channels }) => {
      const size = samples * steps * channels;
      return fc.record({
        samples: fc.constant(samples),
        steps: fc.constant(steps),
        x: fc.array(value, { minLength: size, maxLength: size }),
      });
    });
    await fc.assert(
      fc.asyncProperty(sets, async ({ samples, steps, x }) => {
        const channels = x.length / samples / steps;
        const lines = Array.from({ length: samples }, (_, n) => {
          const parts = Array.from({ length: channels }, (_, d) =>
            Array.from({ length: steps }, (_, t) => x[(n * steps + t) * channels + d]).join(','),
          );
          return [...parts, n % 2].join(':');
        });
        const set = await read('days.ts', `@classLabel true 0 1\n@data\n${lines.join('\n')}\n`);
        expect(set).toMatchObject({ samples, timeSteps: steps, inputDim: channels });
        expect([...set.x]).toEqual(x);
      }),
    );
  });
});

describe('a .tsv file', () => {
  it('of the UCR archive has the label first, and classes however many', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => `${n - 1}\t${n}\t0.5`);
    const set = await read('Days_TRAIN.tsv', rows.join('\n'));
    expect(set).toMatchObject({ samples: 30, timeSteps: 2, inputDim: 1 });
    expect(set.x.subarray(0, 4)).toEqual(Float64Array.of(0, 0.5, 1, 0.5));
    expect(set.y).toEqual(Float32Array.from({ length: 30 }, (_, n) => n));
  });

  it('has NaN for the last value before it', async () => {
    const set = await read('Days_TRAIN.tsv', '1\t2\t3\n2\t4\tNaN\n');
    expect([...set.x]).toEqual([2, 3, 4, 4]);
    expect(set).toMatchObject({ filled: 1 });
  });

  it('with a header, or with its columns told, is a CSV file', async () => {
    expect((await read('days.tsv', 'a\tb\tlabel\n1\t2\tp\n3\t4\tq\n')).x).toEqual(Float64Array.of(1, 2, 3, 4));
    expect((await read('days.tsv', '1\t2\t0\n3\t4\t1\n', { label: -1 })).x).toEqual(Float64Array.of(1, 2, 3, 4));
  });
});
