import { gzipSync, strToU8, zipSync } from 'fflate';
import { bytesOf, npy } from './series_files.ts';
import { indices, type Kind, plain, value } from './series_tables.ts';

// Files that are no plain tables: archives, arrays, .ts, and files of other programs.

const floats = (...shape: number[]) => {
  const data = Float64Array.from(indices(shape.reduce((a, b) => a * b)), (i) => Number(value(i, 1)));
  return npy({ descr: '<f8', shape, data: bytesOf(data) });
};
const classes = (count: number) =>
  npy({ descr: '<i4', shape: [count], data: bytesOf(Int32Array.from(indices(count), (n) => n % 2)) });

const signature = (...bytes: number[]) => Uint8Array.from([...bytes, ...new Array<number>(60).fill(0)]);
const named = (text: string, rest = '') => strToU8(`${text}${rest}`);

export const OTHER_FILES: Kind[] = [
  { words: 'gzip', name: 'series.csv.gz', content: gzipSync(strToU8(plain)) as BlobPart },
  {
    words: 'zip of one file beside the Mac’s own',
    name: 'series.zip',
    content: zipSync({ 'series.csv': strToU8(plain), '__MACOSX/._series.csv': new Uint8Array(9) }) as BlobPart,
  },
  {
    words: 'zip of two tables',
    name: 'two.zip',
    content: zipSync({ 'a.csv': strToU8(plain), 'b.csv': strToU8(plain) }) as BlobPart,
  },
  {
    words: 'Excel',
    name: 'book.xlsx',
    content: zipSync({ '[Content_Types].xml': strToU8('<Types/>'), 'xl/workbook.xml': strToU8('<w/>') }) as BlobPart,
  },
  {
    words: 'Excel 97, named .csv',
    name: 'old.csv',
    content: signature(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1),
  },
  {
    words: 'MATLAB 5',
    name: 'data.mat',
    content: named('MATLAB 5.0 MAT-file, Platform: GLNXA64', ' '.repeat(100)) as BlobPart,
  },
  { words: 'HDF5', name: 'data.h5', content: signature(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a) },
  { words: 'Parquet', name: 'data.parquet', content: named('PAR1', 'xxxxPAR1') as BlobPart },
  { words: 'Feather', name: 'data.feather', content: named('ARROW1\0\0') as BlobPart },
  { words: 'SQLite', name: 'data.db', content: named('SQLite format 3\0') as BlobPart },
  { words: 'pickle', name: 'data.pkl', content: signature(0x80, 0x04, 0x95, 0x10) },
  { words: 'ARFF', name: 'data.arff', content: '% UEA\n@relation x\n@attribute a numeric\n@data\n1,2\n' },
  { words: 'JSON', name: 'data.json', content: '{"series": [[1, 2, 3]]}\n' },
  {
    words: 'a web page saved as .csv',
    name: 'page.csv',
    content: '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n',
  },
  { words: '7z', name: 'data.7z', content: signature(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c) },
  { words: 'RAR', name: 'data.rar', content: named('Rar!\x1a\x07\x01') as BlobPart },
  {
    words: 'Excel’s “Unicode text”, UTF-16',
    name: 'unicode.txt',
    content: Uint8Array.from([0xff, 0xfe, ...[...plain].flatMap((c) => [c.charCodeAt(0), 0])]),
  },
  {
    words: 'Windows-1252 with an umlaut',
    name: 'ansi.csv',
    content: Uint8Array.from([...plain.replaceAll('fault', 'm\u00fcde')].map((c) => c.charCodeAt(0))),
  },
  {
    words: 'numpy.savez without names',
    name: 'savez.npz',
    content: zipSync({ 'arr_0.npy': floats(4, 5), 'arr_1.npy': classes(4) }) as BlobPart,
  },
  {
    words: 'npz with data and labels',
    name: 'labels.npz',
    content: zipSync({ 'data.npy': floats(4, 5, 2), 'labels.npy': classes(4) }) as BlobPart,
  },
  {
    words: 'npz with training and test parts',
    name: 'parts.npz',
    content: zipSync({
      'X_train.npy': floats(4, 5),
      'y_train.npy': classes(4),
      'X_test.npy': floats(2, 5),
      'y_test.npy': classes(2),
    }) as BlobPart,
  },
  {
    words: 'npz, two pairs that fit, no names that tell',
    name: 'pairs.npz',
    content: zipSync({ 'a.npy': floats(4, 5), 'b.npy': floats(4, 5), 'c.npy': classes(4) }) as BlobPart,
  },
  {
    words: 'npz of one step, channels first',
    name: 'first.npz',
    content: zipSync({ 'x.npy': floats(4, 1, 6), 'y.npy': classes(4) }) as BlobPart,
  },
  {
    words: 'the same with `--channels-first`',
    name: 'first.npz',
    content: zipSync({ 'x.npy': floats(4, 1, 6), 'y.npy': classes(4) }) as BlobPart,
    options: { channelsFirst: true },
  },
  {
    words: '.ts with `%` and `#` among comments',
    name: 'comments.ts',
    content: '% a\n# b\n@univariate true\n@classLabel true a b\n% c\n@data\n1,2,3:a\n% d\n4,5,6:b\n',
  },
  {
    words: '.ts with gaps and unequal lengths',
    name: 'unequal.ts',
    content: '@univariate true\n@equalLength false\n@classLabel true a b\n@data\n1,?,3:a\n4,5:b\n',
  },
];
