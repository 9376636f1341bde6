import { describe, expect, it } from 'vitest';
import { idColumn, timeColumn } from '../src/data/column_names.ts';
import { CsvColumns } from '../src/data/csv_columns.ts';
import { isHeader } from '../src/data/csv_header.ts';
import type { CsvTable } from '../src/data/csv_options.ts';
import { type CsvRow, csvRows } from '../src/data/csv_rows.ts';
import type { ReadOptions } from '../src/data/series_formats.ts';
import { asFailure } from '../src/errors.ts';
import { chunked, read } from './series_files.ts';

const columnsOf = (names: string[]) => new CsvColumns('data.csv', { number: 1, cells: names }, names);

describe('a CSV file', () => {
  // [text, options, layout, label, id, time]
  it.each([
    ['id,time,v,label', {}, 'long', 3, 0, 1],
    ['ID, Time ,v,label', {}, 'long', 3, 0, 1],
    ['id,v,w,label', {}, 'wide', 3, 0, undefined],
    ['v,time,w,label', {}, 'long', 3, undefined, 1],
    ['id,v,w,label', { time: 'v' }, 'long', 3, 0, 1],
    ['v,time,w,label', { id: 'v' }, 'long', 3, 0, 1],
    ['id,time,v,label', { layout: 'wide' }, 'wide', 3, 0, undefined],
    ['sample,timestamp,v,w', {}, 'long', 3, 0, 1],
    ['class,v,w,u', {}, 'wide', 0, undefined, undefined],
    ['v, Target ,w,u', {}, 'wide', 1, undefined, undefined],
    ['y,class,v,label', {}, 'wide', 3, undefined, undefined],
    ['v,y,w,z', {}, 'wide', 1, undefined, undefined],
    ['x,y,v,w', {}, 'wide', 3, undefined, undefined],
    ['x,y,class,w', {}, 'wide', 2, undefined, undefined],
    ['7,8,9,6', { header: false }, 'wide', 3, undefined, undefined],
  ] satisfies [string, ReadOptions, CsvTable['layout'], number, number?, number?][])(
    'finds the columns of %s with %j',
    async (header, options, layout, label, id, time) => {
      const tables: CsvTable[] = [];
      const found = (table: CsvTable) => tables.push(table);
      await read('data.csv', `${header}\n1,2,3,4\n5,6,7,8\n`, { ...options, found }).catch(asFailure);
      expect(tables).toEqual([expect.objectContaining({ layout, label, id, time })]);
    },
  );

  it('knows the usual names of id and time', () => {
    for (const name of ['id', 'series', 'series_id', 'sample', 'sample_id']) {
      expect(idColumn(['v', name.toUpperCase()])).toBe(1);
    }
    for (const name of ['time', 't', 'step', 'time_step', 'timestamp']) {
      expect(timeColumn(['v', name])).toBe(1);
    }
    expect([idColumn(['v', 'w']), timeColumn(['v', 'w'])]).toEqual([undefined, undefined]);
  });

  // [first row, second row, whether the first is a header]
  it.each([
    ['a,b,c', '1,2,x', true],
    ['a,1,c', '1,2,x', false],
    ['?,b,c', '1,2,x', false],
    [' - ,b,c', '1,2,x', false],
    ['NaN,b,c', '1,2,x', false],
    ['N/A,b,c', '1,2,x', false],
    ['nah,b,c', '1,2,x', true],
    ['anan,b,c', '1,2,x', true],
    ['a,b,1', '1,2,x', true],
    ['a,b,c', 'x,y,z', false],
    ['a,b,c', '', false],
    ['0,1,label', '5,6,x', true],
    ['1,2, Label ', '5,6,x', true],
    ['2,3,label', '5,6,x', true],
    ['0,2,label', '5,6,x', true],
    ['1,1,label', '5,6,x', true],
    ['0,1,kind', '5,6,x', false],
    ['0,1,target', '', true],
    ['label,1,2', 'x,5,6', true],
  ])('with the rows %s and %s begins with a header or not', (first, second, header) => {
    const rowOf = (text: string, number: number) => ({ number, cells: text.split(',') });
    expect(isHeader(rowOf(first, 1), second === '' ? [] : [rowOf(second, 2)])).toBe(header);
  });

  // [column, its number; undefined if there is no such column]
  it.each([
    ['t1', 1],
    ['2', 2],
    [2, 2],
    [0, 0],
    [-1, 3],
    ['-4', 0],
    [-5, undefined],
    [4, undefined],
    ['a1', undefined],
    ['1a', undefined],
    ['10', undefined],
    ['1.0', undefined],
    ['', undefined],
    ['T1', undefined],
  ])('has the column %j or not', (choice, at) => {
    const columns = columnsOf(['t0', 't1', 't2', 'label']);
    if (at !== undefined) expect(columns.find(choice)).toBe(at);
    else expect(() => columns.find(choice)).toThrow(`data.csv has no column "${choice}": choose one of its 4`);
  });

  it('takes a name before a number', () => {
    const columns = columnsOf(['2', '0', 'a']);
    expect([columns.find('0'), columns.find(0), columns.find('1')]).toEqual([1, 0, 1]);
    expect(columns.titles).toEqual(['2', '0', 'a']);
    expect(() => columnsOf(['a', 'b'.repeat(1000)])).not.toThrow();
  });

  it('has the rows that are complete, wherever a chunk ends', async () => {
    const text = 'a;"1\n2";x\n \n\nb;"3""";y\n"d"  ;5;w\n"c";4;z';
    for (const size of [1, 2, 3, 5, 100]) {
      const rows: CsvRow[] = [];
      for await (const part of csvRows('data.csv', chunked(text, size), ';')) rows.push(...part.rows);
      expect(rows).toEqual([
        { number: 1, cells: ['a', '1\n2', 'x'] },
        { number: 4, cells: ['b', '3"', 'y'] },
        { number: 5, cells: ['d', '5', 'w'] },
        { number: 6, cells: ['c', '4', 'z'] },
      ]);
    }
  });

  it.each(['1,a\n2,b\n3,"c"d\n4,e\n', '1,a\n2,b\n3,"c"d"\n4,e\n'])(
    'names the row of the quote in %j that is not closed, wherever a chunk ends',
    async (text) => {
      for (const size of [1, 2, 3, 5, 100]) {
        const all = async () => {
          for await (const { rows } of csvRows('data.csv', chunked(text, size))) void rows;
        };
        await expect(all()).rejects.toThrow('data.csv, row 3: a quoted text is not closed');
      }
    },
  );

  it('has the delimiter that divides its rows evenly, of whole rows if there are any', async () => {
    const delimiterOf = async (text: string, size: number) => {
      for await (const { delimiter } of csvRows('data.csv', chunked(text, size))) return delimiter;
      return undefined;
    };
    expect(await delimiterOf('1;2,5;3\n4;5;6\n', 100)).toBe(';');
    expect(await delimiterOf('1|2|3', 100)).toBe('|');
    // The chunk ends in a row whose commas are part of a text.
    expect(await delimiterOf('1\t2\n3\t4\n5\t"a,b,c,d,e', 17)).toBe('\t');
    expect(await delimiterOf('word\n', 100)).toBe(',');
    expect(await delimiterOf('1;a\n\n2;b\n', 100)).toBe(';');
  });
});
