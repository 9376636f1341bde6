import { describe, expect, it } from 'vitest';
import { Labels, type Task } from '../src/data/labels.ts';
import { LONGEST_NAME } from '../src/data/series_set.ts';
import { read, refusal } from './series_files.ts';

const csv = (labels: (string | number)[]) => labels.map((label, i) => `${i},"${label}"\n`).join('');
const learn = async (labels: (string | number)[], task?: Task) => {
  const { target, y } = await read('data.csv', csv(labels), { task, header: false });
  return { kind: target.kind, classes: target.kind === 'class' ? target.classes : [], y: [...y] };
};
const numbered = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('labels', () => {
  it('are classes in numeric order when they are few whole numbers, in whatever way they are written', async () => {
    expect(await learn([10, 9, '1.0', '1e1', '01'])).toEqual({
      kind: 'class',
      classes: ['1', '9', '10'],
      y: [2, 1, 0, 2, 0],
    });
    expect(await learn([-1, 1])).toEqual({ kind: 'class', classes: ['-1', '1'], y: [0, 1] });
    expect((await learn(numbered(20))).kind).toBe('class');
  });

  it('are numbers when they are many, or fractions', async () => {
    expect(await learn(numbered(21))).toEqual({ kind: 'number', classes: [], y: numbered(21) });
    expect(await learn([1, 2, '0.5'])).toEqual({ kind: 'number', classes: [], y: [1, 2, 0.5] });
  });

  it('are classes by code point when one is text', async () => {
    expect((await learn([2, 10, 'b', 'B', 'ä'])).classes).toEqual(['10', '2', 'B', 'b', 'ä']);
    expect((await learn(['\u{1F600}', '\uFB01', 'a', 'ab'])).classes).toEqual(['a', 'ab', '\uFB01', '\u{1F600}']);
    expect((await learn(['__proto__', 'constructor', 'none'])).classes).toEqual(['__proto__', 'constructor', 'none']);
  });

  it('are ordered by their first letter that differs', async () => {
    for (const labels of [
      ['ab', 'aa', 'a'],
      ['a', 'aa', 'ab'],
    ]) {
      expect((await learn(labels)).classes).toEqual(['a', 'aa', 'ab']);
    }
    expect((await learn(['a', 'a\u0000'])).classes).toEqual(['a', 'a\u0000']);
  });

  it('are the classes that the file declares, in its order, unless numbers are asked for', () => {
    const targetOf = (classes: string[], task?: Task, texts = ['1.5', '0.5']) => {
      const labels = new Labels({ name: 'label', task, classes, where: () => ['data.ts'] });
      for (const [row, text] of texts.entries()) labels.add(text, row);
      const { target, y } = labels.finish();
      return [target, [...(y ?? [])]];
    };
    const declared = { kind: 'class', name: 'label', classes: ['1.5', '0.5', '7'] };
    expect(targetOf(declared.classes)).toEqual([declared, [0, 1]]);
    expect(targetOf(declared.classes, 'classification')).toEqual([declared, [0, 1]]);
    const seasons = { ...declared, classes: ['summer', 'winter'] };
    expect(targetOf(seasons.classes, 'auto', ['winter', 'summer'])).toEqual([seasons, [1, 0]]);
    const tooLong = 'x'.repeat(LONGEST_NAME + 1);
    expect(targetOf(['1.5', tooLong], 'regression')).toEqual([{ kind: 'number', name: 'label' }, [1.5, 0.5]]);
    expect(() => targetOf(['1.5', '0.5', tooLong])).toThrow(/ letters, \d+ is the most for a class/);
  });

  it('may be as long as the longest name', async () => {
    const longest = 'x'.repeat(LONGEST_NAME);
    expect((await learn(['a', longest])).classes).toEqual(['a', longest]);
    expect(await refusal('data.csv', csv(['a', `${longest}x`]), { header: false })).toMatch(
      / letters, \d+ is the most/,
    );
  });

  it('are what they are told to be', async () => {
    const many = numbered(1001).map((n) => n + 0.5);
    expect(await learn(many, 'regression')).toEqual({ kind: 'number', classes: [], y: many });
    expect(await learn([0, 1], 'regression')).toEqual({ kind: 'number', classes: [], y: [0, 1] });
    expect((await learn([...numbered(30), 0.5], 'classification')).classes).toHaveLength(31);
  });

  it.each([
    [
      ['a', 'b'],
      'regression',
      'row 1, column 1: "a" is not a number: correct it, or choose classification if labels are classes',
    ],
    [
      [0.5, 'b'],
      'auto',
      'row 2, column 1: "b" is not a number: correct it, or choose classification if labels are classes',
    ],
    [
      [0.5, '1e400'],
      'auto',
      'row 2, column 1: "1e400" is not a number: correct it, or choose classification if labels are classes',
    ],
    [['a', 'nan'], 'auto', 'row 2, column 1: the label is missing ("nan"): fill it in'],
    [
      numbered(1001),
      'classification',
      'row 1001, column 1: "1000" is one class more than 1000, the most: take another column for the label',
    ],
    [['1', '1.0'], 'auto', 'column 1: every series is of the class "1": give series of two classes or more'],
  ] as const)('%# is refused', async (labels, task, message) => {
    expect(await refusal('data.csv', csv([...labels]), { task, header: false })).toBe(
      `invalid-file: data.csv, ${message}`,
    );
  });
});

describe('a test file', () => {
  const train = () => read('train.csv', 't0,t1,label\n1,2,3\n3,4,1\n5,6,2\n');

  it('has the classes of the training file, be it with one of them only', async () => {
    const like = await train();
    const set = await read('test.csv', 't0,t1,label\n1,2,2\n3,4,2.0\n', { like });
    expect(set.target).toEqual(like.target);
    expect([...set.y]).toEqual([1, 1]);
  });

  it('has numbers where the training file has', async () => {
    const like = await read('train.csv', '1,0.5\n2,1.5\n');
    expect((await read('test.csv', '1,3\n2,4\n', { like })).target.kind).toBe('number');
  });

  it('is padded to the length of the training series, also if all are equally short', async () => {
    const like = await read('train.csv', 'id,time,u,label\na,0,1,p\na,1,2,p\nb,0,3,q\nb,1,4,q\n');
    const set = await read('test.csv', 'id,time,u,label\na,0,5,p\nb,0,6,q\n', { like });
    expect([set.timeSteps, [...set.x], [...(set.lengths ?? [])]]).toEqual([2, [5, Number.NaN, 6, Number.NaN], [1, 1]]);
    expect(await refusal('test.csv', 'id,time,u,label\na,0,5,p\na,1,6,p\na,2,7,p\n', { like })).toMatch(
      /its series are \(3, 1\), .* or choose length 2 \(--length\), which cuts or pads them$/,
    );
    const cut = await read('test.csv', 'id,time,u,label\na,0,5,p\na,1,6,p\na,2,7,p\n', { like, length: 2 });
    expect([...cut.x]).toEqual([5, 6]);
  });

  it('is refused with another class or shape', async () => {
    const like = await train();
    expect(await refusal('test.csv', 't0,t1,label\n1,2,4\n', { like })).toBe(
      'invalid-file: test.csv, row 2, column "label": "4" is not one of the classes ("1", "2", "3"): correct it, or declare it',
    );
    expect(await refusal('test.csv', 't0,label\n1,2\n', { like })).toBe(
      'invalid-file: test.csv: its series are (1, 1), steps by channels, the training series (2, 1): give series of that shape, or choose length 2 (--length), which cuts or pads them',
    );
  });

  it('is refused with its channels in another order', async () => {
    const like = await read('train.csv', 'id,time,u,v,label\na,0,1,2,p\nb,0,3,4,q\n');
    expect(await refusal('test.csv', 'id,time,v,u,label\na,0,1,2,p\n', { like })).toBe(
      'invalid-file: test.csv: its channels are "v", "u", those of the training series "u", "v": give them the same order and names',
    );
  });
});
