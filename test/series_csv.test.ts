import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from '../src/data/bytes.ts';
import type { CsvTable } from '../src/data/csv_options.ts';
import { DELIMITERS } from '../src/data/csv_rows.ts';
import { classBalance } from '../src/data/series_set.ts';
import { read, refusal } from './series_files.ts';

const WIDE = 't0,t1,t2,label\n1,2,3,walk\n4,5,6,run\n7,8,9,walk\n';
const LONG = 'id,time,x,y,activity\na,0,1,2,walk\na,1,3,4,walk\nb,0,5,6,run\nb,1,7,8,run\n';

describe('a wide CSV file', () => {
  it('has one row a series, classes by code point', async () => {
    const set = await read('data.csv', WIDE);
    expect(set).toEqual({
      name: 'data.csv',
      samples: 3,
      timeSteps: 3,
      inputDim: 1,
      channelNames: ['channel 0'],
      x: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
      y: Float32Array.of(1, 0, 1),
      target: { kind: 'class', name: 'label', classes: ['run', 'walk'] },
    });
    expect(classBalance(set)).toEqual([
      { name: 'run', count: 1, share: 1 / 3 },
      { name: 'walk', count: 2, share: 2 / 3 },
    ]);
  });

  it.each([
    ['a mark of byte order', `\uFEFF${WIDE}`],
    ['CRLF', WIDE.replaceAll('\n', '\r\n')],
    ['CR', WIDE.replaceAll('\n', '\r')],
    ['both ends of line', WIDE.replace('\n', '\r\n')],
    ['no end of line at the end', WIDE.trimEnd()],
    ['empty lines', WIDE.replaceAll('\n', '\n\n')],
    ['semicolons', WIDE.replaceAll(',', ';')],
    ['tabs', WIDE.replaceAll(',', '\t')],
    ['bars', WIDE.replaceAll(',', '|')],
    ['blanks', WIDE.replaceAll(',', ' , ')],
    ['quotes', WIDE.replaceAll('walk', '"walk"').replace('t0', '"t0"').replace('5', '"5"')],
    ['no header', WIDE.replace(/.*\n/, '')],
  ])('is the same with %s', async (_, text) => {
    const set = await read('data.csv', text);
    expect(set.x).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(set.y).toEqual(Float32Array.of(1, 0, 1));
    expect(set.target).toMatchObject({ classes: ['run', 'walk'] });
  });

  it('keeps a quoted delimiter, quote and line break in a label', async () => {
    const { target } = await read('data.csv', '1,"a,""b""\nc"\n2,d\n');
    expect(target).toMatchObject({ classes: ['a,"b"\nc', 'd'] });
  });

  it.each([
    ['by name', 'a,b,c\n1,0,3\n4,1,6\n', 'b'],
    ['by number', '1,0,3\n4,1,6\n', 1],
    ['from the end', '1,0,3\n4,1,6\n', -2],
    ['by a number as text', '1,0,3\n4,1,6\n', '1'],
    ['called y in any case', 'a,Y,c\n1,0,3\n4,1,6\n', undefined],
    ['called class, before the last', 'a,Class,c\n1,0,3\n4,1,6\n', undefined],
    ['by a name that is a number', '5,1,0\n1,0,3\n4,1,6\n', '1'],
  ])('takes the label %s', async (_, text, label) => {
    const header = /^5/.test(text) ? true : undefined;
    const set = await read('data.csv', text, { label, header });
    expect(set.x).toEqual(Float64Array.of(1, 3, 4, 6));
    expect(set.y).toEqual(Float32Array.of(0, 1));
  });

  it('takes a first row for a header only if no series would be lost', async () => {
    expect((await read('data.csv', '0,1,2,y\n1,2,3,0\n4,5,6,1\n')).samples).toBe(2);
    expect((await read('data.csv', '1,2,3,y\n1,2,3,up\n4,5,6,down\n')).samples).toBe(2);
    expect((await read('data.csv', '3,5,y\n1,2,n\n4,5,y\n')).samples).toBe(3);
    expect((await read('data.csv', '9,8,x\n1,2,p\n4,5,q\n', { header: true })).samples).toBe(2);
    expect(await refusal('data.csv', '1,oops,3,a\n4,5,6,b\n')).toBe(
      'invalid-file: data.csv, row 1, column 1: "oops" is not a number: correct it, only the label may be text',
    );
    expect(await refusal('data.csv', 't0,t1,kind\n1,2,a\n3,4,b\n', { header: false })).toBe(
      'invalid-file: data.csv, row 1, column 0: "t0" is not a number: correct it, only the label may be text',
    );
  });

  it('does not care where the chunks are cut', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i / 2},${-i / 8},"ä ""${i % 3}"""`);
    const set = await read('data.csv', rows.join('\r\n'));
    expect(rows.join('\r\n').length).toBeGreaterThan(2 * CHUNK_BYTES);
    expect(set.samples).toBe(60_000);
    expect(set.x).toEqual(Float64Array.from({ length: 120_000 }, (_, i) => (i % 2 ? (1 - i) / 16 : i / 4)));
    expect(set.y).toEqual(Float32Array.from({ length: 60_000 }, (_, i) => i % 3));
  });

  it.each([
    ['', 'data.csv: it is empty: choose a file with series'],
    ['\n\n', 'data.csv: it holds no series: give one row or more'],
    ['t0,t1,label\n', 'data.csv: it holds no series: give one row or more'],
    ['1\n2\n', 'data.csv: it has one column: divide the steps and the label by , ; | blanks or tabs'],
    [
      't0,t1,label\n1,2,a\n3,b\n',
      'data.csv, row 3: it has 2 cells, but the first row has 3: bring all rows to one length',
    ],
    [
      't0,t1,label\n1,2,a\n\n3,4,5,b\n',
      'data.csv, row 4: it has 4 cells, but the first row has 3: bring all rows to one length',
    ],
    [
      't0,t1,label\n1,2,a\n3,abc,b\n',
      'data.csv, row 3, column "t1": "abc" is not a number: correct it, only the label may be text',
    ],
    ['1,2,a\n3,0x10,b\n', 'data.csv, row 2, column 1: "0x10" is not a number: correct it, only the label may be text'],
    ['1,2,a\n,NaN,b\n', 'data.csv, row 2: the series has no value: leave it out'],
    ['1,2,a\n3,-inf,b\n', 'data.csv, row 2, column 1: "-inf" is not finite: replace it, or leave the series out'],
    [
      '1,2,a\n3,1e39,b\n',
      'data.csv, row 2, column 1: "1e39" is beyond a float32, 3.4e38 at most: scale the values down',
    ],
    ['1.5;2;a\n0,5;2;b\n', 'data.csv, row 2, column 0: "0,5" is not a number: write decimals with a point'],
    ['1,2,a\n3,4,\n', 'data.csv, row 2, column 2: the label is missing (""): fill it in'],
    [
      'a,b,label\n1,2,up\n3,4,up\n',
      'data.csv, column "label": every series is of the class "up": give series of two classes or more',
    ],
    ['a,,label\n0,1,p\n1,2,q\n', 'data.csv, row 1: column 1 of the header has no name: name it'],
    [
      '1,"a\n2,b\n',
      'data.csv, row 1: a quoted text is not closed as it should be: end it with a quote, and double every quote in it',
    ],
    [
      '1,a\n2,"b"c\n3,a\n',
      'data.csv, row 2: a quoted text is not closed as it should be: end it with a quote, and double every quote in it',
    ],
    [
      `1,${'W'.repeat(1001)}\n2,b\n`,
      `data.csv, row 1, column 1: "${'W'.repeat(40)}…" has 1001 letters, 1000 is the most for a class: take another column for the label`,
    ],
    [
      `${'W'.repeat(1001)},label\n2,b\n`,
      `data.csv, row 1: "${'W'.repeat(40)}…" has 1001 letters, 1000 is the most for a column: give it a shorter name`,
    ],
    [
      `${'1,'.repeat(1025)}a\n`,
      'data.csv, row 1: a series has 1025 time steps, 1024 is the most (the attention kernel is (T, T)): cut it, keep one step in 2, or choose another column for the id',
    ],
    [
      `1,${'x'.repeat(50)}\u0000\ny${'y'.repeat(50)},b\n`,
      `data.csv, row 2, column 0: "${'y'.repeat(40)}…" is not a number: correct it, only the label may be text`,
    ],
  ])('%j is refused', async (text, message) => {
    expect(await refusal('data.csv', text)).toBe(`invalid-file: ${message}`);
  });

  it('refuses other encodings, and a row without an end', async () => {
    const noText = 'invalid-file: data.csv: it is not UTF-8 text: save it with the encoding UTF-8';
    expect(await refusal('data.csv', Uint8Array.of(0x31, 0x2c, 0xe4, 0x0a))).toBe(noText);
    expect(await refusal('data.csv', Uint8Array.of(0x31, 0x2c, 0xe2, 0x82))).toBe(noText);
    expect(await refusal('data.csv', Uint8Array.of(0xff, 0xfe, 0x31, 0x00))).toBe(
      'invalid-file: data.csv: it is UTF-16 text: save it with the encoding UTF-8',
    );
    expect(await refusal('data.csv', `1,"${'a'.repeat(5_000_000)}`)).toBe(
      'invalid-file: data.csv, row 1: it is longer than 4194304 characters: end every row with a line break, and close every quote',
    );
  });

  it.each([
    [WIDE, {}, { delimiter: ',', header: true, layout: 'wide', label: 3 }],
    [LONG, {}, { delimiter: ',', header: true, layout: 'long', label: 4, id: 0, time: 1 }],
    [
      '1;2;a\n3;4;b\n',
      {},
      { delimiter: ';', header: false, layout: 'wide', columns: ['column 0', 'column 1', 'column 2'] },
    ],
    ['1;2;a\n3;4;b\n', { header: true }, { header: true, columns: ['1', '2', 'a'] }],
  ])('tells what %j looks like', async (text, options, table) => {
    const tables: CsvTable[] = [];
    await read('data.csv', text, { ...options, task: 'auto', found: (it) => tables.push(it) }).catch(() => {});
    expect(tables).toHaveLength(1);
    expect(tables[0]).toMatchObject(table);
  });

  it('tells what a file looks like that cannot be read', async () => {
    const tables: CsvTable[] = [];
    const found = (table: CsvTable) => tables.push(table);
    expect(await refusal('data.csv', WIDE, { label: 'kind', found })).toMatch(/^invalid-option/);
    expect(await refusal('data.csv', WIDE, { layout: 'long', found })).toMatch(/no column that is called id/);
    expect(tables.map(({ columns }) => columns.at(-1))).toEqual(['label', 'label']);
  });

  it('takes the channels that were chosen, in the order of the file', async () => {
    const { channelNames, x } = await read('data.csv', LONG, { channels: ['y', 'x'] });
    const one = await read('data.csv', LONG, { channels: ['y'] });
    expect(channelNames).toEqual(['x', 'y']);
    expect(one.channelNames).toEqual(['y']);
    expect([...one.x]).toEqual([...x].filter((_, i) => i % 2 === 1));
    expect(await refusal('data.csv', LONG, { channels: ['id'] })).toMatch(/columns of data.csv is left for a channel/);
  });

  it('names the columns there are for one that there is not', async () => {
    expect(await refusal('data.csv', WIDE, { label: 'kind' })).toBe(
      'invalid-option: data.csv has no column "kind": choose one of its 4 by name or by number from 0: "t0", "t1", "t2", "label"',
    );
    expect(await refusal('data.csv', '1,2\n3,4\n', { label: 2 })).toBe(
      'invalid-option: data.csv has no column "2": choose one of its 2 by name or by number from 0',
    );
  });

  it('holds what was written', async () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    const series = fc.tuple(
      fc.array(value, { minLength: 3, maxLength: 3 }),
      fc.constantFrom('a', 'b,c', 'd"e', '__proto__'),
    );
    const sets = fc.array(series, { minLength: 1, maxLength: 20 });
    const style = fc.record({
      delimiter: fc.constantFrom(...DELIMITERS),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      header: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(sets, style, async (list, { delimiter, end, header }) => {
        const rows = [...list, [[0, -0, 1], 'z'] as const, [[0, 0, 0], 'a'] as const].map(([values, label]) =>
          [...values.map(String), `"${label.replaceAll('"', '""')}"`].join(delimiter),
        );
        const names = header ? [['a', 'b', 'c', 'label'].join(delimiter)] : [];
        const set = await read('data.csv', [...names, ...rows].join(end), { delimiter });
        expect([...set.x]).toEqual([...list.flatMap(([values]) => values), 0, 0, 1, 0, 0, 0].map((v) => v + 0));
        const { target } = set;
        if (target.kind !== 'class') throw new Error('texts are classes');
        expect(Array.from(set.y, (index) => target.classes[index])).toEqual([
          ...list.map(([, label]) => label),
          'z',
          'a',
        ]);
      }),
    );
  });
});

describe('a long CSV file', () => {
  it('has one row a step', async () => {
    expect(await read('data.csv', LONG)).toEqual({
      name: 'data.csv',
      samples: 2,
      timeSteps: 2,
      inputDim: 2,
      channelNames: ['x', 'y'],
      x: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      y: Float32Array.of(1, 0),
      ids: ['a', 'b'],
      target: { kind: 'class', name: 'activity', classes: ['run', 'walk'] },
    });
  });

  it('may have its columns chosen, in any order and without a header', async () => {
    const text =
      'walk,2024-01-01T00:00,1,a\nwalk,2024-01-01T01:00,2,a\nrun,2024-01-01T00:00,3,b\nrun,2024-01-01T01:00,4,b\n';
    const set = await read('data.csv', text, { id: 3, time: 1, label: 0, header: false });
    expect(set).toMatchObject({ samples: 2, timeSteps: 2, inputDim: 1, channelNames: ['column 2'] });
    expect(set.x).toEqual(Float64Array.of(1, 2, 3, 4));
  });

  it('is wide when told so', async () => {
    const text = 'id,time,v,kind\n1,2,5,a\n3,4,6,b\n';
    const { x, ids } = await read('data.csv', text, { layout: 'wide' });
    expect([x, ids]).toEqual([Float64Array.of(2, 5, 4, 6), ['1', '3']]);
  });

  it.each([
    [
      LONG.replace('b,1,', 'b,0,'),
      'data.csv, row 5, column "time": series "b" has two rows of one time: leave one out',
    ],
    [
      LONG.replace('7,8,run', '7,8,walk'),
      'data.csv, row 5, column "activity": the label is "walk", but series "b" began with "run": give a series one label',
    ],
    [LONG.replace('b,0', ',0'), 'data.csv, row 4, column "id": the id of the series is missing: fill it in'],
    [
      `id,time,v,label\n${Array.from({ length: 1025 }, (_, t) => `a,${t},0,p\n`).join('')}`,
      'data.csv, row 1026: series "a" has 1025 time steps, 1024 is the most (the attention kernel is (T, T)): cut it, keep one step in 2, or choose another column for the id',
    ],
    [
      `id,time,${'v,'.repeat(65)}label\na,0,${'1,'.repeat(65)}p\n`,
      'data.csv: a series has 65 channels, 64 is the most: leave some out, or swap the axes if these are time steps',
    ],
  ])('%# is refused', async (text, message) => {
    expect(await refusal('data.csv', text)).toBe(`invalid-file: ${message}`);
  });

  it('may have blanks around ids, times and labels', async () => {
    const text = 'id,time,v,label\na ,2024-01-01 ,1, p\n a, 2024-01-02,2,p \nb,2024-01-01,3,q\nb,2024-01-02,4,q\n';
    const { samples, x, target } = await read('data.csv', text);
    expect({ samples, x, target }).toEqual({
      samples: 2,
      x: Float64Array.of(1, 2, 3, 4),
      target: { kind: 'class', name: 'label', classes: ['p', 'q'] },
    });
  });

  // [an earlier time, a later one]
  it.each([
    ['9', '10'],
    ['-2', '-1'],
    ['9,5', '10,25'],
    ['9h', '600 min'],
    ['1500 ms', '2s'],
    ['9:59', '10:00'],
    ['9:59:59.5', '10:00:00'],
    ['11:59 am', '12:01 pm'],
    ['2024-01-09', '2024-01-10'],
    ['2024-1-9', '2024-01-10'],
    ['2024/01/09 9:00', '2024/01/09 10:00'],
    ['2024-01-09T23:00:00+02:00', '2024-01-09T22:00:00Z'],
    ['31.12.2023', '01.01.2024'],
    ['31.12.2023 23:59', '01.01.2024 00:00:01'],
    ['12/31/2023', '1/2/2024'],
    ['31/12/2023', '2/1/2024'],
    ['02/13/24 9:59', '02/13/24 10:00'],
  ])('has the time %j before %j, in whatever order its rows are', async (early, late) => {
    const rows = [`"a","${early}",1,p`, `"a","${late}",2,p`, `"b","${early}",3,q`, `"b","${late}",4,q`];
    for (const order of [
      [0, 1, 2, 3],
      [1, 0, 3, 2],
      [2, 0, 3, 1],
      [3, 1, 0, 2],
    ]) {
      const text = ['id,time,v,label', ...order.map((i) => rows[i])].join('\n');
      const { x, ids } = await read('data.csv', text);
      expect([...x]).toEqual(order[0] < 2 ? [1, 2, 3, 4] : [3, 4, 1, 2]);
      expect(ids).toEqual(order[0] < 2 ? ['a', 'b'] : ['b', 'a']);
    }
  });

  it.each([
    [['1', '1.0'], 'row 3, column "time": series "a" has two rows of one time: leave one out'],
    [['1', 'soon'], 'row 3, column "time": "soon" is no time: write numbers, h:mm:ss, or dates as 2024-12-31'],
    [['', '1'], 'row 2, column "time": "" is no time: write numbers, h:mm:ss, or dates as 2024-12-31'],
    [['1', '9:00'], 'row 3, column "time": "9:00" is a time of a day, and the times before are numbers'],
    [['2024-02-30', '2024-03-01'], 'row 2, column "time": "2024-02-30" is no time: write numbers, h:mm:ss, or dates'],
    [['03/04/2024', '05/06/2024'], 'column "time": "03/04/2024" may have the day or the month first: write dates as'],
    [['13/04/2024', '04/13/2024'], 'column "time": "13/04/2024" has no order of day and month that fits all: write'],
    [['23:59', '0:01'], 'row 3, column "time": the clock of series "a" passes midnight: give times with their date'],
    [['1 parsec', '2 parsec'], 'row 2, column "time": "1 parsec" is no time'],
  ])('with the times %j is refused', async ([first, second], message) => {
    const text = `id,time,v,label\na,${first},1,p\na,${second},2,p\n`;
    expect(await refusal('data.csv', text, { header: true })).toContain(`invalid-file: data.csv, ${message}`);
  });

  it('may have series of different lengths and gaps, which it counts', async () => {
    const text = 'id,time,v,w,label\na,0,1,?,p\na,1,,5,p\na,2,3,6,p\nb,0,7,8,q\n';
    const set = await read('data.csv', text);
    expect([...set.x]).toEqual([1, Number.NaN, 1, 5, 3, 6, 7, 8, ...Array(4).fill(Number.NaN)]);
    expect(set).toMatchObject({ filled: 2, lengths: Uint32Array.of(3, 1), timeSteps: 3 });
    const cut = await read('data.csv', text, { length: 2 });
    expect([...cut.x]).toEqual([1, Number.NaN, 1, 5, 7, 8, Number.NaN, Number.NaN]);
    expect(cut.lengths).toEqual(Uint32Array.of(2, 1));
  });

  it('needs rows, three columns of its own, and labels', async () => {
    const long = { layout: 'long', header: true } as const;
    expect(await refusal('data.csv', 'id,time,v,label\n', long)).toBe(
      'invalid-file: data.csv: it holds no series: give one row or more',
    );
    for (const chosen of [{ id: 'time' }, { label: 'id' }, { time: 'label' }, { channels: [] }]) {
      expect(await refusal('data.csv', LONG, { ...long, label: 'activity', ...chosen })).toMatch(
        chosen.time
          ? /has no column "label"/
          : /none of the 5 columns of data.csv is left for a channel|no column that is called/,
      );
    }
    expect(await refusal('data.csv', 'id,time,v,label\na,0,1,?\n', long)).toBe(
      'invalid-file: data.csv, row 2, column "label": the label is missing ("?"): fill it in',
    );
  });

  it('asks for the column that it does not find', async () => {
    expect(await refusal('data.csv', WIDE, { id: 't0', layout: 'long' })).toBe(
      'invalid-option: data.csv has no column that is called time: choose one of "t0", "t1", "t2", "label"',
    );
  });
});
