import { openAsBlob } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import { readSeries } from '../data/read_series.ts';
import type { ReadOptions } from '../data/series_formats.ts';
import type { SeriesSet } from '../data/series_set.ts';
import { Failure } from '../errors.ts';

/** Reads labelled series from a file of any format that `readSeries` reads. The file is streamed. Throws invalid-file. */
export async function readSeriesFile(path: string, options: ReadOptions = {}): Promise<SeriesSet> {
  return readSeries({ name: basename(path), blob: await openFile(path) }, options);
}

/** A file as a Blob. Throws invalid-file. */
export async function openFile(path: string): Promise<Blob> {
  try {
    await access(path, constants.R_OK); // It reports a wrong path; openAsBlob does not.
    return await openAsBlob(path);
  } catch (error) {
    const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    throw new Failure('invalid-file', `${path} cannot be read (${reason}): give a file of labelled series`);
  }
}
