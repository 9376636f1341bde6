import { describe, expect, it } from 'vitest';
import { readSeries } from '../src/data/read_series.ts';
import type { ReadOptions, SeriesFormat } from '../src/data/series_formats.ts';
import { linesOf, requireRowLength, textChunks } from '../src/data/text.ts';
import { asFailure } from '../src/errors.ts';
import { chunked, read, refusal, seriesFile } from './series_files.ts';

describe('a file of series', () => {
  // [name, content, options, format]
  it.each([
    ['a.csv', '1,2', {}, 'csv'],
    ['a.csv', 'PK', {}, 'npz'],
    ['a.NPZ', '1', {}, 'npz'],
    ['a.npz.csv', '1,2', {}, 'csv'],
    ['a.npy', '1', {}, 'npy'],
    ['a', '\u0001NUMPY', {}, 'npy'],
    ['a', 'NUMPY', {}, 'csv'],
    ['a', 'a,1\nNUMPY', {}, 'csv'],
    ['a.ts', '1,2', {}, 'ts'],
    ['a.ts.csv', '1,2', {}, 'csv'],
    ['a', '@data', {}, 'ts'],
    ['a', ' \n@data', {}, 'ts'],
    ['a', '# one\n# two\n \n@data', {}, 'ts'],
    ['a', '# one\n  # two\n@data', {}, 'ts'],
    ['a', 'x\n@data', {}, 'csv'],
    ['a', '# one\nx @data', {}, 'csv'],
    ['a', '# one\nx\n@data', {}, 'csv'],
    ['a', 'mail@data', {}, 'csv'],
    ['a.tsv', '1\t2\t3', {}, 'ucr'],
    ['a.tsv', '1\t2\tNaN\r\nx\ty\tz', {}, 'ucr'],
    ['a.tsv', '1\tx\t3', {}, 'csv'],
    ['a.tsv', 'x\t1\t3', {}, 'csv'],
    ['a.tsv', '1', {}, 'csv'],
    ['a.tsv', 'a', {}, 'csv'],
    ['a.tsv', '1\t2\t3', { header: false }, 'csv'],
    ['a.tsv', '1\t2\t3', { label: 0 }, 'csv'],
    ['a.txt', '1\t2\t3', {}, 'csv'],
    ['a.csv', '1,2', { format: 'ts' }, 'ts'],
  ] satisfies [string, string, ReadOptions, SeriesFormat][])(
    '%s with %j and %j has its format',
    async (name, content, options, format) => {
      const found: SeriesFormat[] = [];
      await read(name, content, { ...options, foundFormat: (one) => found.push(one) }).catch(asFailure);
      expect(found).toEqual([format]);
    },
  );

  it('of the UCR archive has its label first, and numbers only if they are asked for', async () => {
    const rows = '1.5\t1\t2\n0.5\t3\t4\n';
    expect((await read('a.tsv', rows)).target).toMatchObject({ kind: 'class', classes: ['0.5', '1.5'] });
    expect((await read('a.tsv', rows, { task: 'auto' })).target.kind).toBe('class');
    expect((await read('a.tsv', rows, { task: 'regression' })).target.kind).toBe('number');
    const labels: (number | undefined)[] = [];
    await read('a.tsv', rows, { found: ({ label }) => labels.push(label) });
    expect(labels).toEqual([0]);
  });

  it('that has gone says so', async () => {
    const { name, blob } = seriesFile('a.csv', '1,a\n2,b\n');
    const gone = Object.assign(blob, {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('it moved')) }),
    });
    const failure = await readSeries({ name, blob: gone }).catch(asFailure);
    expect(failure).toMatchObject({
      code: 'invalid-file',
      message: 'a.csv: it could not be read (it moved): choose it again',
    });
  });

  it('tells how much of it was read', async () => {
    const shares: number[] = [];
    await read('a.csv', '1,a\n2,b\n', { progress: (share) => shares.push(share) });
    expect(shares).toEqual([1]);
  });
});

describe('a text', () => {
  it.each([1, 2, 3, 4, 7, 100])('in chunks of %i bytes has one kind of line ends', async (size) => {
    let whole = '';
    for await (const text of textChunks('a.csv', chunked('\uFEFFä\r\nb\rc\n\r\r\n\r', size))) whole += text;
    expect(whole).toBe('ä\nb\nc\n\n\n\n');
    const lines: string[] = [];
    for await (const some of linesOf('a.csv', chunked('ä\r\nb\rc', size))) lines.push(...some);
    expect(lines).toEqual(['ä', 'b', 'c']);
  });

  it('has rows of 4 MiB at most, and names a longer one', async () => {
    expect(() => requireRowLength('a.ts', 3, 'x'.repeat(2 ** 22))).not.toThrow();
    const lines = async () => {
      for await (const some of linesOf('a.ts', chunked(`a\nb\n${'x'.repeat(2 ** 22 + 1)}`, 2 ** 23))) void some;
    };
    await expect(lines()).rejects.toThrow('a.ts, row 3: it is longer than 4194304 characters');
  });
});

describe('a .ts file', () => {
  const text = (...lines: string[]) => `${lines.join('\n')}\n`;

  it('has classes or numbers as its header or the reader says', async () => {
    const classes = text('@classLabel true 1 2', '@data', ' 3,4:1 ', '5,6:2');
    expect((await read('a.ts', classes)).target).toMatchObject({ kind: 'class', classes: ['1', '2'] });
    expect((await read('a.ts', classes, { task: 'auto' })).target.kind).toBe('class');
    expect((await read('a.ts', classes, { task: 'regression' })).target.kind).toBe('number');
    const numbers = text('@targetLabel true', '@data', '3,4:1', '5,6:2');
    expect((await read('a.ts', numbers)).target.kind).toBe('number');
    expect((await read('a.ts', numbers, { task: 'classification' })).target.kind).toBe('class');
  });

  it('is refused beyond the bounds, and where its series differ', async () => {
    const head = ['@classLabel true', '@data'];
    expect(await refusal('a.ts', text(...head, `${'1,'.repeat(1024)}1:a`))).toMatch(
      /^invalid-file: a\.ts, row 3: a series has 1025 time/,
    );
    expect(await refusal('a.ts', text(...head, '1:2:a', '1:b'))).toBe(
      'invalid-file: a.ts, row 4: it has 1 dimensions, but the first series has 2: correct one of them',
    );
    expect((await read('a.ts', text('', '# one', ...head, ' ', '1:a', '#', '2:b'))).samples).toBe(2);
  });
});
