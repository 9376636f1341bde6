import { quote } from '../text/quote.ts';
import { stepName } from './column_names.ts';
import type { CsvColumns } from './csv_columns.ts';
import type { CsvOptions } from './csv_options.ts';
import type { CsvRoles } from './csv_roles.ts';
import type { CsvRow } from './csv_rows.ts';
import { invalidFile } from './invalid_file.ts';
import { SeriesBuilder } from './series_builder.ts';
import { defaultChannelNames, type ReadSet, requireLike } from './series_set.ts';

/** One row a series: its steps in the order of the columns. */
export class WideCsv {
  private readonly builder: SeriesBuilder;
  /** The column of each value in (T, D) row-major order. */
  private readonly order: number[];
  private readonly inputDim: number;

  constructor(
    private readonly columns: CsvColumns,
    private readonly roles: CsvRoles,
    { task, like, length, optionalLabels: optional }: CsvOptions,
  ) {
    const { file } = columns;
    const channels = wideChannels(columns, roles.values);
    this.inputDim = channels.length;
    this.order = channels[0].columns.flatMap((_, t) => channels.map((channel) => channel.columns[t]));
    const { label } = roles;
    const name = label === undefined ? undefined : columns.title(label);
    const where = (row?: number) => (label === undefined ? [file] : columns.where(label, row));
    const names = channels.length > 1 ? channels.map((channel) => channel.name) : defaultChannelNames(1);
    const shape = { timeSteps: channels[0].columns.length, inputDim: this.inputDim, channelNames: names };
    if (like && length === undefined) requireLike([file], shape, like);
    this.builder = new SeriesBuilder(file, names, { name, task, like, length, optional, where });
  }

  add(row: CsvRow): void {
    this.columns.requireCells(row);
    const { number, cells } = row;
    const { label, id } = this.roles;
    const end = this.endOf(cells);
    for (let i = 0; i < end; i++) this.builder.push(this.columns.value(cells, this.order[i], number));
    const named = id === undefined ? undefined : cells[id].trim();
    this.builder.endSeries({ label: label === undefined ? undefined : cells[label], row: number, id: named });
  }

  get leastBytes(): number {
    return this.builder.leastBytes;
  }

  finish(): ReadSet {
    return this.builder.finish();
  }

  /** Empty cells at its end make a series shorter than others. */
  private endOf(cells: string[]): number {
    const last = this.order.findLastIndex((column) => cells[column].trim() !== '');
    return last < 0 ? this.order.length : this.inputDim * Math.ceil((last + 1) / this.inputDim);
  }
}

/** The channels of a wide file and the columns of their steps: several if the names say so, `vib_0 … temp_0 …`. */
export function wideChannels(columns: CsvColumns, values: number[]): { name: string; columns: number[] }[] {
  const one = [{ name: '', columns: values }];
  const channels = new Map<string, { column: number; step: number }[]>();
  for (const column of values) {
    const found = columns.names && stepName(columns.names[column]);
    if (!found) return one;
    channels.set(found.channel, [...(channels.get(found.channel) ?? []), { column, step: found.step }]);
  }
  const inOrder = [...channels].map(([name, steps]) => ({ name, steps: steps.sort((a, b) => a.step - b.step) }));
  const [first] = inOrder;
  const isEven = inOrder.every(
    ({ steps }) => steps.length === first.steps.length && steps.every(({ step }, t) => step === first.steps[t].step),
  );
  const isCounted = isCounting(first.steps);
  const isApart = inOrder.length > 1 && inOrder.every(({ name, steps }) => name !== '' && isCounting(steps));
  if (isApart && !isEven) {
    const sizes = inOrder.map(({ name, steps }) => `${quote(name)} has ${steps.length}`);
    throw invalidFile(
      [columns.file],
      `its channels have steps of unequal number or names (${sizes.join(', ')}): give every channel the same steps`,
    );
  }
  if (inOrder.length < 2 || !isEven || !isCounted) return one;
  return inOrder.map(({ name, steps }) => ({ name, columns: steps.map(({ column }) => column) }));
}

/** Whether these are two steps or more, numbered one by one. */
function isCounting(steps: { step: number }[]): boolean {
  return steps.length > 1 && steps.every(({ step }, t) => step === steps[0].step + t);
}
