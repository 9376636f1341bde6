import type { ByteSource } from './bytes.ts';
import { describeNoFloat, fitsFloat, parseDecimal } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import type { Task } from './labels.ts';
import { SeriesBuilder } from './series_builder.ts';
import { defaultChannelNames, type SeriesSet, type SeriesShape } from './series_set.ts';
import { linesOf } from './text.ts';
import { type TsHeader, TsHeaderReader } from './ts_header.ts';

const LABEL = 'label';

export interface TsOptions {
  /** If absent or `auto`, the header decides. */
  task?: Task;
  like?: SeriesShape;
}

/**
 * Reads the .ts files of the UEA and UCR archives: one line a series, with its dimensions and then its label separated
 * by colons.
 */
export async function readTs(file: string, source: ByteSource, options: TsOptions = {}): Promise<SeriesSet> {
  const headerReader = new TsHeaderReader(file);
  let rows: TsRows | undefined;
  let row = 0;
  for await (const lines of linesOf(file, source)) {
    for (const text of lines) {
      row++;
      const line = text.trim();
      if (line === '' || line.startsWith('#')) continue;
      if (rows) rows.add(line, row);
      else if (headerReader.read(line, row)) rows = new TsRows(file, headerReader.header, options);
    }
  }
  if (!rows) throw invalidFile([file], 'it has no line @data: put one before the series');
  return rows.finish();
}

/** The lines below `@data`. */
class TsRows {
  private readonly builder: SeriesBuilder;
  private readonly task: Exclude<Task, 'auto'>;
  private timeSteps = 0;
  private inputDim = 0;

  constructor(
    private readonly file: string,
    private readonly header: TsHeader,
    { task = 'auto', like }: TsOptions,
  ) {
    if (!header.task) {
      throw invalidFile([file], 'its header declares no label: give @classLabel true or @targetLabel true');
    }
    this.task = task === 'auto' ? header.task : task;
    const { classes } = header;
    const where = (row?: number) => (row ? [file, `row ${row}`, LABEL] : [file]);
    this.builder = new SeriesBuilder(file, { name: LABEL, task: this.task, classes, like, where });
  }

  add(line: string, row: number): void {
    const sections = line.split(':');
    const label = sections.pop() ?? '';
    const channels = sections.map((section) => section.split(','));
    if (channels.length === 0) throw this.invalid(row, 'it has no colon: write the values, a colon and the label');
    if (this.builder.samples === 0) {
      this.inputDim = this.header.dimensions ?? channels.length;
      this.timeSteps = this.header.seriesLength ?? channels[0].length;
    }
    this.requireShape(channels, row);
    if (this.builder.samples === 0) {
      const { timeSteps, inputDim } = this;
      this.builder.setShape([this.file], { timeSteps, inputDim, channelNames: defaultChannelNames(inputDim) });
    }
    for (let t = 0; t < this.timeSteps; t++) {
      for (let d = 0; d < this.inputDim; d++) {
        const value = parseDecimal(channels[d][t]);
        if (!fitsFloat(value)) throw this.invalid(row, describeNoFloat(channels[d][t]), d, t);
        this.builder.push(value);
      }
    }
    this.builder.endSeries(label, row);
  }

  finish(): SeriesSet {
    return this.builder.finish(this.header.name);
  }

  /** Throws invalid-file if a series differs in shape from the header or from the first series. */
  private requireShape(channels: string[][], row: number): void {
    const { dimensions, seriesLength } = this.header;
    if (channels.length !== this.inputDim) {
      const source = dimensions ? 'the header declares' : 'the first series has';
      throw this.invalid(
        row,
        `it has ${channels.length} dimensions, but ${source} ${this.inputDim}: correct one of them`,
      );
    }
    const d = channels.findIndex(({ length }) => length !== this.timeSteps);
    if (d < 0) return;
    const source = seriesLength ? 'the header declares' : 'the first series has';
    throw this.invalid(
      row,
      `it has ${channels[d].length} time steps, but ${source} ${this.timeSteps}: pad or cut all to one length`,
      d,
    );
  }

  private invalid(row: number, what: string, channel?: number, step?: number) {
    const where = [this.file, `row ${row}`];
    if (channel !== undefined) where.push(`channel ${channel}`);
    if (step !== undefined) where.push(`step ${step}`);
    return invalidFile(where, what);
  }
}
