import { quote } from '../text/quote.ts';
import type { CsvColumns } from './csv_columns.ts';
import type { CsvOptions } from './csv_options.ts';
import type { CsvRoles } from './csv_roles.ts';
import type { CsvRow } from './csv_rows.ts';
import { allocateDoubles, allocateWhole, NumberList } from './float_list.ts';
import { invalidFile } from './invalid_file.ts';
import { SeriesBuilder } from './series_builder.ts';
import type { ReadSet } from './series_set.ts';
import { NoTime, type Time, Times } from './times.ts';

/** What is known of a series from its rows so far. */
interface OpenSeries {
  index: number;
  id: string;
  label?: string;
  lastTime: Time;
  lastRow: number;
}

/**
 * One row a step: the series' id, the time, the channels, and the label, which is the same in all rows of a series. Rows
 * may come in any order: the times tell it.
 */
export class LongCsv {
  private readonly times = new Times();
  private readonly series = new Map<string, OpenSeries>();
  private current: OpenSeries | undefined;
  private isSorted = true;
  private readonly values = new NumberList(allocateDoubles);
  /** Of each row: the index of its series, and its time with the month and with the day first. */
  private readonly owners = new NumberList(allocateWhole);
  private readonly monthFirst = new NumberList(allocateDoubles);
  private readonly dayFirst = new NumberList(allocateDoubles);
  /** Rows before the first whose day and month could change places; dayFirst has those after. */
  private clear = 0;

  constructor(
    private readonly columns: CsvColumns,
    private readonly roles: CsvRoles & { id: number; time: number },
    private readonly options: CsvOptions,
  ) {}

  add(row: CsvRow): void {
    this.columns.requireCells(row);
    const { number, cells } = row;
    const time = this.timeOf(row);
    const open = this.seriesOf(row, time);
    this.requireLabel(open, row);
    for (const column of this.roles.values) this.values.push(this.columns.value(cells, column, number));
    this.owners.push(open.index);
    this.monthFirst.push(time.value);
    if (this.dayFirst.length === 0 && time.value === time.dayFirst) this.clear++;
    else this.dayFirst.push(time.dayFirst);
    open.lastTime = time;
    open.lastRow = number;
  }

  /** Bytes that the series so far take at least as float32, once they are equally long. */
  get leastBytes(): number {
    const { length } = this.options;
    return 4 * (length === undefined ? this.values.length : this.series.size * this.roles.values.length * length);
  }

  finish(): ReadSet {
    const { columns, roles, series } = this;
    const { task, like, length, optionalLabels: optional } = this.options;
    const { label } = roles;
    const where = (row?: number) => (label === undefined ? [columns.file] : columns.where(label, row));
    const name = label === undefined ? undefined : columns.title(label);
    const channelNames = roles.values.map((column) => columns.title(column));
    const builder = new SeriesBuilder(columns.file, channelNames, { task, like, length, optional, name, where });
    const owners = this.owners.toArray();
    const times = this.chosenTimes();
    const values = this.values.toArray();
    const order = this.order(owners, times);
    const all = [...series.values()];
    for (let i = 0; i < owners.length; i++) {
      const at = order ? order[i] : i;
      const next = order ? order[i + 1] : i + 1;
      for (let d = 0; d < channelNames.length; d++) builder.push(values[at * channelNames.length + d]);
      const owner = all[owners[at]];
      if (i + 1 === owners.length || owners[next] !== owners[at]) {
        builder.endSeries({ label: owner.label, row: owner.lastRow, id: owner.id });
      } else if (times[next] === times[at]) {
        throw this.invalidTime(owner.lastRow, `series ${quote(owner.id)} has two rows of one time: leave one out`);
      }
    }
    return builder.finish();
  }

  private timeOf({ number, cells }: CsvRow): Time {
    return this.explaining(number, () => this.times.read(cells[this.roles.time]));
  }

  private seriesOf({ number, cells }: CsvRow, time: Time): OpenSeries {
    const id = cells[this.roles.id].trim();
    if (id === '') {
      throw invalidFile(this.columns.where(this.roles.id, number), 'the id of the series is missing: fill it in');
    }
    const known = this.current?.id === id ? this.current : this.series.get(id);
    if (known) {
      if (known !== this.current || !(time.value > known.lastTime.value)) this.isSorted = false;
      if (this.times.passesMidnight(known.lastTime, time)) {
        throw this.invalidTime(number, `the clock of series ${quote(id)} passes midnight: give times with their date`);
      }
      this.current = known;
      return known;
    }
    // A clone: a slice would keep the file's whole text in memory.
    const kept = structuredClone(id);
    this.current = { index: this.series.size, id: kept, lastTime: time, lastRow: number };
    if (this.roles.label !== undefined) this.current.label = structuredClone(cells[this.roles.label].trim());
    this.series.set(kept, this.current);
    return this.current;
  }

  private requireLabel({ id, label }: OpenSeries, { number, cells }: CsvRow): void {
    const column = this.roles.label;
    if (column === undefined || cells[column].trim() === label) return;
    throw invalidFile(
      this.columns.where(column, number),
      `the label is ${quote(cells[column].trim())}, but series ${quote(id)} began with ${quote(label ?? '')}: give a series one label`,
    );
  }

  private chosenTimes(): Float64Array {
    const times = this.monthFirst.toArray();
    if (this.explaining(undefined, () => this.times.isDayFirst)) times.set(this.dayFirst.toArray(), this.clear);
    return times;
  }

  /** The rows by series, in the order of their first rows, and by time; undefined if the file has that order. */
  private order(owners: Uint32Array, times: Float64Array): Uint32Array | undefined {
    const isDayFirst = this.times.isDayFirst;
    if (this.isSorted && !isDayFirst) return undefined;
    const rows = Uint32Array.from({ length: owners.length }, (_, i) => i);
    return rows.sort((a, b) => owners[a] - owners[b] || times[a] - times[b] || a - b);
  }

  private explaining<Result>(row: number | undefined, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (error instanceof NoTime) throw this.invalidTime(row, error.message);
      throw error;
    }
  }

  private invalidTime(row: number | undefined, what: string) {
    return invalidFile(this.columns.where(this.roles.time, row), what);
  }
}
