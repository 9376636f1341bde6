import { asFailure } from '../errors.ts';
import { BOUNDS, type Bound, checkExperiment, type ExperimentConfig } from '../model/config.ts';
import { byId, create } from './dom.ts';
import { describeText, NUMBER_NAMES, type NumberName, parseNumber } from './settings.ts';
import { asSentence, formatNumber } from './text.ts';

/** One number of the form, with its range as a hint and its misfit in words below it. */
class NumberField {
  readonly input: HTMLInputElement;
  /** As the form writes it, in lower case for the middle of a sentence (LSTM stays). */
  readonly label: string;
  private readonly error: HTMLParagraphElement;

  constructor(
    name: NumberName,
    private readonly bound: Bound,
  ) {
    this.input = byId(name, HTMLInputElement);
    const label = this.input.labels?.[0].textContent ?? name;
    this.label = label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
    this.input.min = String(bound.min);
    this.input.max = String(bound.max);
    this.input.step = bound.integer ? '1' : 'any';
    const hint = create('p', `${formatNumber(bound.min)} to ${formatNumber(bound.max)} · ${bound.reason}`, 'hint');
    hint.id = `${name}-hint`;
    this.error = create('p', '', 'error');
    this.error.id = `${name}-error`;
    this.input.setAttribute('aria-describedby', `${hint.id} ${this.error.id}`);
    this.input.after(hint, this.error);
  }

  get value(): number {
    return parseNumber(this.input.value);
  }

  set value(value: number) {
    this.input.value = String(value);
  }

  misfit(): string | undefined {
    // A number input reports what it cannot read as an empty text.
    if (this.input.validity.badInput) return describeText(this.label, 'not a number', this.bound);
    return describeText(this.label, this.input.value, this.bound);
  }

  show(misfit: string | undefined): void {
    this.error.textContent = misfit ? asSentence(misfit) : '';
    this.input.setAttribute('aria-invalid', String(misfit !== undefined));
  }
}

/** The form of the experiment's settings. */
export class SettingsForm {
  private readonly form = byId('settings', HTMLFormElement);
  private readonly single = byId('singleAttentionVector', HTMLInputElement);
  private readonly fields = new Map(NUMBER_NAMES.map((name) => [name, new NumberField(name, BOUNDS[name])]));

  constructor(initial: ExperimentConfig) {
    for (const [name, field] of this.fields) field.value = initial[name];
    this.single.checked = initial.singleAttentionVector;
  }

  onChange(listener: () => void): void {
    this.form.addEventListener('input', listener);
  }

  onSubmit(listener: () => void): void {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      listener();
    });
  }

  /** The settings, or undefined when some do not fit; what is wrong is said beside each field. */
  check(): ExperimentConfig | undefined {
    const config = this.read();
    const misfits = new Map<NumberName, string>();
    for (const [name, field] of this.fields) {
      const misfit = field.misfit();
      if (misfit) misfits.set(name, misfit);
    }
    if (misfits.size === 0) this.checkTogether(config, misfits);
    for (const [name, field] of this.fields) field.show(misfits.get(name));
    return misfits.size === 0 ? config : undefined;
  }

  focusFirstMisfit(): void {
    this.form.querySelector<HTMLInputElement>('[aria-invalid="true"]')?.focus();
  }

  setEnabled(enabled: boolean): void {
    for (const fieldset of this.form.querySelectorAll('fieldset')) fieldset.disabled = !enabled;
  }

  private read(): ExperimentConfig {
    const numbers = Object.fromEntries([...this.fields].map(([name, { value }]) => [name, value]));
    return { ...(numbers as Record<NumberName, number>), singleAttentionVector: this.single.checked };
  }

  /** Settings that fit alone can still contradict each other; such a sentence begins with the setting to change. */
  private checkTogether(config: ExperimentConfig, misfits: Map<NumberName, string>): void {
    const labelOf = (name: string) => this.fields.get(name as NumberName)?.label ?? name;
    try {
      checkExperiment(config, labelOf);
    } catch (error) {
      const { message } = asFailure(error);
      const named = NUMBER_NAMES.find((name) => message.startsWith(`${labelOf(name)} `));
      misfits.set(named ?? NUMBER_NAMES[0], message);
    }
  }
}
