import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ColumnChoice } from '../src/data/csv_columns.ts';
import { DELIMITERS } from '../src/data/csv_rows.ts';
import { readSeries } from '../src/data/read_series.ts';
import type { ReadOptions, SeriesFile } from '../src/data/series_formats.ts';
import type { SeriesSet } from '../src/data/series_set.ts';
import { fuzz, readOrRefused } from './fuzz.ts';
import { type Mutation, mutate, mutationsWith, tokensOf } from './mutations.ts';
import { bytesOf, type Npy, npy, seriesFile } from './series_files.ts';

const X: Npy = { descr: '<f4', shape: [3, 4, 2], data: bytesOf(Float32Array.from({ length: 24 }, (_, i) => i / 4)) };
const Y: Npy = { descr: '<i8', shape: [3], data: bytesOf(BigInt64Array.of(0n, 1n, 0n)) };
const LABELS: Npy = {
  descr: '<U4',
  shape: [3],
  data: new Uint8Array(48).fill(0x61, 0, 1).fill(0x62, 16, 17).fill(0x61, 32, 33),
};
const TS =
  '# c\n@problemName p\n@dimensions 2\n@seriesLength 3\n@classLabel true a b\n@data\n1,2,3:4,5,6:a\n7,8,9:-1,0,1e1:b\n';

/** Files by their formats. `of` is the number of files that the format has here. */
const FILES: [name: string, bytes: Uint8Array, of: number][] = [
  ['wide.csv', strToU8('\uFEFFt0,t1,label\r\n1,2.5,"a"\r\n-3,4e2,b\r\n5,6,"c, ""d"""\r\n'), 3],
  ['long.csv', strToU8('id;time;u;v;label\na;0;1;2;p\na;1;3;4;p\nb;0;5;6;q\nb;1;7;8;q\n'), 3],
  ['ucr.tsv', strToU8('1\t0.5\t-2\t3\n2\t1\t2\t3\n1\t4\t5\t6\n'), 3],
  ['motions.ts', strToU8(TS), 1],
  ['x.npy', npy(X), 2],
  ['stored.npz', zipSync({ 'x.npy': npy({ ...X, fortran: true }), 'y.npy': npy(Y) }, { level: 0 }), 2],
  ['deflated.npz', zipSync({ 'x.npy': npy({ ...X, version: 2 }), 'y.npy': npy(LABELS) }), 2],
];

/** Wrong texts in files. */
const TOKENS = [
  '',
  '\n',
  '\r',
  '"',
  ',',
  ':',
  '@data\n',
  '@classLabel true ',
  '#',
  '\uFEFF',
  '\0',
  '__proto__',
  'constructor',
  'NaN',
  '?',
  '-inf',
  '1e999',
  '0x1',
  '9223372036854775808',
  '-1',
  '(2,)',
  "'|O'",
  "'<U999999'",
  'True',
  'PK\x01\x02',
];
const tokens = tokensOf(TOKENS);
const mutations = mutationsWith(tokens);

/** Reads the file: a whole set of finite numbers, or undefined. */
async function check(file: SeriesFile, labels: SeriesFile, options: ReadOptions = {}): Promise<SeriesSet | undefined> {
  const set = await readOrRefused(file.blob.size + labels.blob.size, () => readSeries(file, { ...options, labels }), [
    'invalid-file',
    'invalid-option',
  ]);
  if (!set) return undefined;
  const { x, y, samples, timeSteps, inputDim } = set;
  expect(x.length).toBe(samples * timeSteps * inputDim);
  expect(y.length).toBe(samples);
  expect(x.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)).toBe(false);
  expect(y.every(Number.isFinite)).toBe(true);
  // Short series are padded.
  expect(x.length).toBeLessThanOrEqual(20 * file.blob.size);
  return set;
}

describe('a damaged file', () => {
  const labels = seriesFile('y.npy', npy(Y));

  it.each(FILES)('like %s is read if nothing is damaged', async (name, bytes) => {
    expect(await check(seriesFile(name, new Uint8Array(bytes)), labels)).toBeDefined();
  });

  for (const [name, bytes, of] of FILES) {
    const damaged = (changes: Mutation[]) => check(seriesFile(name, mutate(bytes, changes)), labels);
    fuzz(`like ${name} is read or refused in a sentence`, mutations, damaged, { of });
  }

  const x = seriesFile('x.npy', npy(X));
  fuzz(
    'may be the labels',
    fc.tuple(fc.constantFrom(Y, LABELS), mutations),
    ([y, changes]) => check(x, seriesFile('y.npy', mutate(npy(y), changes))),
    { of: 2 },
  );

  const column = fc.option(fc.constantFrom<ColumnChoice>('id', 'time', 'label', 't0', 'u', 'x', 0, 1, -1, 99, ''), {
    nil: undefined,
  });
  const choices = fc.record(
    {
      label: column,
      id: column,
      time: column,
      channels: fc.array(fc.constantFrom('u', 'v', 't1', 2), { maxLength: 3 }),
      header: fc.boolean(),
      layout: fc.constantFrom('wide', 'long'),
      delimiter: fc.constantFrom(...DELIMITERS),
      decimal: fc.constantFrom('.', ','),
      length: fc.integer({ min: 1, max: 8 }),
      channelsFirst: fc.boolean(),
      arrays: fc.record({ x: fc.constantFrom('x', 'y', 'z', undefined), y: fc.constantFrom('x', 'y', undefined) }),
      task: fc.constantFrom('auto', 'classification', 'regression'),
    },
    { requiredKeys: [] },
  );
  fuzz(
    'may be read with any choices',
    fc.tuple(fc.constantFrom(...FILES), choices, mutations),
    ([[name, bytes], options, changes]) => check(seriesFile(name, mutate(bytes, changes)), labels, options),
  );

  const names = fc.constantFrom('a.csv', 'a.tsv', 'a.ts', 'a.npy', 'a.npz', 'a');
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc.string({ unit: 'binary', maxLength: 500 }).map((text) => strToU8(text)),
    fc.array(tokens, { maxLength: 50 }).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part]))),
  );
  fuzz('may be anything', fc.tuple(names, contents), ([name, bytes]) =>
    check(seriesFile(name, new Uint8Array(bytes)), labels),
  );
});
