import { refuseUnloaded } from '../errors.ts';
import { invalidFile } from './invalid_file.ts';
import { type ReadOptions, recognised, SERIES_FORMATS, type SeriesFile } from './series_formats.ts';
import type { SeriesSet } from './series_set.ts';

/** More than any recognition needs. */
const HEAD_BYTES = 4096;

/**
 * Reads labelled series. Throws invalid-file, naming file, row, column and value, if the series cannot be trained on;
 * invalid-option if the file does not have what was chosen; and out-of-memory.
 */
export async function readSeries({ name, blob }: SeriesFile, options: ReadOptions = {}): Promise<SeriesSet> {
  try {
    if (blob.size === 0) throw invalidFile([name], 'it is empty: choose a file with series');
    const head = async () => new TextDecoder('utf-8').decode(await blob.slice(0, HEAD_BYTES).arrayBuffer());
    const format = options.format ?? recognised(name, await head(), options);
    options.foundFormat?.(format);
    const read = await SERIES_FORMATS[format].load().catch(refuseUnloaded);
    return await read(name, blob, options);
  } catch (error) {
    // The host throws this if a file was moved, changed or forbidden since it was chosen.
    if (error instanceof DOMException)
      throw invalidFile([name], `it could not be read (${error.message}): choose it again`);
    throw error;
  }
}
