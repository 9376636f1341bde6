import type { ReadOptions } from '../src/data/series_formats.ts';

// Tables as programs and people write them, each small.

export interface Kind {
  /** What the file is, for the document. */
  words: string;
  name: string;
  content: BlobPart;
  options?: ReadOptions;
}

export const value = (n: number, t: number) => (((n * 37 + t * t * 53 + t * 29) % 97) / 10 - 4.85).toFixed(2);
const steps = (n: number, count: number) => Array.from({ length: count }, (_, t) => value(n, t));
export const indices = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const classOf = (n: number) => (n % 2 ? 'fault' : 'good');

/** A row a series: `cells` gives the cells of series n. */
function wide(
  header: string[] | undefined,
  cells: (n: number) => (string | number)[],
  divider = ',',
  count = 6,
): string {
  const rows = indices(count).map((n) => cells(n).join(divider));
  return `${[...(header ? [header.join(divider)] : []), ...rows].join('\n')}\n`;
}

/** A row a step of four series: `cells` gives the cells of step t of series n. */
function long(header: string, cells: (n: number, t: number) => (string | number)[], divider = ','): string {
  const rows = indices(4).flatMap((n) => indices(3).map((t) => cells(n, t).join(divider)));
  return `${[header, ...rows].join('\n')}\n`;
}

const comma = (texts: string[]) => texts.map((text) => text.replace('.', ','));
export const plain = wide(['t0', 't1', 't2', 'label'], (n) => [...steps(n, 3), classOf(n)]);
const dated = (date: (n: number, t: number) => string) =>
  long('device_id,date,volts,label', (n, t) => [n, date(n, t), value(n, t), classOf(n)]);

export const TABLES: Kind[] = [
  {
    words: 'names of recordings first, without a header',
    name: 'names.csv',
    content: wide(undefined, (n) => [`rec_${n}.wav`, ...steps(n, 4), classOf(n)]),
  },
  {
    words: 'names of files and targets that are numbers',
    name: 'targets.csv',
    content: wide(['file', 't0', 't1', 't2', 'kW'], (n) => [`r${n}.wav`, ...steps(n, 3), 100.5 + n]),
  },
  {
    words: 'a header of numbers above many rows, some of which rise by chance',
    name: 'many.csv',
    content: wide(
      ['0', '1', '2', '3', '4', '5'],
      (n) => [...(n === 7 ? [1, 2, 3, 4, 5] : steps(n, 5)), n % 2],
      ',',
      60,
    ),
  },
  {
    words: 'a row a step, German: semicolons, decimal commas, dates',
    name: 'sensor.csv',
    content: long(
      'Kennung;Zeit;Druck [bar];Klasse',
      (n, t) => [`P${n}`, `${28 + t}.12.2024 08:00`, value(n, t).replace('.', ','), classOf(n)],
      ';',
    ),
  },
  {
    words: 'pandas with its index, whose column has no name',
    name: 'index.csv',
    content: wide(['', '0', '1', '2', '3', 'target'], (n) => [n, ...steps(n, 4), n % 2]),
  },
  {
    words: 'pandas read and written again',
    name: 'unnamed.csv',
    content: wide(['Unnamed: 0', 't0', 't1', 't2', 'outcome'], (n) => [n, ...steps(n, 3), classOf(n)]),
  },
  {
    words: 'pandas, neither index nor header',
    name: 'bare.csv',
    content: wide(undefined, (n) => [...steps(n, 4), classOf(n)]),
  },
  {
    words: 'a row number without a header',
    name: 'numbered.csv',
    content: wide(undefined, (n) => [n + 1, ...steps(n, 4), classOf(n)]),
  },
  {
    words: 'wavelengths that fall as a header',
    name: 'spectra.csv',
    content: wide(['4000', '3998.1', '3996.2', '3994.3', '3992.4', 'Class'], (n) => [...steps(n, 5), n % 3]),
  },
  {
    words: 'a header of indices from 1',
    name: 'ones.csv',
    content: wide(['1', '2', '3', '4', '5'], (n) => [...steps(n, 4), n % 2]),
  },
  {
    words: 'times with units as a header',
    name: 'units.csv',
    content: wide(['0ms', '10ms', '20ms', 'label'], (n) => [...steps(n, 3), classOf(n)]),
  },
  {
    words: 'UCR 2018, label first',
    name: 'Coffee_TRAIN.tsv',
    content: wide(undefined, (n) => [n % 2 ? 1 : -1, ...steps(n, 4)], '\t'),
  },
  {
    words: 'UCR 2015, label first, commas',
    name: 'Beef_TRAIN',
    content: wide(undefined, (n) => [(n % 3) + 1, ...steps(n, 5)]),
  },
  {
    words: 'UCR in blanks, one at the end of every row',
    name: 'Gun_TEST.txt',
    content: wide(undefined, (n) => [' ', n % 2 ? '1.0e+00' : '2.0e+00', ...steps(n, 4), ''], '  '),
  },
  {
    words: 'label first, with its name',
    name: 'first.csv',
    content: wide(['Class', 's1', 's2', 's3'], (n) => [classOf(n), ...steps(n, 3)]),
  },
  {
    words: 'label first, text, no header',
    name: 'first_text.csv',
    content: wide(undefined, (n) => [classOf(n), ...steps(n, 4)]),
  },
  { words: 'numbers alone, no column like a label', name: 'numbers.csv', content: wide(undefined, (n) => steps(n, 5)) },
  {
    words: 'the same with `--label -1`',
    name: 'numbers.csv',
    content: wide(undefined, (n) => steps(n, 5)),
    options: { label: -1 },
  },
  {
    words: 'ids of text and a label, German names',
    name: 'messung.csv',
    content: wide(['Kennung', 't0', 't1', 't2', 'Klasse'], (n) => [`K-0${n}`, ...comma(steps(n, 3)), classOf(n)], ';'),
  },
  {
    words: 'the same with `--id Kennung`',
    name: 'messung.csv',
    content: wide(['Kennung', 't0', 't1', 't2', 'Klasse'], (n) => [`K-0${n}`, ...comma(steps(n, 3)), classOf(n)], ';'),
    options: { id: 'Kennung' },
  },
  {
    words: 'a chosen id, a number that does not count',
    name: 'serial.csv',
    content: wide(['serial', 't0', 't1', 't2', 'label'], (n) => [4711 + n * 13, ...steps(n, 3), classOf(n)]),
    options: { id: 'serial' },
  },
  {
    words: 'Excel in German: `sep=;`, decimal commas',
    name: 'excel.csv',
    content: `sep=;\r\n${wide(['t0', 't1', 't2', 'label'], (n) => [...comma(steps(n, 3)), classOf(n)], ';').replaceAll('\n', '\r\n')}`,
  },
  {
    words: 'thousands with points, decimal commas',
    name: 'tausend.csv',
    content: wide(
      ['t0', 't1', 't2', 'label'],
      (n) => [...steps(n, 3).map((_, t) => `1.23${n}.${t}00,5`), classOf(n)],
      ';',
    ),
  },
  {
    words: 'thousands with commas, in quotes',
    name: 'thousands.csv',
    content: wide(['t0', 't1', 't2', 'label'], (n) => [...indices(3).map((t) => `"1,23${n}.${t}"`), classOf(n)]),
  },
  {
    words: 'tabs and decimal commas',
    name: 'tabs.txt',
    content: wide(['t0', 't1', 't2', 'label'], (n) => [...comma(steps(n, 3)), classOf(n)], '\t'),
  },
  {
    words: 'bars between cells',
    name: 'bars.csv',
    content: wide(['t0', 't1', 't2', 'label'], (n) => [...steps(n, 3), classOf(n)], '|'),
  },
  {
    words: 'a logger’s comments above the header',
    name: 'logger.csv',
    content: `# Logger 7, firmware 1.2\n# 100 Hz\n${plain}`,
  },
  { words: 'numpy.savetxt with a header', name: 'savetxt.csv', content: `# ${plain}` },
  { words: 'rows of commas below the series', name: 'empty_rows.csv', content: `${plain},,,\n,,,\n` },
  {
    words: 'a semicolon at the end of every row',
    name: 'trailing.csv',
    content: wide(undefined, (n) => [...steps(n, 4), classOf(n), ''], ';'),
  },
  { words: 'a byte order mark and CRLF', name: 'bom.csv', content: `\ufeff${plain.replaceAll('\n', '\r\n')}` },
  {
    words: 'two channels, one behind the other',
    name: 'blocks.csv',
    content: wide(['vib_0', 'vib_1', 'vib_2', 'temp_0', 'temp_1', 'temp_2', 'label'], (n) => [
      ...steps(n, 6),
      classOf(n),
    ]),
  },
  {
    words: 'two channels, step by step',
    name: 'steps.csv',
    content: wide(['x1', 'y1', 'x2', 'y2', 'x3', 'y3', 'class'], (n) => [...steps(n, 6), classOf(n)]),
  },
  {
    words: 'channels with points in their names',
    name: 'points.csv',
    content: wide(['acc.x.0', 'acc.x.1', 'acc.y.0', 'acc.y.1', 'label'], (n) => [...steps(n, 4), classOf(n)]),
  },
  {
    words: 'two channels of unequal lengths',
    name: 'uneven.csv',
    content: wide(['a_0', 'a_1', 'a_2', 'b_0', 'b_1', 'label'], (n) => [...steps(n, 5), classOf(n)]),
  },
  {
    words: 'a row a step, patient and seconds',
    name: 'patients.csv',
    content: long('patient,seconds,pulse,outcome', (n, t) => [`P${n}`, t * 0.5, value(n, t), classOf(n)]),
  },
  {
    words: 'a row a step, units of engines, no usual name of a label',
    name: 'engines.csv',
    content: long('unit_number,time_cycles,s1,s2,state', (n, t) => [
      n + 1,
      t + 1,
      value(n, t),
      value(t, n),
      classOf(n),
    ]),
  },
  {
    words: 'rows in the order of their times, series mixed',
    name: 'mixed.csv',
    content: `trial,t,v,label\n${indices(3)
      .flatMap((t) => indices(4).map((n) => `${n},${t},${value(n, t)},${classOf(n)}`))
      .join('\n')}\n`,
  },
  {
    words: 'rows that go back in time',
    name: 'backwards.csv',
    content: long('trial,t,v,label', (n, t) => [n, 10 - t, value(n, t), classOf(n)]),
  },
  {
    words: 'times with units in the cells',
    name: 'cells.csv',
    content: long('run,time,v,label', (n, t) => [n, ['900 ms', '1 s', '0.1 min'][t], value(n, t), classOf(n)]),
  },
  {
    words: 'ISO times of two zones',
    name: 'zones.csv',
    content: dated((_, t) => ['2024-05-01T10:00:00Z', '2024-05-01T12:00:01+02:00', '2024-05-01T10:00:02Z'][t]),
  },
  {
    words: 'US dates with AM and PM',
    name: 'us.csv',
    content: dated((_, t) => ['12/31/2024 11:59 AM', '12/31/2024 12:01 PM', '12/31/2024 1:00 PM'][t]),
  },
  {
    words: 'German dates over New Year',
    name: 'de.csv',
    content: dated((_, t) => ['30.12.2024 8:00', '31.12.2024 8:00', '01.01.2025 8:00'][t]),
  },
  {
    words: 'dates that may have day or month first',
    name: 'either.csv',
    content: dated((_, t) => ['01/02/2024', '02/01/2024', '03/04/2024'][t]),
  },
  {
    words: 'a clock that passes midnight',
    name: 'midnight.csv',
    content: dated((_, t) => ['23:59:59', '0:00:00', '0:00:01'][t]),
  },
  { words: 'days by their names', name: 'days.csv', content: dated((_, t) => ['Mon', 'Tue', 'Wed'][t]) },
  {
    words: 'a time twice in a series',
    name: 'twice.csv',
    content: long('id,time,v,label', (n, t) => [n, Math.min(t, 1), value(n, t), classOf(n)]),
  },
  {
    words: 'a label that changes within a series',
    name: 'changes.csv',
    content: long('id,time,v,label', (n, t) => [n, t, value(n, t), classOf(n + t)]),
  },
  {
    words: 'ids that repeat, no time',
    name: 'no_time.csv',
    content: long('subject,ax,ay,activity', (n, t) => [n, value(n, t), value(t, n), classOf(n)]),
  },
  {
    words: 'times, no id',
    name: 'no_id.csv',
    content: long('timestamp,ax,ay,activity', (n, t) => [n * 3 + t, value(n, t), value(t, n), classOf(n)]),
  },
  {
    words: 'gaps: `?`, `NaN` and an empty cell',
    name: 'gaps.csv',
    content: plain
      .replace(`${value(1, 1)},`, '?,')
      .replace(`${value(2, 1)},`, ',')
      .replace(`${value(3, 0)},`, 'NaN,'),
  },
  {
    words: 'a row a step, series of 3, 2, 3 and 3 steps',
    name: 'lengths.csv',
    content: long('id,time,v,label', (n, t) => [n, t, value(n, t), classOf(n)]).replace(/1,2,.*\n/, ''),
  },
  {
    words: 'the same with `--length 2`',
    name: 'lengths.csv',
    content: long('id,time,v,label', (n, t) => [n, t, value(n, t), classOf(n)]).replace(/1,2,.*\n/, ''),
    options: { length: 2 },
  },
  { words: 'a row that is shorter, cells cut off', name: 'cut.csv', content: plain.replace(/,[^,]*,good\n/, '\n') },
];
