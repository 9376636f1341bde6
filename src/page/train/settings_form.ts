import { asFailure } from '../../errors.ts';
import { BOUNDS, checkExperiment, EXPERIMENT, type ExperimentConfig } from '../../model/config.ts';
import {
  DATA_SOURCES,
  type DataSource,
  DEFAULT_CHOICES,
  NUMBER_NAMES,
  type NumberName,
  type PageSettings,
  SIZE_NAMES,
} from '../address.ts';
import { byId } from '../dom.ts';
import { ChoicesForm } from './choices_form.ts';
import { NumberField } from './number_field.ts';

/** The form of all settings. */
export class SettingsForm {
  private readonly form = byId('settings', HTMLFormElement);
  private readonly defaults = byId('defaults', HTMLButtonElement);
  private readonly single = byId('singleAttentionVector', HTMLInputElement);
  private readonly fields = new Map(NUMBER_NAMES.map((name) => [name, new NumberField(name, BOUNDS[name])]));
  private readonly choices = new ChoicesForm();

  constructor(initial: PageSettings) {
    this.set(initial);
    for (const source of DATA_SOURCES) {
      byId(`data-${source}`, HTMLInputElement).addEventListener('change', () => {
        this.data = source;
      });
    }
  }

  /** What is trained on. */
  get data(): DataSource {
    return byId('data-series', HTMLInputElement).checked ? 'series' : 'planted';
  }

  set data(data: DataSource) {
    byId(`data-${data}`, HTMLInputElement).checked = true;
    this.form.dataset.source = data;
  }

  /** Fills in other settings, without telling the listeners. */
  set({ data, config, choices }: PageSettings): void {
    this.data = data;
    this.setNumbers(config);
    this.choices.set(choices);
  }

  onChange(listener: () => void): void {
    this.form.addEventListener('input', listener);
    this.defaults.addEventListener('click', () => {
      this.setNumbers(EXPERIMENT);
      this.choices.set(DEFAULT_CHOICES);
      listener();
    });
  }

  onSubmit(listener: () => void): void {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      listener();
    });
  }

  /**
   * The settings, or undefined when some do not fit; what is wrong is said beside each field. A number that the data have no use for
   * always fits.
   */
  check(): PageSettings | undefined {
    const { data } = this;
    const config = this.read();
    const misfits = new Map<NumberName, string>();
    for (const [name, field] of this.fields) {
      const misfit = field.misfit();
      if (!misfit) continue;
      if (data === 'series' && SIZE_NAMES.includes(name)) config[name] = EXPERIMENT[name];
      else misfits.set(name, misfit);
    }
    if (data === 'planted' && misfits.size === 0) this.checkTogether(config, misfits);
    for (const [name, field] of this.fields) field.show(misfits.get(name));
    const choices = data === 'series' ? this.choices.check() : (this.choices.check() ?? { ...DEFAULT_CHOICES });
    return misfits.size === 0 && choices ? { data, config, choices } : undefined;
  }

  focusFirstMisfit(): void {
    const misfit = this.form.querySelector<HTMLInputElement>('[aria-invalid="true"]');
    misfit?.closest('details')?.setAttribute('open', '');
    misfit?.focus();
  }

  setEnabled(enabled: boolean): void {
    for (const fieldset of this.form.querySelectorAll('fieldset')) fieldset.disabled = !enabled;
    this.defaults.disabled = !enabled;
  }

  private setNumbers(config: ExperimentConfig): void {
    for (const [name, field] of this.fields) field.value = config[name];
    this.single.checked = config.singleAttentionVector;
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
