import type { ByteSource } from './bytes.ts';
import { describeNoFloat, fitsFloat, isMissing, parseDecimal } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import type { Task } from './labels.ts';
import { type BuilderOptions, SeriesBuilder } from './series_builder.ts';
import { defaultChannelNames, type Fits, type ReadSet, requireBounds, type SeriesShape } from './series_set.ts';
import { linesOf } from './text.ts';
import { type TsHeader, TsHeaderReader } from './ts_header.ts';

const LABEL = 'label';

export interface TsOptions {
  /** If absent or `auto`, the header decides. */
  task?: Task;
  /** Series that these must be like, such as those that trained: same steps, channels and classes. */
  like?: SeriesShape;
  /** Series without labels are read too. @internal */
  optionalLabels?: boolean;
  /** Steps of every series: longer ones are cut, shorter ones padded. If absent, those of the longest series. */
  length?: number;
  /** Called when it is known how large the series are, and again as more is known; reading ends as it rejects. */
  fits?: Fits;
}

/**
 * Reads the .ts files of the UEA and UCR archives: one line a series, with its dimensions and then its label separated
 * by colons.
 */
export async function readTs(file: string, source: ByteSource, options: TsOptions = {}): Promise<ReadSet> {
  const headerReader = new TsHeaderReader(file);
  let rows: TsRows | undefined;
  let row = 0;
  for await (const lines of linesOf(file, source)) {
    for (const text of lines) {
      row++;
      const line = text.trim();
      // A comment begins with # or, as in other readers' tests, with %.
      if (line === '' || /^[#%]/.test(line)) continue;
      if (rows) rows.add(line, row);
      else if (headerReader.read(line, row)) rows = new TsRows(file, headerReader.header, options);
    }
    if (rows) await options.fits?.({ bytes: rows.leastBytes, isAll: false });
  }
  if (!rows) throw invalidFile([file], 'it has no line @data: put one before the series');
  return rows.finish();
}

/** The lines below `@data`. */
class TsRows {
  private builder: SeriesBuilder | undefined;
  private readonly labels: Omit<BuilderOptions, 'where'>;

  constructor(
    private readonly file: string,
    private readonly header: TsHeader,
    { task = 'auto', like, length, optionalLabels: optional }: TsOptions,
  ) {
    if (!header.task && !optional) {
      throw invalidFile([file], 'its header declares no label: give @classLabel true or @targetLabel true');
    }
    const { classes } = header;
    const name = header.task && LABEL;
    this.labels = { name, task: task === 'auto' ? header.task : task, classes, like, length, optional };
  }

  add(line: string, row: number): void {
    const sections = line.split(':');
    const label = this.header.task ? (sections.pop() ?? '') : undefined;
    const channels = sections.map((section) => section.split(','));
    if (channels.length === 0) throw this.invalid(row, 'it has no colon: write the values, a colon and the label');
    this.builder ??= this.begin(channels.length);
    const steps = this.stepsOf(channels, row);
    for (let t = 0; t < steps; t++) {
      for (const [d, channel] of channels.entries()) {
        // A channel may end before others.
        this.builder.push(t < channel.length ? this.valueOf(channel[t], row, d, t) : Number.NaN);
      }
    }
    this.builder.endSeries({ label, row });
  }

  get leastBytes(): number {
    return this.builder?.leastBytes ?? 0;
  }

  finish(): ReadSet {
    if (!this.builder) throw invalidFile([this.file], 'it holds no series: give one row or more');
    return this.builder.finish(this.header.name);
  }

  private begin(channels: number): SeriesBuilder {
    const inputDim = this.header.dimensions ?? channels;
    const where = (row?: number) => (row ? [this.file, `row ${row}`, LABEL] : [this.file]);
    requireBounds([this.file], this.header.seriesLength ?? 1, inputDim);
    return new SeriesBuilder(this.file, defaultChannelNames(inputDim), { ...this.labels, where });
  }

  private valueOf(text: string, row: number, channel: number, step: number): number {
    const value = parseDecimal(text);
    if (fitsFloat(value)) return value;
    if (isMissing(text)) return Number.NaN;
    throw this.invalid(row, describeNoFloat(text), channel, step);
  }

  /** The steps of a series. Throws invalid-file if it does not have the dimensions and steps that the header declares. */
  private stepsOf(channels: string[][], row: number): number {
    const { dimensions, seriesLength, isUnequal } = this.header;
    const inputDim = this.builder?.inputDim ?? channels.length;
    if (channels.length !== inputDim) {
      const source = dimensions ? 'the header declares' : 'the first series has';
      throw this.invalid(row, `it has ${channels.length} dimensions, but ${source} ${inputDim}: correct one of them`);
    }
    const d = channels.findIndex(({ length }) => length !== seriesLength);
    if (seriesLength !== undefined && !isUnequal && d >= 0) {
      throw this.invalid(
        row,
        `it has ${channels[d].length} time steps, but the header declares ${seriesLength}: correct one of them, or declare @equalLength false`,
        d,
      );
    }
    return channels.reduce((most, { length }) => Math.max(most, length), 0);
  }

  private invalid(row: number, what: string, channel?: number, step?: number) {
    const where = [this.file, `row ${row}`];
    if (channel !== undefined) where.push(`channel ${channel}`);
    if (step !== undefined) where.push(`step ${step}`);
    return invalidFile(where, what);
  }
}
