import { Failure } from '../errors.ts';
import { describeMisfit } from '../settings/bounds.ts';
import { requireOptions } from '../settings/option_names.ts';
import { SETTINGS } from '../settings/table.ts';
import { orList, quote } from '../text/quote.ts';
import { DELIMITERS } from './csv_rows.ts';
import { type ReadOptions, SERIES_FORMATS, type SeriesFile } from './series_formats.ts';

/** Says what an option takes if it cannot have the value. */
type Taken = (value: unknown) => string | undefined;

const oneOf =
  (...values: readonly string[]): Taken =>
  (value) =>
    values.some((other) => other === value) ? undefined : orList(values.map(quote));
const ofType =
  (type: string, words: string): Taken =>
  (value) =>
    typeof value === type ? undefined : words;
const flag = ofType('boolean', 'true or false');
const listener = ofType('function', 'a function');
const column: Taken = (value) =>
  typeof value === 'string' || Number.isInteger(value) ? undefined : 'the name of a column, or its number from 0';
const seriesFile: Taken = (value) => (isSeriesFile(value) ? undefined : 'a file as { name, blob }');

const OPTIONS: Record<Exclude<keyof ReadOptions, 'optionalLabels'>, Taken> = {
  task: oneOf('auto', 'classification', 'regression'),
  like: ofType('object', 'series that were read, or model.series'),
  delimiter: oneOf(...DELIMITERS),
  decimal: oneOf('.', ','),
  fits: listener,
  length: (value) => describeMisfit('length', value, SETTINGS.timeSteps.bound)?.replace(/^.*: give /, ''),
  header: flag,
  layout: oneOf('wide', 'long'),
  label: column,
  id: column,
  time: column,
  channels: (value) =>
    Array.isArray(value) && value.every((one) => !column(one)) ? undefined : 'a list of columns, by name or number',
  found: listener,
  channelsFirst: flag,
  arrays: ofType('object', 'the names of two arrays as { x, y }'),
  progress: listener,
  format: oneOf(...Object.keys(SERIES_FORMATS)),
  labels: seriesFile,
  foundFormat: listener,
};

/** Throws invalid-option for a file of another form, an unknown option, and a value that an option does not take. */
export function requireReadOptions(call: string, file: SeriesFile, options: ReadOptions): void {
  if (!isSeriesFile(file)) {
    throw new Failure(
      'invalid-option',
      `${call} takes a file as { name, blob }: give both, such as { name: file.name, blob: file }`,
    );
  }
  requireOptions(call, options, Object.keys(OPTIONS));
  requireOptions('arrays', options.arrays ?? {}, ['x', 'y']);
  for (const [name, value] of Object.entries(options)) {
    const taken = value === undefined ? undefined : OPTIONS[name as keyof typeof OPTIONS](value);
    if (taken) throw new Failure('invalid-option', `${name} is ${quote(value)}: give ${taken}`);
  }
}

function isSeriesFile(file: unknown): file is SeriesFile {
  const { name, blob } = (file ?? {}) as Partial<SeriesFile>;
  return typeof name === 'string' && blob instanceof Blob;
}
