import { Failure } from '../errors.ts';
import { SETTINGS } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import type { CsvColumns } from './csv_columns.ts';
import type { CsvOptions } from './csv_options.ts';
import type { CsvRow } from './csv_rows.ts';
import { describeNoFloat, fitsFloat, parseDecimal } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { SeriesBuilder } from './series_builder.ts';
import type { SeriesSet } from './series_set.ts';

const ID_NAMES = ['id', 'series', 'series_id', 'sample', 'sample_id'];
const TIME_NAMES = ['time', 't', 'step', 'time_step', 'timestamp'];

export function idColumn(columns: CsvColumns): number | undefined {
  return columns.named(ID_NAMES);
}

export function timeColumn(columns: CsvColumns): number | undefined {
  return columns.named(TIME_NAMES);
}

/** The series that is being read. */
interface OpenSeries {
  id: string;
  label: string;
  steps: number;
  lastTime?: string;
  lastRow: number;
}

/**
 * One row a step: the series' id, the time, the channels, and the label, which is the same in all rows of a series. The
 * rows of a series stand together in the order of time, so only the ids have to be remembered.
 */
export class LongCsv {
  private readonly id: number;
  private readonly time: number;
  private readonly label: number;
  private readonly channels: number[];
  private readonly builder: SeriesBuilder;
  private readonly seen = new Set<string>();
  private first?: OpenSeries;
  private open?: OpenSeries;

  constructor(
    private readonly columns: CsvColumns,
    private readonly options: CsvOptions,
  ) {
    const { task, like } = options;
    const { file } = columns;
    this.id = this.choose('id', idColumn(columns));
    this.time = this.choose('time', timeColumn(columns));
    this.label = columns.label(options.label);
    this.channels = this.chooseChannels();
    const where = (row?: number) => columns.where(this.label, row);
    this.builder = new SeriesBuilder(file, { name: columns.title(this.label), task, like, where });
  }

  add(row: CsvRow): void {
    this.columns.requireCells(row);
    const id = row.cells[this.id].trim();
    if (id !== this.open?.id) {
      if (this.open) this.end(this.open);
      this.open = this.begin(id, row);
    }
    this.step(row, this.open);
  }

  finish(): SeriesSet {
    if (this.open) this.end(this.open);
    return this.builder.finish();
  }

  private choose(name: 'id' | 'time', found: number | undefined): number {
    const choice = this.options[name];
    const column = choice === undefined ? found : this.columns.find(choice);
    if (column !== undefined) return column;
    throw new Failure(
      'invalid-option',
      `${this.columns.file} has no column that is called ${name}: choose one by name or by number from 0`,
    );
  }

  /** Channels in the order of the file. */
  private chooseChannels(): number[] {
    const { columns, options, id, time, label } = this;
    const chosen = options.channels?.map((choice) => columns.find(choice));
    const channels = Array.from({ length: columns.count }, (_, i) => i).filter(
      (i) => i !== id && i !== time && i !== label && (chosen?.includes(i) ?? true),
    );
    if (new Set([id, time, label]).size === 3 && channels.length > 0) return channels;
    throw invalidFile(
      [columns.file],
      `none of its ${columns.count} columns is left for a channel: give id, time, one channel or more, and label`,
    );
  }

  private begin(id: string, { number, cells }: CsvRow): OpenSeries {
    const where = this.columns.where(this.id, number);
    if (id === '') throw invalidFile(where, 'the id of the series is missing: fill it in');
    if (this.seen.has(id)) {
      throw invalidFile(where, `series ${quote(id)} goes on after another one: sort the rows by series, then by time`);
    }
    // A clone: a slice would keep the file's whole text in memory.
    const kept = structuredClone(id);
    this.seen.add(kept);
    return { id: kept, label: cells[this.label].trim(), steps: 0, lastRow: number };
  }

  private step({ number, cells }: CsvRow, open: OpenSeries): void {
    const label = cells[this.label].trim();
    if (label !== open.label) {
      throw invalidFile(
        this.columns.where(this.label, number),
        `the label is ${quote(label)}, but series ${quote(open.id)} began with ${quote(open.label)}: give a series one label`,
      );
    }
    const time = cells[this.time].trim();
    if (open.lastTime !== undefined && !isLater(time, open.lastTime)) {
      throw invalidFile(
        this.columns.where(this.time, number),
        `${quote(time)} is not later than ${quote(open.lastTime)} in the row before: sort the rows by series, then by time`,
      );
    }
    for (const i of this.channels) {
      const value = parseDecimal(cells[i]);
      if (!fitsFloat(value)) throw invalidFile(this.columns.where(i, number), describeNoFloat(cells[i]));
      this.builder.push(value);
    }
    open.lastTime = time;
    open.lastRow = number;
    if (++open.steps > (this.first?.steps ?? SETTINGS.timeSteps.bound.max)) this.refuseLength(open);
  }

  private end(open: OpenSeries): void {
    if (!this.first) {
      const channelNames = this.channels.map((i) => this.columns.title(i));
      const shape = { timeSteps: open.steps, inputDim: channelNames.length, channelNames };
      this.builder.setShape([this.columns.file], shape);
      this.first = open;
    }
    if (open.steps !== this.first.steps) this.refuseLength(open);
    this.builder.endSeries(open.label, open.lastRow);
  }

  private refuseLength({ id, steps, lastRow }: OpenSeries): never {
    const where = [this.columns.file, `row ${lastRow}`];
    const { first } = this;
    if (first) {
      const count = steps > first.steps ? `more than ${first.steps}` : steps;
      throw invalidFile(
        where,
        `series ${quote(id)} has ${count} steps, but series ${quote(first.id)} has ${first.steps}: pad or cut all to one length`,
      );
    }
    const { max, reason } = SETTINGS.timeSteps.bound;
    throw invalidFile(
      where,
      `series ${quote(id)} has more than ${max} time steps, the most (${reason}): cut it, or choose another column for the id`,
    );
  }
}

/** Compares times that are numbers, or texts that sort by time, as ISO 8601 does. */
function isLater(time: string, before: string): boolean {
  const [a, b] = [parseDecimal(time), parseDecimal(before)];
  return Number.isNaN(a) || Number.isNaN(b) ? time > before : a > b;
}
