import { Failure } from '../errors.ts';
import { type ByteSource, blobSource } from './bytes.ts';
import { readCsv } from './csv.ts';
import type { CsvOptions } from './csv_options.ts';
import { parseDecimal } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { type ArrayOptions, readArrays } from './npy.ts';
import { type NpzOptions, readNpz } from './npz.ts';
import type { SeriesSet } from './series_set.ts';
import { readTs, type TsOptions } from './ts_format.ts';

/** A browser's file, or one of Node's `fs.openAsBlob`: neither holds its bytes in memory. */
export interface SeriesFile {
  name: string;
  blob: Blob;
}

const SERIES_FORMATS = ['csv', 'ucr', 'ts', 'npy', 'npz'] as const;
export type SeriesFormat = (typeof SERIES_FORMATS)[number];

export interface ReadOptions extends CsvOptions, TsOptions, ArrayOptions, NpzOptions {
  /** If absent, found from content and name. */
  format?: SeriesFormat;
  /** The .npy file of the labels, if `file` is the .npy file of x. */
  labels?: SeriesFile;
  /** Called with the format before the file is read. */
  foundFormat?: (format: SeriesFormat) => void;
  /** Called with the share that has been read, 0 … 1, after every chunk. */
  progress?: (share: number) => void;
}

/** The .tsv files of the UCR archive: the label, then the steps, without a header. */
const UCR = { delimiter: '\t', header: false, layout: 'wide', label: 0 } as const satisfies CsvOptions;

/**
 * Reads labelled series. Throws invalid-file, naming file, row, column and value, if the series cannot be trained on;
 * invalid-option if the file does not have what was chosen; and out-of-memory.
 */
export async function readSeries({ name, blob }: SeriesFile, options: ReadOptions = {}): Promise<SeriesSet> {
  try {
    if (blob.size === 0) throw invalidFile([name], 'it is empty: choose a file with series');
    const format = options.format ?? (await findFormat(name, blob, options));
    options.foundFormat?.(format);
    if (format === 'npz') return await readNpz(name, blob, options);
    const source = blobSource(blob, options.progress);
    if (format === 'npy') return await readNpyPair(name, source, options);
    if (format === 'ts') return await readTs(name, source, options);
    return await readCsv(name, source, format === 'ucr' ? ucrOptions(options) : options);
  } catch (error) {
    // The host throws this if a file was moved, changed or forbidden since it was chosen.
    if (error instanceof DOMException)
      throw invalidFile([name], `it could not be read (${error.message}): choose it again`);
    throw error;
  }
}

/** The archive has classes only, and some data sets have more than `auto` would take for classes. */
function ucrOptions({ task = 'auto', like, found }: ReadOptions): CsvOptions {
  const tell: CsvOptions['found'] = (table) => found?.({ ...table, label: UCR.label });
  return { ...UCR, task: task === 'auto' ? 'classification' : task, like, found: tell };
}

function readNpyPair(name: string, source: ByteSource, options: ReadOptions): Promise<SeriesSet> {
  const { labels } = options;
  if (!labels) {
    throw new Failure(
      'invalid-option',
      `${name} holds no labels: give a .npy file of y too, or a .npz file of x and y`,
    );
  }
  const x = { where: [name], bytes: source };
  return readArrays(name, { x, y: { where: [labels.name], bytes: blobSource(labels.blob) } }, options);
}

/**
 * Finds the format by the first bytes, then by the name's ending. A .tsv file of numbers alone is taken for the UCR
 * archive's, unless columns were chosen.
 */
async function findFormat(name: string, blob: Blob, { header, label }: ReadOptions): Promise<SeriesFormat> {
  const head = new TextDecoder('utf-8').decode(await blob.slice(0, 4096).arrayBuffer());
  const ending = /\.(\w+)$/.exec(name.toLowerCase())?.[1];
  if (head.startsWith('PK') || ending === 'npz') return 'npz';
  if (head.startsWith('NUMPY', 1) || ending === 'npy') return 'npy';
  if (ending === 'ts' || /^\s*(#[^\n]*\n\s*)*@/.test(head)) return 'ts';
  if (ending !== 'tsv' || header !== undefined || label !== undefined) return 'csv';
  const numbers = head
    .split(/[\r\n]/, 1)[0]
    .split('\t')
    .slice(0, -1);
  return numbers.length > 0 && numbers.every((cell) => !Number.isNaN(parseDecimal(cell))) ? 'ucr' : 'csv';
}
