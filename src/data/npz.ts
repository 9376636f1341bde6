import { Failure } from '../errors.ts';
import { quote, quoteList } from '../text/quote.ts';
import { invalidFile } from './invalid_file.ts';
import { type ArrayOptions, type ArraySource, readArrays } from './npy.ts';
import type { SeriesSet } from './series_set.ts';
import { readZipDirectory, type ZipEntry } from './zip_directory.ts';
import { openZipEntry } from './zip_entry.ts';

export interface NpzOptions extends ArrayOptions {
  /** The names of the arrays; if absent, `x` and `y` in any case. */
  arrays?: { x: string; y: string };
  progress?: (share: number) => void;
}

/** Reads series from the arrays x and y of a .npz archive. */
export async function readNpz(file: string, blob: Blob, options: NpzOptions = {}): Promise<SeriesSet> {
  const entries = await readZipDirectory(file, blob);
  const find = (axis: 'x' | 'y') => findArray(file, entries, axis, options.arrays?.[axis]);
  const open = async (entry: ZipEntry, progress?: (share: number) => void): Promise<ArraySource> => ({
    where: [file, entry.name],
    bytes: await openZipEntry(file, blob, entry, progress),
  });
  const [x, y] = [find('x'), find('y')];
  return readArrays(file, { x: await open(x, options.progress), y: await open(y) }, options);
}

function findArray(file: string, entries: ZipEntry[], axis: 'x' | 'y', choice?: string): ZipEntry {
  const found = entries.filter(({ name }) => {
    const array = name.replace(/\.npy$/, '');
    return choice === undefined ? array.toLowerCase() === axis : array === choice;
  });
  if (found.length === 1) return found[0];
  const names = quoteList(entries.map(({ name }) => name));
  const what = `it has ${found.length || 'no'} arrays called ${quote(choice ?? axis)}: name one of ${names}`;
  if (choice !== undefined) throw new Failure('invalid-option', `${file}: ${what}`);
  throw invalidFile([file], what);
}
