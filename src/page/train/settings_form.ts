import { findContradiction, PLANTED, type Use } from '../../settings/check.ts';
import { openSizes, SIZES, type Sizes, sizesFor } from '../../settings/sizes.ts';
import {
  formLabel,
  namesFor,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  type Source,
  settingOf,
  unsetValue,
} from '../../settings/table.ts';
import { DATA_SOURCES, PAGE_DEFAULTS, type PageSettings } from '../address.ts';
import { byId } from '../dom.ts';
import { createSettingField } from './setting_field.ts';

/** The sizes of the planted experiment, and those in the form until the series are read. */
const NO_SIZES = Object.fromEntries(SIZES.map((name) => [name, unsetValue(name)])) as Sizes;

/** The form of all settings, with a field for each row of their table. */
export class SettingsForm {
  private readonly form = byId('settings', HTMLFormElement);
  private readonly defaults = byId('defaults', HTMLButtonElement);
  private readonly fields = new Map(SETTING_NAMES.map((name) => [name, createSettingField(name)]));

  /** Facts about the own series, as far as they are known. */
  private series: Omit<Use, 'source'> = {};
  /** The sizes that fit the data; a field that has one of them follows when they change. */
  private sizes: Sizes = NO_SIZES;

  constructor(initial: PageSettings) {
    for (const [name, { element }] of this.fields) byId(`settings-${placeOf(name)}`, HTMLElement).append(element);
    this.set(initial);
    for (const source of DATA_SOURCES) {
      byId(`data-${source}`, HTMLInputElement).addEventListener('change', () => {
        this.data = source;
      });
    }
  }

  /** What is trained on. */
  get data(): Source {
    return byId('data-series', HTMLInputElement).checked ? 'series' : 'planted';
  }

  set data(data: Source) {
    byId(`data-${data}`, HTMLInputElement).checked = true;
    this.form.dataset.source = data;
    this.fitSizes();
  }

  /** Fills in other settings, without telling the listeners. */
  set({ data, values }: PageSettings): void {
    this.data = data;
    this.setValues(values);
  }

  onChange(listener: () => void): void {
    this.form.addEventListener('input', listener);
    this.defaults.addEventListener('click', () => {
      this.setValues(PAGE_DEFAULTS);
      this.sizes = NO_SIZES;
      this.fitSizes();
      listener();
    });
  }

  onSubmit(listener: () => void): void {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      listener();
    });
  }

  /** Takes facts about the own series. Sizes that nobody has changed follow from the number of series. */
  setSeries(facts: Omit<Use, 'source'>): void {
    this.series = facts;
    this.fitSizes();
  }

  private fitSizes(): void {
    const { samples } = this.series;
    const share = Number(this.fields.get('validationSplit')?.check({}).value ?? PAGE_DEFAULTS.validationSplit);
    const isKnown = this.data === 'series' && samples !== undefined;
    const sizes = isKnown ? sizesFor(samples, share) : NO_SIZES;
    const values = SIZES.map((name) => [name, this.fields.get(name)?.check({}).value] as const);
    const chosen = Object.fromEntries(values.filter(([name, value]) => !isSame(value, this.sizes[name])));
    for (const name of openSizes(chosen)) this.fields.get(name)?.set(sizes[name]);
    this.sizes = sizes;
  }

  /**
   * The settings; undefined if one is wrong. The fields show the mistakes. A setting that does not apply to these data
   * has its default.
   */
  check(): PageSettings | undefined {
    const { data } = this;
    const use: Use = data === 'planted' ? PLANTED : { source: data, ...this.series };
    const names: SettingName[] = namesFor(data);
    const values: Settings = { ...PAGE_DEFAULTS };
    let allFit = true;
    for (const [name, field] of this.fields) {
      field.say(undefined);
      if (!names.includes(name)) continue;
      const { fits, value } = field.check(use);
      allFit &&= fits;
      if (value !== undefined) Object.assign(values, { [name]: value });
    }
    return allFit && this.goTogether(values, use) ? { data, values } : undefined;
  }

  focusFirstMisfit(): void {
    const misfit = this.form.querySelector<HTMLElement>('[aria-invalid="true"]');
    misfit?.closest('details')?.setAttribute('open', '');
    misfit?.focus();
  }

  setEnabled(enabled: boolean): void {
    for (const fieldset of this.form.querySelectorAll('fieldset')) fieldset.disabled = !enabled;
    this.defaults.disabled = !enabled;
  }

  private setValues(values: Settings): void {
    for (const [name, field] of this.fields) field.set(values[name]);
  }

  /** Settings that fit alone can still contradict each other; then the one to change says so. */
  private goTogether(values: Settings, use: Use): boolean {
    const contradiction = findContradiction(values, use, formLabel);
    if (contradiction) this.fields.get(contradiction.name)?.say(contradiction.sentence);
    return contradiction === undefined;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The part of the form in which a setting is. */
function placeOf(name: SettingName): 'data' | 'model' | 'training' | 'more' {
  const { more, source, of } = settingOf(name);
  if (more) return 'more';
  if (source !== 'both') return 'data';
  return of === 'model' ? 'model' : 'training';
}
