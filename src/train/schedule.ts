import { Failure } from '../errors.ts';
import { type Bound, describeMisfit, OPTION_BOUNDS, type Schedule } from '../model/config.ts';
import { shown } from '../rules.ts';

/** How a schedule is written: `cosine`, `step:EPOCHS:FACTOR` or `plateau:EPOCHS:FACTOR`. `label` is what the setting is called. */
export function parseSchedule(label: string, text: string): Schedule {
  const [kind, epochs, factor, ...more] = text.split(':');
  if (text === 'cosine') return { kind: 'cosine' };
  if ((kind !== 'step' && kind !== 'plateau') || more.length > 0) {
    throw new Failure(
      'invalid-option',
      `${label} is ${shown(text)}: give cosine, step:EPOCHS:FACTOR or plateau:EPOCHS:FACTOR`,
    );
  }
  const count = parseNumber(`${label} ${kind}: epochs`, epochs, OPTION_BOUNDS.patience);
  const by = parseNumber(`${label} ${kind}: factor`, factor, OPTION_BOUNDS.factor);
  return kind === 'step' ? { kind, everyEpochs: count, factor: by } : { kind, patience: count, factor: by };
}

/** The reverse of `parseSchedule`. */
export function formatSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'cosine':
      return 'cosine';
    case 'step':
      return `step:${schedule.everyEpochs}:${schedule.factor}`;
    case 'plateau':
      return `plateau:${schedule.patience}:${schedule.factor}`;
  }
}

function parseNumber(label: string, text: string | undefined, bound: Bound): number {
  const value = text?.trim() ? Number(text) : Number.NaN;
  const misfit = describeMisfit(label, value, bound, shown(text?.trim() ?? '') || 'empty');
  if (misfit) throw new Failure('invalid-option', misfit);
  return value;
}
