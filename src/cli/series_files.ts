import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { readSeries } from '../data/read_series.ts';
import { type ReadOptions, SERIES_ENDINGS } from '../data/series_formats.ts';
import type { SeriesSet } from '../data/series_set.ts';
import { openFile } from '../library/node_files.ts';
import { orList } from '../text/quote.ts';

/** The formats of series, as the help names them. */
export const SERIES_FILES = `labelled series: ${orList(SERIES_ENDINGS)}`;

export interface SeriesFlags {
  label?: string;
  task: 'classification' | 'regression' | 'auto';
  labels?: string;
}

/** Adds the options for reading a file of series. */
export function addSeriesOptions(command: Command): Command {
  return command
    .option(
      '--label <column>',
      'column of the labels, by name or number (default: label, class, target or y, else the last)',
    )
    .option('--labels <file>', 'the .npy file of the labels, if --data is the .npy file of the series')
    .addOption(
      new Option('--task <kind>', 'whether labels are classes or numbers')
        .choices(['auto', 'classification', 'regression'])
        .default('auto'),
    );
}

/** Labelled series of a file. Throws invalid-file. */
export async function readSeriesFile(
  path: string,
  { label, task, labels }: SeriesFlags,
  options: ReadOptions = {},
): Promise<SeriesSet> {
  const file = { name: basename(path), blob: await openFile(path) };
  const labelFile = labels === undefined ? undefined : { name: basename(labels), blob: await openFile(labels) };
  return readSeries(file, { label, task, labels: labelFile, ...options });
}
