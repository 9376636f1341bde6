import type { CsvColumns } from './csv_columns.ts';
import type { CsvOptions } from './csv_options.ts';
import type { CsvRow } from './csv_rows.ts';
import { describeNoFloat, fitsFloat, parseDecimal } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { SeriesBuilder } from './series_builder.ts';
import { defaultChannelNames, type SeriesSet } from './series_set.ts';

/** One row a series with one channel: its steps in the order of the columns, and the label. */
export class WideCsv {
  private readonly label: number;
  private readonly builder: SeriesBuilder;

  constructor(
    private readonly columns: CsvColumns,
    { task, like, label }: CsvOptions,
  ) {
    const { file, count } = columns;
    if (count < 2) throw invalidFile([file], 'it has one column: divide the steps and the label by , ; | or tabs');
    this.label = columns.label(label);
    const name = columns.title(this.label);
    const where = (row?: number) => columns.where(this.label, row);
    this.builder = new SeriesBuilder(file, { name, task, like, where });
    this.builder.setShape([file], { timeSteps: count - 1, inputDim: 1, channelNames: defaultChannelNames(1) });
  }

  add(row: CsvRow): void {
    this.columns.requireCells(row);
    const { number, cells } = row;
    for (let i = 0; i < cells.length; i++) {
      if (i === this.label) continue;
      const value = parseDecimal(cells[i]);
      if (!fitsFloat(value)) throw invalidFile(this.columns.where(i, number), describeNoFloat(cells[i]));
      this.builder.push(value);
    }
    this.builder.endSeries(cells[this.label], number);
  }

  finish(): SeriesSet {
    return this.builder.finish();
  }
}
