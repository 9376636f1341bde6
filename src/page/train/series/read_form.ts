import type { CsvTable } from '../../../data/csv_options.ts';
import { DELIMITERS, type Delimiter } from '../../../data/csv_rows.ts';
import { DELIMITER_WORDS, describeTable } from '../../../data/csv_words.ts';
import type { DecimalMark } from '../../../data/decimal.ts';
import { FORMAT_CHOICES, type SeriesFormat, seriesFormat } from '../../../data/series_formats.ts';
import type { Target } from '../../../data/series_set.ts';
import { describeText, numberOf } from '../../../settings/bounds.ts';
import { SETTINGS } from '../../../settings/table.ts';
import { byId, create, fillSelect } from '../../dom.ts';
import { makeNumberInput, readNumber } from '../../number_input.ts';
import { asSentence } from '../../text.ts';
import type { ReadChoices } from './series_worker.ts';

/** The choices from which the channels follow. */
const COLUMN_CHOICES = ['delimiter', 'header', 'label', 'id', 'time'] as const;

/** Shows how a file was read, and lets the user change it. */
export class ReadForm {
  /** The user's choices. */
  private chosen: ReadChoices = {};
  private format: SeriesFormat | undefined;
  private table: CsvTable | undefined;
  private readonly part = byId('read-choices', HTMLElement);
  private readonly selects = {
    delimiter: byId('choice-delimiter', HTMLSelectElement),
    decimal: byId('choice-decimal', HTMLSelectElement),
    header: byId('choice-header', HTMLSelectElement),
    layout: byId('choice-layout', HTMLSelectElement),
    label: byId('choice-label', HTMLSelectElement),
    id: byId('choice-id', HTMLSelectElement),
    time: byId('choice-time', HTMLSelectElement),
    task: byId('choice-task', HTMLSelectElement),
  };
  private shownChannels = '';
  private readonly channels = byId('choice-channels', HTMLElement);
  private readonly arrays = {
    x: byId('choice-array-x', HTMLInputElement),
    y: byId('choice-array-y', HTMLInputElement),
  };
  private readonly channelsFirst = byId('choice-channels-first', HTMLInputElement);
  private readonly length = byId('choice-length', HTMLInputElement);

  /** `onChange`: the file must be read again. */
  constructor(onChange: () => void) {
    const delimiters = DELIMITERS.map((delimiter) => new Option(DELIMITER_WORDS[delimiter], delimiter));
    this.selects.delimiter.replaceChildren(new Option('as found', ''), ...delimiters);
    makeNumberInput(this.length, SETTINGS.timeSteps.bound);
    this.part.addEventListener('change', ({ target }) => {
      if (target === this.length && !this.checkLength()) return;
      this.take(target as HTMLElement);
      onChange();
    });
  }

  get choices(): ReadChoices {
    return this.chosen;
  }

  /**
   * The choices for other series of the same kind, whose file may have its columns in another order, or no labels: by
   * name. The column of the labels is found by the name that the training series keep.
   */
  get choicesForOthers(): ReadChoices {
    const { chosen, table } = this;
    if (!table?.header) return chosen;
    const { columns } = table;
    // A name that was cut, or that an empty one got, is not in the file.
    const isName = (name: string) => !name.endsWith('…') && !/^column \d+$/.test(name);
    const named = <Choice extends string | number | undefined>(choice: Choice) => {
      const name = typeof choice === 'number' ? columns[choice] : undefined;
      return name !== undefined && isName(name) ? name : choice;
    };
    const { id, time, channels } = chosen;
    return { ...chosen, label: undefined, id: named(id), time: named(time), channels: channels?.map(named) };
  }

  /** A new file: all choices but these are dropped. */
  clear(chosen: ReadChoices): void {
    this.chosen = { ...chosen };
    this.format = undefined;
    this.table = undefined;
    this.arrays.x.value = chosen.arrays?.x ?? '';
    this.arrays.y.value = chosen.arrays?.y ?? '';
    this.length.value = chosen.length === undefined ? '' : String(chosen.length);
    this.checkLength();
    this.channelsFirst.checked = chosen.channelsFirst ?? false;
    this.selects.task.value = chosen.task ?? 'classification';
    this.showChannels([]);
    this.show();
  }

  setFormat(format: SeriesFormat): void {
    this.format = format;
    this.show();
  }

  setTable(table: CsvTable): void {
    this.table = table;
    this.show();
  }

  /** Shows what the labels were taken for. */
  setTarget({ kind }: Target): void {
    this.selects.task.value = kind === 'class' ? 'classification' : 'regression';
  }

  private take(element: HTMLElement): void {
    const { chosen, selects } = this;
    if (element === selects.delimiter)
      chosen.delimiter = (selects.delimiter.value || undefined) as Delimiter | undefined;
    else if (element === selects.decimal)
      chosen.decimal = (selects.decimal.value || undefined) as DecimalMark | undefined;
    else if (element === this.length)
      chosen.length = this.length.value === '' ? undefined : numberOf(readNumber(this.length));
    else if (element === selects.header) chosen.header = selects.header.value !== '';
    else if (element === selects.layout) chosen.layout = selects.layout.value as CsvTable['layout'];
    else if (element === selects.task) chosen.task = selects.task.value as ReadChoices['task'];
    else if (element === selects.label) chosen.label = chosenColumn(selects.label);
    else if (element === selects.id) chosen.id = chosenColumn(selects.id);
    else if (element === selects.time) chosen.time = chosenColumn(selects.time);
    else if (element === this.channelsFirst) chosen.channelsFirst = this.channelsFirst.checked;
    else if (this.channels.contains(element)) chosen.channels = this.checkedChannels;
    else chosen.arrays = { x: this.arrays.x.value || undefined, y: this.arrays.y.value || undefined };
    // Other cells are other columns.
    if (element === selects.delimiter) Object.assign(chosen, { label: undefined, id: undefined, time: undefined });
    if (COLUMN_CHOICES.some((name) => selects[name] === element)) {
      chosen.channels = undefined;
    }
  }

  private show(): void {
    const { format, table, part } = this;
    part.hidden = format === undefined;
    byId('read-found', HTMLElement).textContent = format === undefined ? '' : describeFound(format, table);
    const choices = format === undefined ? [] : seriesFormat(format).choices;
    for (const choice of FORMAT_CHOICES) {
      const isOfTable = choice === 'header' || choice === 'layout';
      this.showPart(choice, (table !== undefined || !isOfTable) && choices.includes(choice));
    }
    this.selects.delimiter.value = this.chosen.delimiter ?? '';
    this.selects.decimal.value = this.chosen.decimal ?? '';
    const isLong = table?.layout === 'long';
    this.showPart('label', table !== undefined);
    this.showPart('id', table !== undefined);
    this.showPart('time', isLong);
    this.showPart('channels', isLong);
    if (table) this.showTable(table);
  }

  /** Whether the length fits; if not, the field says so. An empty one is that of the longest series. */
  private checkLength(): boolean {
    const text = readNumber(this.length);
    const misfit = text === '' ? undefined : describeText('Length of a series', text, SETTINGS.timeSteps.bound);
    byId('choice-length-error', HTMLElement).textContent = misfit ? asSentence(misfit) : '';
    this.length.setAttribute('aria-invalid', String(misfit !== undefined));
    return misfit === undefined;
  }

  private showPart(name: string, isShown: boolean): void {
    byId(`choice-${name}-part`, HTMLElement).hidden = !isShown;
  }

  private showTable({ header, layout, columns, ...found }: CsvTable): void {
    const { selects, chosen } = this;
    selects.header.value = header ? '1' : '';
    selects.layout.value = layout;
    for (const role of ['label', 'id', 'time'] as const) {
      fillSelect(selects[role], columns, role === 'label' ? undefined : layout === 'wide' ? 'none' : 'Choose one');
      selects[role].value = String(chosen[role] ?? found[role] ?? '');
    }
    const taken = [selects.label, selects.id, selects.time].map(chosenColumn);
    const free = layout === 'long' ? columns.flatMap((name, i) => (taken.includes(i) ? [] : [{ name, i }])) : [];
    this.showChannels(free);
  }

  /** Existing boxes stay, and with them the focus. */
  private showChannels(columns: { name: string; i: number }[]): void {
    const shown = JSON.stringify(columns);
    if (shown === this.shownChannels) return;
    this.shownChannels = shown;
    const isChecked = (column: number) => this.chosen.channels?.includes(column) ?? true;
    this.channels.replaceChildren(...columns.map(({ name, i }) => channelBox(name, i, isChecked(i))));
  }

  private get checkedChannels(): number[] {
    const boxes = [...this.channels.querySelectorAll<HTMLInputElement>('input:checked')];
    return boxes.map(({ value }) => Number(value));
  }
}

function chosenColumn({ value }: HTMLSelectElement): number | undefined {
  return value === '' ? undefined : Number(value);
}

function channelBox(name: string, column: number, isChecked: boolean): HTMLElement {
  const box = create('input');
  box.type = 'checkbox';
  box.value = String(column);
  box.checked = isChecked;
  const label = create('label');
  label.append(box, create('span', name));
  return label;
}

function describeFound(format: SeriesFormat, table: CsvTable | undefined): string {
  const { label } = seriesFormat(format);
  if (!table) return `Read as ${label}.`;
  return `Read as ${label}: ${describeTable(table)}.`;
}
