import { SETTINGS } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import { allocateDoubles, NumberList } from './float_list.ts';
import { invalidFile } from './invalid_file.ts';
import { type LabelOptions, Labels } from './labels.ts';
import { type ReadSet, requireBounds, requireLike, requireSamples } from './series_set.ts';

/** A set may be so many times as large as its values, because short series are padded. */
const MOST_PADDING = 20;
/** Up to this size any. */
const FREE_VALUES = 2 ** 20;

/** A series as it ends. */
export interface EndedSeries {
  label?: string;
  /** Where it ends, for errors. */
  row: number;
  id?: string;
}

export interface BuilderOptions extends LabelOptions {
  /** Steps of every series: longer ones are cut, shorter ones padded. */
  length?: number;
}

/** Builds a set from a text, whose number of series and longest series are known only at its end. */
export class SeriesBuilder {
  samples = 0;
  private readonly x = new NumberList(allocateDoubles);
  private readonly labels: Labels;
  private readonly ids: string[] = [];
  private readonly lengths: number[] = [];
  private longest = 0;
  private filled = 0;
  /** Values of the series that is being read, (T, D) row-major; NaN if missing. */
  private open: number[] = [];

  constructor(
    private readonly file: string,
    private readonly channelNames: string[],
    private readonly options: BuilderOptions,
  ) {
    this.labels = new Labels(options);
  }

  get inputDim(): number {
    return this.channelNames.length;
  }

  /** Bytes that the series so far take at least as float32, once they are equally long. */
  get leastBytes(): number {
    return 4 * this.samples * this.inputDim * (this.options.length ?? this.longest);
  }

  /** The next value of the series, in (T, D) row-major order; NaN for a missing one. */
  push(value: number): void {
    this.open.push(value);
  }

  /** Completes a series. Throws invalid-file if it is longer than a model can be, or has no value. */
  endSeries({ label, row, id }: EndedSeries): void {
    const steps = this.open.length / this.channelNames.length;
    const { max, reason } = SETTINGS.timeSteps.bound;
    if (this.options.length === undefined && steps > max) {
      const name = id === undefined ? 'a series' : `series ${quote(id)}`;
      throw this.invalid(
        row,
        `${name} has ${steps} time steps, ${max} is the most (${reason}): cut it, keep one step in ${Math.ceil(steps / max)}, or choose another column for the id`,
      );
    }
    if (this.open.every(Number.isNaN)) throw this.invalid(row, 'the series has no value: leave it out');
    this.fill();
    for (const value of this.open) this.x.push(value);
    this.open = [];
    this.lengths.push(steps);
    this.longest = Math.max(this.longest, steps);
    // A clone: a slice would keep the file's whole text in memory.
    if (id !== undefined) this.ids.push(structuredClone(id));
    if (label !== undefined) this.labels.add(label, row);
    requireSamples([this.file, `row ${row}`], ++this.samples);
  }

  /** Without y and target if no series has a label. Throws invalid-file if there are no series, or only one class. */
  finish(name = this.file): ReadSet {
    if (this.samples === 0) throw invalidFile([this.file], 'it holds no series: give one row or more');
    const { channelNames, options, samples, ids, filled } = this;
    const { like, length } = options;
    // Series for a model that takes longer ones are padded, whether their lengths differ or not.
    const timeSteps = length ?? Math.max(like?.timeSteps ?? 0, this.longest);
    const inputDim = channelNames.length;
    requireBounds([this.file], timeSteps, inputDim);
    if (like) requireLike([this.file], { timeSteps, inputDim, channelNames }, like);
    const isEven = this.lengths.every((steps) => steps === timeSteps);
    const set = { name, samples, timeSteps, inputDim, channelNames, ...this.labels.finish() };
    return {
      ...set,
      x: isEven ? this.x.toArray() : this.padded(timeSteps),
      ...(ids.length > 0 && { ids }),
      ...(!isEven && { lengths: Uint32Array.from(this.lengths, (steps) => Math.min(steps, timeSteps)) }),
      ...(filled > 0 && { filled }),
    };
  }

  /** A missing value is the last known one of its channel; before the first it stays NaN. */
  private fill(): void {
    const { open } = this;
    const inputDim = this.channelNames.length;
    for (let i = 0; i < open.length; i++) {
      if (!Number.isNaN(open[i])) continue;
      this.filled++;
      if (i >= inputDim) open[i] = open[i - inputDim];
    }
  }

  /** All series with as many steps: cut, or with NaN behind their end. */
  private padded(timeSteps: number): Float64Array {
    const inputDim = this.channelNames.length;
    const count = this.samples * timeSteps * inputDim;
    if (count > Math.max(FREE_VALUES, MOST_PADDING * this.x.length)) {
      throw invalidFile(
        [this.file],
        `its series have ${Math.round(this.x.length / inputDim / this.samples)} steps on average and up to ${timeSteps}, so most of the set would be padding: choose a length`,
      );
    }
    const values = this.x.toArray();
    const x = allocateDoubles(count).fill(Number.NaN);
    let from = 0;
    for (const [n, steps] of this.lengths.entries()) {
      const kept = Math.min(steps, timeSteps) * inputDim;
      x.set(values.subarray(from, from + kept), n * timeSteps * inputDim);
      from += steps * inputDim;
    }
    return x;
  }

  private invalid(row: number, what: string) {
    return invalidFile([this.file, `row ${row}`], what);
  }
}
