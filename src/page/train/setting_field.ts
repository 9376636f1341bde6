import { asFailure } from '../../errors.ts';
import { type Bound, describeText } from '../../settings/bounds.ts';
import { describeSetting, type Use } from '../../settings/check.ts';
import { describeValues, formatFlag, formatSetting, parseSetting } from '../../settings/kinds.ts';
import { SCHEDULE_EPOCHS, SCHEDULE_FACTOR, type Schedule } from '../../settings/schedule.ts';
import { formLabel, type Setting, type SettingName, settingOf, unsetValue } from '../../settings/table.ts';
import { create } from '../dom.ts';
import { makeNumberInput, readNumber } from '../number_input.ts';
import { asSentence, formatNumber } from '../text.ts';

/** The part of the form that one setting has. */
export interface SettingField {
  readonly element: HTMLElement;
  /** Fills in a value; undefined empties the field. */
  set(value: unknown): void;
  /** The value, undefined if there is none. If it does not fit, `fits` is false, and the field says why. */
  check(use: Use): { fits: boolean; value?: unknown };
  /** Shows this sentence below the field; undefined removes it. */
  say(misfit: string | undefined): void;
}

/**
 * Makes the field of a setting. A field that applies to one kind of data has a class by which it is hidden for the
 * other.
 */
export function createSettingField(name: SettingName): SettingField {
  const row = settingOf(name);
  const field = row.kind === 'schedule' ? new ScheduleField(name) : new PlainField(name, controlOf(name, row));
  if (row.source !== 'both') field.element.classList.add(`of-${row.source}`);
  return field;
}

type Input = HTMLInputElement | HTMLSelectElement;

/** The way to enter a value, as the text that `parseSetting` takes. An empty text means that there is no value. */
interface Control<Element extends Input = Input> {
  input: Element;
  hint: string;
  read(): string;
  write(text: string): void;
}

function controlOf(name: SettingName, row: Exclude<Setting, { kind: 'schedule' }>): Control {
  switch (row.kind) {
    case 'number':
      return numberControl(row.bound, describeEmpty(row));
    case 'flag':
      return flagControl(row.words);
    case 'choice':
      return choiceControl(row.choices, row.words);
    case 'classWeights':
    case 'layers':
      return textControl(`${row.words}: ${describeValues(name)}${describeEmpty(row)}`);
  }
}

function describeEmpty(row: Setting): string {
  return 'absent' in row ? `, empty: ${row.absent}` : '';
}

/** A control whose text is the input's own value. */
function valueControl<Element extends Input>(input: Element, hint: string): Control<Element> {
  return {
    input,
    hint,
    read: () => input.value,
    write(text) {
      input.value = text;
    },
  };
}

function numberControl(bound: Bound, empty = ''): Control<HTMLInputElement> {
  const { min, max, reason } = bound;
  const input = create('input');
  makeNumberInput(input, bound);
  return {
    ...valueControl(input, `${formatNumber(min)} to ${formatNumber(max)}${empty} · ${reason}`),
    read: () => readNumber(input),
  };
}

function flagControl(hint: string): Control {
  const input = create('input');
  input.type = 'checkbox';
  return {
    input,
    hint,
    read: () => formatFlag(input.checked),
    write(text) {
      input.checked = text === formatFlag(true);
    },
  };
}

function choiceControl(choices: Record<string, string>, hint: string): Control<HTMLSelectElement> {
  const input = create('select');
  input.append(...Object.entries(choices).map(([value, words]) => new Option(words, value)));
  return valueControl(input, hint);
}

function textControl(hint: string): Control {
  const input = create('input');
  input.type = 'text';
  return valueControl(input, hint);
}

/** A control with its label, its hint, and its error below. */
class LabelledControl<Element extends Input = Input> {
  readonly element = create('div', '', 'field');
  private readonly error = create('p', '', 'error');

  constructor(
    id: string,
    label: string,
    readonly control: Control<Element>,
  ) {
    const { input } = control;
    const caption = create('label', label);
    const hint = create('p', control.hint, 'hint');
    input.id = id;
    caption.htmlFor = id;
    hint.id = `${id}-hint`;
    this.error.id = `${id}-error`;
    input.setAttribute('aria-describedby', `${hint.id} ${this.error.id}`);
    this.element.append(caption, input, hint, this.error);
  }

  say(misfit: string | undefined): void {
    this.error.textContent = misfit ? asSentence(misfit) : '';
    this.control.input.setAttribute('aria-invalid', String(misfit !== undefined));
  }
}

class PlainField implements SettingField {
  readonly element: HTMLElement;
  private readonly labelled: LabelledControl;

  constructor(
    private readonly name: SettingName,
    private readonly control: Control,
  ) {
    this.labelled = new LabelledControl(name, settingOf(name).label, control);
    this.element = this.labelled.element;
  }

  set(value: unknown = unsetValue(this.name)): void {
    this.control.write(value === undefined ? '' : formatSetting(this.name, value));
  }

  check(use: Use): ReturnType<SettingField['check']> {
    const { name } = this;
    try {
      const text = this.control.read();
      const mayBeEmpty = unsetValue(name) === undefined;
      const value = text === '' && mayBeEmpty ? undefined : parseSetting(name, text, formLabel(name));
      const misfit = describeSetting(name, value, use, formLabel);
      this.say(misfit);
      return { fits: misfit === undefined, value };
    } catch (error) {
      this.say(asFailure(error).message);
      return { fits: false };
    }
  }

  say(misfit: string | undefined): void {
    this.labelled.say(misfit);
  }
}

const SCHEDULES: Record<Schedule['kind'], string> = {
  constant: 'constant',
  cosine: 'cosine',
  step: 'by steps',
  plateau: 'on plateaus',
};
/** The numbers of a schedule when it is first chosen. */
const FIRST_NUMBERS = ['10', '0.5'];

/** The kind of a schedule, and its numbers if it has some. */
class ScheduleField implements SettingField {
  readonly element = create('div');
  private readonly kind: LabelledControl<HTMLSelectElement>;
  private readonly numbers = [
    { label: 'Every so many epochs', bound: SCHEDULE_EPOCHS, id: 'scheduleEpochs' },
    { label: 'Factor', bound: SCHEDULE_FACTOR, id: 'scheduleFactor' },
  ].map(({ id, label, bound }) => ({ bound, label, field: new LabelledControl(id, label, numberControl(bound)) }));
  private readonly part = create('div');

  constructor(private readonly name: SettingName) {
    const { label, words } = settingOf(name);
    this.kind = new LabelledControl(name, label, choiceControl(SCHEDULES, words));
    this.part.append(...this.numbers.map(({ field }) => field.element));
    this.element.append(this.kind.element, this.part);
    this.kind.control.input.addEventListener('change', () => this.showNumbers());
  }

  set(value: unknown = unsetValue(this.name)): void {
    const [kind, ...numbers] = formatSetting(this.name, value).split(':');
    this.kind.control.write(kind);
    for (const [i, { field }] of this.numbers.entries()) field.control.write(numbers[i] ?? FIRST_NUMBERS[i]);
    this.showNumbers();
  }

  check(): ReturnType<SettingField['check']> {
    const kind = this.kind.control.read();
    this.say(undefined);
    const misfits = this.shown.map(({ label, bound, field }) => {
      const misfit = describeText(label.toLowerCase(), field.control.read(), bound);
      field.say(misfit);
      return misfit;
    });
    if (misfits.some((misfit) => misfit !== undefined)) return { fits: false };
    const text = [kind, ...this.shown.map(({ field }) => field.control.read())].join(':');
    return { fits: true, value: parseSetting(this.name, text) };
  }

  say(misfit: string | undefined): void {
    this.kind.say(misfit);
    for (const { field } of this.numbers) field.say(undefined);
  }

  private get shown(): typeof this.numbers {
    return ['step', 'plateau'].includes(this.kind.control.read()) ? this.numbers : [];
  }

  private showNumbers(): void {
    this.part.hidden = this.shown.length === 0;
  }
}
