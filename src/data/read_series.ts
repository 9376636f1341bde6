import { Failure, refuseUnloaded } from '../errors.ts';
import { unreadableKind } from './file_kinds.ts';
import { invalidFile } from './invalid_file.ts';
import { requireReadOptions } from './read_options.ts';
import { type ReadOptions, recognised, SERIES_FORMATS, type SeriesFile } from './series_formats.ts';
import { isLabelled, type ReadSet, type SeriesSet } from './series_set.ts';
import { unpacked } from './unpack.ts';

/** More than any recognition needs. */
const HEAD_BYTES = 4096;

/**
 * Reads labelled series. Throws invalid-file, naming file, row, column and value, if the series cannot be trained on;
 * invalid-option if the file does not have what was chosen, or has no labels; and out-of-memory.
 */
export async function readSeries(file: SeriesFile, options: ReadOptions = {}): Promise<SeriesSet> {
  requireReadOptions('readSeries', file, options);
  const set = await readAny(file, { ...options, optionalLabels: false });
  if (isLabelled(set)) return set;
  throw new Failure(
    'invalid-option',
    `${file.name} has no labels, and only predictions and attention need none: choose the column of the label`,
  );
}

/** Reads series as `readSeries` does, but a file may have no labels: the set then has neither y nor target. */
export async function readUnlabelled(file: SeriesFile, options: ReadOptions = {}): Promise<ReadSet> {
  requireReadOptions('readUnlabelled', file, options);
  return readAny(file, { ...options, optionalLabels: true });
}

async function readAny(file: SeriesFile, options: ReadOptions): Promise<ReadSet> {
  try {
    if (file.blob.size === 0) throw invalidFile([file.name], 'it is empty: choose a file with series');
    if (!options.format) await refuseUnreadable(file);
    const { name, blob } = await unpacked(file);
    if (!options.format && blob !== file.blob) await refuseUnreadable({ name, blob });
    const { head } = await headOf(blob);
    const format = options.format ?? recognised(name, head, options);
    options.foundFormat?.(format);
    const read = await SERIES_FORMATS[format].load().catch(refuseUnloaded);
    return await read(name, blob, options);
  } catch (error) {
    // Until its stack is written out, an error keeps the readers in it alive, and all that they have read.
    if (error instanceof Error) void error.stack;
    // The host throws this if a file was moved, changed or forbidden since it was chosen.
    if (error instanceof DOMException)
      throw invalidFile([file.name], `it could not be read (${error.message}): choose it again`);
    throw error;
  }
}

async function headOf(blob: Blob): Promise<{ bytes: Uint8Array; head: string }> {
  const bytes = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
  return { bytes, head: new TextDecoder('utf-8').decode(bytes) };
}

async function refuseUnreadable({ name, blob }: SeriesFile): Promise<void> {
  const { bytes, head } = await headOf(blob);
  const kind = unreadableKind(bytes, head);
  if (kind) throw invalidFile([name], `it is ${kind}`);
}
