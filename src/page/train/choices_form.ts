import type { SplitOrder } from '../../data/split.ts';
import { OPTION_BOUNDS, type Schedule } from '../../model/config.ts';
import type { SeriesChoices } from '../address.ts';
import { byId } from '../dom.ts';
import { NumberField } from './number_field.ts';

const SCHEDULE_EPOCHS = 10;
const SCHEDULE_FACTOR = 0.5;

/** The settings that only own series have. */
export class ChoicesForm {
  private readonly split = byId('split', HTMLSelectElement);
  private readonly standardise = byId('standardise', HTMLInputElement);
  private readonly balanced = byId('balanced', HTMLInputElement);
  private readonly patience = new NumberField('patience', OPTION_BOUNDS.patience, 'no early stopping');
  private readonly schedule = byId('schedule', HTMLSelectElement);
  private readonly scheduleEpochs = new NumberField('scheduleEpochs', OPTION_BOUNDS.everyEpochs);
  private readonly scheduleFactor = new NumberField('scheduleFactor', OPTION_BOUNDS.factor);

  constructor() {
    this.schedule.addEventListener('change', () => this.showScheduleFields());
  }

  set({ split, standardise, balanced, patience = Number.NaN, schedule }: SeriesChoices): void {
    this.split.value = split;
    this.standardise.checked = standardise;
    this.balanced.checked = balanced;
    this.patience.value = patience;
    this.schedule.value = schedule?.kind ?? '';
    this.scheduleEpochs.value = epochsOf(schedule) ?? SCHEDULE_EPOCHS;
    this.scheduleFactor.value = schedule && schedule.kind !== 'cosine' ? schedule.factor : SCHEDULE_FACTOR;
    this.showScheduleFields();
  }

  /** The settings, or undefined when some do not fit; what is wrong is said beside each field. */
  check(): SeriesChoices | undefined {
    const fields = this.hasScheduleFields ? [this.patience, this.scheduleEpochs, this.scheduleFactor] : [this.patience];
    const fit = fields.map((field) => field.check());
    if (fit.includes(false)) return undefined;
    const { value } = this.patience;
    return {
      split: this.split.value as SplitOrder,
      standardise: this.standardise.checked,
      balanced: this.balanced.checked,
      patience: Number.isNaN(value) ? undefined : value,
      schedule: this.readSchedule(),
    };
  }

  private readSchedule(): Schedule | undefined {
    const [epochs, factor] = [this.scheduleEpochs.value, this.scheduleFactor.value];
    switch (this.schedule.value) {
      case 'cosine':
        return { kind: 'cosine' };
      case 'step':
        return { kind: 'step', everyEpochs: epochs, factor };
      case 'plateau':
        return { kind: 'plateau', patience: epochs, factor };
      default:
        return undefined;
    }
  }

  private get hasScheduleFields(): boolean {
    return ['step', 'plateau'].includes(this.schedule.value);
  }

  private showScheduleFields(): void {
    byId('schedule-fields', HTMLElement).hidden = !this.hasScheduleFields;
  }
}

function epochsOf(schedule: Schedule | undefined): number | undefined {
  if (schedule?.kind === 'step') return schedule.everyEpochs;
  return schedule?.kind === 'plateau' ? schedule.patience : undefined;
}
