import { Failure } from '../errors.ts';
import { printable, quote, quoteList } from '../text/quote.ts';
import { type ArrayOptions, type ArraySource, readArrays } from './npy.ts';
import type { ReadSet } from './series_set.ts';
import { readZipDirectory, type ZipEntry } from './zip_directory.ts';
import { openZipEntry } from './zip_entry.ts';

export interface NpzOptions extends ArrayOptions {
  /** The names of the arrays. If absent, x and y, or the only other pair with usual names. */
  arrays?: {
    /** The array of the series. */
    x?: string;
    /** The array of the labels. */
    y?: string;
  };
  /** Called with the share that has been read, 0 … 1, after every chunk. */
  progress?: (share: number) => void;
}

/** Names by which people save series and labels, in lower case. */
const USUAL_PAIRS: readonly (readonly [x: string, y: string])[] = [
  ['x_train', 'y_train'],
  ['train_x', 'train_y'],
  ['x_test', 'y_test'],
  ['test_x', 'test_y'],
  ['data', 'labels'],
  ['data', 'label'],
  ['data', 'target'],
  ['series', 'labels'],
  ['features', 'labels'],
  ['features', 'targets'],
  ['samples', 'labels'],
  ['inputs', 'targets'],
  ['arr_0', 'arr_1'],
];

/** Reads series from the arrays of a .npz archive. */
export async function readNpz(file: string, blob: Blob, options: NpzOptions = {}): Promise<ReadSet> {
  const entries = await readZipDirectory(file, blob);
  const { x, y } = new Arrays(file, entries).find(options);
  const open = async (entry: ZipEntry, progress?: (share: number) => void): Promise<ArraySource> => ({
    where: [file, printable(entry.name)],
    bytes: await openZipEntry(file, blob, entry, progress),
  });
  return readArrays(file, { x: await open(x, options.progress), y: y && (await open(y)) }, options);
}

/** The arrays of an archive by their names, without the ending .npy. */
class Arrays {
  private readonly names: string[];

  constructor(
    private readonly file: string,
    private readonly entries: ZipEntry[],
  ) {
    this.names = entries.map(({ name }) => name.replace(/\.npy$/, ''));
  }

  /** The arrays of series and labels. Throws invalid-option, naming those that there are, if it cannot be told. */
  find({ arrays = {}, optionalLabels }: NpzOptions): { x: ZipEntry; y?: ZipEntry } {
    const chosen = { x: this.chosen(arrays.x), y: this.chosen(arrays.y) };
    const pair = this.usual();
    const x = chosen.x ?? this.called('x') ?? pair?.x ?? this.only(chosen.y ?? this.called('y'));
    const y = chosen.y ?? this.called('y') ?? (pair?.x === x ? pair?.y : undefined) ?? (x && this.only(x));
    if (x && (y || optionalLabels)) return { x, y };
    const what = x ? 'labels: choose y' : 'series: choose x';
    throw new Failure(
      'invalid-option',
      `${this.file} has no array that is known to hold ${what} among ${quoteList(this.names)}`,
    );
  }

  private chosen(choice: string | undefined): ZipEntry | undefined {
    if (choice === undefined) return undefined;
    const entry = this.entries[this.names.indexOf(choice)];
    if (entry) return entry;
    throw new Failure(
      'invalid-option',
      `${this.file} has no array ${quote(choice)}: choose one of ${quoteList(this.names)}`,
    );
  }

  /** The only array of this name in any case. */
  private called(name: string): ZipEntry | undefined {
    const found = this.entries.filter((_, i) => this.names[i].toLowerCase() === name);
    return found.length === 1 ? found[0] : undefined;
  }

  /** The only pair with usual names; of training and test series those to train on. */
  private usual(): { x: ZipEntry; y: ZipEntry } | undefined {
    const pairs = USUAL_PAIRS.flatMap((names) => {
      const [x, y] = names.map((name) => this.called(name));
      return x && y ? [{ x, y }] : [];
    });
    const [first, second] = pairs;
    const isTraining = first !== undefined && /train/i.test(first.x.name) && /test/i.test(second?.x.name ?? '');
    return pairs.length === 1 || (pairs.length === 2 && isTraining) ? first : undefined;
  }

  /** The only array beside this one. */
  private only(beside: ZipEntry | undefined): ZipEntry | undefined {
    const others = this.entries.filter((entry) => entry !== beside);
    return others.length === 1 ? others[0] : undefined;
  }
}
