import { describe, expect, it } from 'vitest';
import { describeVerdict } from '../src/bench/compare.ts';
import { formatChange } from '../src/bench/figures.ts';
import { csvLine, csvOf, csvTable } from '../src/text/csv.ts';
import { formatClock, formatDuration } from '../src/text/duration.ts';
import { quote, quoteList } from '../src/text/quote.ts';

describe('durations', () => {
  it('are seconds below a minute, then a clock', () => {
    expect([0, 0.04, 7.44, 59.94].map(formatDuration)).toEqual(['0.0 s', '0.0 s', '7.4 s', '59.9 s']);
    expect([59.95, 60, 754.4, 3599.6, 3723].map(formatDuration)).toEqual([
      '1:00',
      '1:00',
      '12:34',
      '1:00:00',
      '1:02:03',
    ]);
  });

  it('as a clock are whole seconds, none below zero', () => {
    expect([-3, 0, 7.4, 59.6, 754, 3723, 36_000].map(formatClock)).toEqual([
      '0:00',
      '0:00',
      '0:07',
      '1:00',
      '12:34',
      '1:02:03',
      '10:00:00',
    ]);
  });
});

describe('comma-separated values', () => {
  it('quote what would be read as several cells, and leave absent values out', () => {
    expect(csvLine(['a', 1.5, undefined, 'x,y', 'say "no"', 'two\nlines', ''])).toBe(
      'a,1.5,,"x,y","say ""no""","two\nlines",\n',
    );
  });

  it('of objects have a column for each field', () => {
    expect(csvTable(['a', 'b'], [[1, 2], [3]])).toBe('a,b\n1,2\n3\n');
    expect(csvOf(['b', 'a'], [{ a: 1, b: 'x' }])).toBe('b,a\nx,1\n');
  });
});

describe('values in messages', () => {
  it('are in quotes and cut where they are texts, and short whatever they are', () => {
    expect([1, Number.NaN, true, undefined, null, 'a"b', [1], {}].map(quote)).toEqual([
      '1',
      'NaN',
      'true',
      'undefined',
      'null',
      '"a\\"b"',
      'object',
      'object',
    ]);
    expect(quote('x'.repeat(40))).toBe(`"${'x'.repeat(40)}"`);
    expect(quote('x'.repeat(41))).toBe(`"${'x'.repeat(40)}…"`);
  });

  it('are listed up to ten', () => {
    const names = Array.from({ length: 11 }, (_, i) => `n${i}`);
    expect(quoteList(names.slice(0, 2))).toBe('"n0", "n1"');
    expect(quoteList(names.slice(0, 10))).toMatch(/"n9"$/);
    expect(quoteList(names)).toMatch(/"n9" …$/);
  });
});

describe('changes', () => {
  it('are percents within a factor of two, and a factor beyond', () => {
    expect([1, 1.031, 0.95, 1.994, 0.506].map(formatChange)).toEqual(['+0 %', '+3 %', '−5 %', '+99 %', '−49 %']);
    expect([2, 0.5, 12.34].map(formatChange)).toEqual(['× 2.00', '× 0.500', '× 12.3']);
  });

  it('stand behind the verdict', () => {
    const row = { name: 'a', oldMs: 1, newMs: 1 };
    const slower = { ...row, verdict: 'slower', change: 1.12, smallest: 1.046 } as const;
    expect(describeVerdict(slower)).toBe('slower +12 %');
    const untold = { ...slower, verdict: 'not told apart' } as const;
    expect(describeVerdict(untold)).toBe('not told apart (5 %)');
    expect(describeVerdict({ ...untold, smallest: 2.5 })).toBe('not told apart (× 2.50)');
    expect(describeVerdict({ ...untold, smallest: 1e6 })).toBe('not told apart');
    expect(describeVerdict({ ...row, verdict: 'new' })).toBe('new');
  });
});
