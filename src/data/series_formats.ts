import { Failure } from '../errors.ts';
import { blobSource } from './bytes.ts';
import type { CsvOptions } from './csv_options.ts';
import { parseDecimal } from './decimal.ts';
import type { ArrayOptions } from './npy.ts';
import type { NpzOptions } from './npz.ts';
import type { ReadSet } from './series_set.ts';
import type { TsOptions } from './ts_format.ts';

// Every file that series can be in. The code of a format is loaded when it is used.

/** A browser's file, or one of Node's `fs.openAsBlob`: neither holds its bytes in memory. */
export interface SeriesFile {
  /** The file's name; its ending may tell the format. */
  name: string;
  /** The file's content. */
  blob: Blob;
}

/** How a file is read. A choice that is absent is found from the file. */
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

/** Choices for reading a file that not all formats have. */
export const FORMAT_CHOICES = [
  'delimiter',
  'decimal',
  'header',
  'layout',
  'array-x',
  'array-y',
  'channels-first',
  'length',
] as const;

type ReadFormat = (name: string, blob: Blob, options: ReadOptions) => Promise<ReadSet>;

/** All that the project knows of one format of series, but for its reader. */
interface FormatOfSeries {
  /** What people call it. */
  label: string;
  /** Endings of its files' names. */
  endings: string[];
  choices: readonly (typeof FORMAT_CHOICES)[number][];
  /** Whether a file is of this format: `head` is its first bytes as text, `ending` is in lower case. */
  isIt(head: string, ending: string, options: ReadOptions): boolean;
  load(): Promise<ReadFormat>;
}

/** The .tsv files of the UCR archive: the label, then the steps, without a header. */
const UCR = { delimiter: '\t', header: false, layout: 'wide', label: 0 } as const satisfies CsvOptions;

/** In the order in which people read of them. The last one that recognises a file reads it; every file may be the first one's. */
export const SERIES_FORMATS = {
  csv: {
    label: 'CSV',
    endings: ['csv', 'tsv', 'txt'],
    choices: ['delimiter', 'decimal', 'header', 'layout', 'length'],
    isIt: () => true,
    async load() {
      const { readCsv } = await import('./csv.ts');
      return (name, blob, options) => readCsv(name, blobSource(blob, options.progress), options);
    },
  },
  ucr: {
    label: 'UCR archive’s .tsv',
    endings: ['tsv'],
    choices: ['length'],
    /** A .tsv file of numbers alone, unless columns were chosen. */
    isIt(head, ending, { header, label }) {
      if (ending !== 'tsv' || header !== undefined || label !== undefined) return false;
      const numbers = head
        .split(/[\r\n]/, 1)[0]
        .split('\t')
        .slice(0, -1);
      return numbers.length > 0 && numbers.every((cell) => !Number.isNaN(parseDecimal(cell)));
    },
    async load() {
      const { readCsv } = await import('./csv.ts');
      return (name, blob, options) => readCsv(name, blobSource(blob, options.progress), ucrOptions(options));
    },
  },
  ts: {
    label: '.ts of the UEA and UCR archives',
    endings: ['ts'],
    choices: ['length'],
    isIt: (head, ending) => ending === 'ts' || /^\s*(#[^\n]*\n\s*)*@/.test(head),
    async load() {
      const { readTs } = await import('./ts_format.ts');
      return (name, blob, options) => readTs(name, blobSource(blob, options.progress), options);
    },
  },
  npy: {
    label: 'NumPy array',
    endings: ['npy'],
    choices: ['channels-first', 'length'],
    isIt: (head, ending) => head.startsWith('NUMPY', 1) || ending === 'npy',
    async load() {
      const { readArrays } = await import('./npy.ts');
      return (name, blob, options) => {
        const { labels, progress } = options;
        if (!labels && !options.optionalLabels) throw noLabels(name);
        const x = { where: [name], bytes: blobSource(blob, progress) };
        const y = labels && { where: [labels.name], bytes: blobSource(labels.blob) };
        return readArrays(name, { x, y }, options);
      };
    },
  },
  npz: {
    label: 'NumPy archive',
    endings: ['npz'],
    choices: ['array-x', 'array-y', 'channels-first', 'length'],
    isIt: (head, ending) => head.startsWith('PK') || ending === 'npz',
    load: async () => (await import('./npz.ts')).readNpz,
  },
} as const satisfies Record<string, FormatOfSeries>;

export type SeriesFormat = keyof typeof SERIES_FORMATS;

/** What a format is called, and how its files are read. */
export function seriesFormat(format: SeriesFormat): FormatOfSeries {
  return SERIES_FORMATS[format];
}

const FORMATS = Object.keys(SERIES_FORMATS) as SeriesFormat[];

/** The endings of all files of series, each once: `.csv`. */
export const SERIES_ENDINGS = [
  ...new Set(FORMATS.flatMap((format) => seriesFormat(format).endings.map((ending) => `.${ending}`))),
];

/** The format of a file by its first bytes, then by the name's ending. */
export function recognised(name: string, head: string, options: ReadOptions): SeriesFormat {
  const ending = /\.(\w+)$/.exec(name.toLowerCase())?.[1] ?? '';
  return FORMATS.findLast((format) => seriesFormat(format).isIt(head, ending, options)) ?? 'csv';
}

/** The archive has classes only, and some data sets have more than `auto` would take for classes. */
function ucrOptions({ task = 'auto', like, length, fits, found }: ReadOptions): CsvOptions {
  const tell: CsvOptions['found'] = (table) => found?.({ ...table, label: UCR.label });
  return { ...UCR, task: task === 'auto' ? 'classification' : task, like, length, fits, found: tell };
}

function noLabels(name: string): Failure {
  return new Failure('invalid-option', `${name} holds no labels: give a .npy file of y too, or a .npz file of x and y`);
}
