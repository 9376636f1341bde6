import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CsvTable } from '../data/csv_options.ts';
import { DELIMITERS, type Delimiter } from '../data/csv_rows.ts';
import { describeTable } from '../data/csv_words.ts';
import type { DecimalMark } from '../data/decimal.ts';
import { readSeries, readUnlabelled } from '../data/read_series.ts';
import { type ReadOptions, SERIES_ENDINGS, type SeriesFile } from '../data/series_formats.ts';
import type { ReadSet, SeriesSet } from '../data/series_set.ts';
import { openFile } from '../library/node_files.ts';
import { SETTINGS } from '../settings/table.ts';
import { orList } from '../text/quote.ts';
import { type Heard, whileReading } from './reading.ts';
import { numberParser } from './settings.ts';
import type { Voice } from './voice.ts';

/** The formats of series, as the help names them. */
export const SERIES_FILES = `labelled series: ${orList(SERIES_ENDINGS)}`;

/** How a file of series is read; without a choice it is found from the file. */
export interface SeriesFlags {
  label?: string;
  task: 'classification' | 'regression' | 'auto';
  labels?: string;
  header?: 'yes' | 'no';
  layout?: 'wide' | 'long';
  id?: string;
  time?: string;
  channels?: string[];
  delimiter?: Delimiter;
  decimal?: DecimalMark;
  length?: number;
  x?: string;
  y?: string;
  channelsFirst?: boolean;
}

/** Adds the options for reading a file of series. */
export function addSeriesOptions(command: Command): Command {
  return command
    .option('--label <column>', 'CSV: column of the labels, by name or number from 0; −1 is the last')
    .option('--id <column>', "CSV: column of the series' ids")
    .option('--time <column>', 'CSV with a row a step: column of the times')
    .option('--channels <columns>', 'CSV with a row a step: columns of the channels, divided by commas', listOf)
    .addOption(new Option('--layout <kind>', 'CSV: a row a series, or a row a step').choices(['wide', 'long']))
    .addOption(new Option('--header <answer>', 'CSV: whether the first row names the columns').choices(['yes', 'no']))
    .option('--delimiter <mark>', 'CSV: what divides cells: , ; | tab or blank', delimiterOf)
    .addOption(new Option('--decimal <mark>', 'CSV: decimal point or comma').choices(['.', ',']))
    .option(
      '--length <steps>',
      'cut or pad all series to this length',
      numberParser('--length', SETTINGS.timeSteps.bound),
    )
    .option('--labels <file>', 'the .npy file of the labels, if --data is the .npy file of the series')
    .option('--x <name>', '.npz: the array of the series')
    .option('--y <name>', '.npz: the array of the labels')
    .option('--channels-first', '.npy, .npz: x is (series, channels, steps)')
    .addOption(
      new Option('--task <kind>', 'whether labels are classes or numbers')
        .choices(['auto', 'classification', 'regression'])
        .default('auto'),
    );
}

const listOf = (text: string) => text.split(',').map((name) => name.trim());

function delimiterOf(text: string): Delimiter {
  const named: Record<string, Delimiter> = { tab: '\t', '\\t': '\t', blank: ' ', space: ' ' };
  const delimiter = named[text] ?? text;
  if ((DELIMITERS as readonly string[]).includes(delimiter)) return delimiter as Delimiter;
  throw new InvalidArgumentError('give , ; | tab or blank');
}

/** Where a reader tells how it goes. */
type Listener = Pick<Voice, 'say' | 'status'>;

/**
 * Labelled series of a file; the listener is told how a table was read and, if that takes long, how far. Throws
 * invalid-file or invalid-option.
 */
export function readSeriesFile(
  path: string,
  flags: SeriesFlags,
  options: ReadOptions,
  listener: Listener,
): Promise<SeriesSet> {
  return readWith(readSeries, path, flags, options, listener);
}

/** The same for series that may have no labels. */
export function readUnlabelledFile(
  path: string,
  flags: SeriesFlags,
  options: ReadOptions,
  listener: Listener,
): Promise<ReadSet> {
  return readWith(readUnlabelled, path, flags, options, listener);
}

function readWith<Set extends ReadSet>(
  read: (file: SeriesFile, options: ReadOptions) => Promise<Set>,
  path: string,
  flags: SeriesFlags,
  options: ReadOptions,
  { say, status }: Listener,
): Promise<Set> {
  const work = async ({ share, piped }: Heard) => {
    const file = await fileOf(path, piped);
    return read(file, { ...(await readOptions(flags, options, say)), progress: share });
  };
  return whileReading(path, work, status);
}

async function fileOf(path: string, piped: Heard['piped']): Promise<SeriesFile> {
  return { name: basename(path), blob: await openFile(path, undefined, piped) };
}

async function labelsOf({ labels }: SeriesFlags): Promise<SeriesFile | undefined> {
  return labels === undefined ? undefined : whileReading(labels, ({ piped }) => fileOf(labels, piped));
}

async function readOptions(
  flags: SeriesFlags,
  options: ReadOptions,
  say: (line: string) => void,
): Promise<ReadOptions> {
  const { label, id, time, channels, layout, delimiter, decimal, length, x, y, channelsFirst, task } = flags;
  return {
    ...{ label, id, time, channels, layout, delimiter, decimal, length, channelsFirst, task },
    header: flags.header && flags.header === 'yes',
    arrays: { x, y },
    labels: await labelsOf(flags),
    found: (table: CsvTable) => say(`Read as CSV: ${describeTable(table)}`),
    ...options,
  };
}
