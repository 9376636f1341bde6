import { Failure } from '../errors.ts';
import type { Schedule, TrainingConfig, UpdateOptions } from '../model/config.ts';

/** Settings of `fit` beside those that every run has, as people give them; each is left out where absent. */
export interface FitSettings {
  /** Ends the run after so many epochs without a smaller loss, with the best epoch's parameters. */
  patience?: number;
  schedule?: Schedule;
  l2?: number;
  clipNorm?: number;
  /** `balanced`: every class counts the same in all. */
  classWeights?: 'balanced' | readonly number[];
  shuffle?: boolean;
}

/**
 * The settings as a run takes them; `counts` are the training series of each class, for balanced weights. Throws invalid-option where
 * one of them is 0. `label` names a setting as the host writes it.
 */
export function fitOptions(
  { patience, schedule, l2, clipNorm, classWeights, shuffle }: FitSettings,
  counts: number[] = [],
  label: (name: string) => string = (name) => name,
): Pick<TrainingConfig, 'update' | 'schedule' | 'earlyStopping' | 'shuffle'> {
  const weights = classWeights === 'balanced' ? balanced(counts, label('classWeights')) : classWeights;
  const update: UpdateOptions = { l2, largestGradientNorm: clipNorm, classWeights: weights };
  const options: ReturnType<typeof fitOptions> = {};
  if (Object.values(update).some((value) => value !== undefined)) options.update = update;
  if (patience !== undefined) options.earlyStopping = { patience, restoreBest: true };
  if (schedule) options.schedule = schedule;
  if (shuffle === false) options.shuffle = false;
  return options;
}

/** Every class counts the same in all: series / (classes · series of the class). */
function balanced(counts: number[], label: string): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length === 0 || counts.includes(0)) {
    throw new Failure(
      'invalid-option',
      `${label} balanced needs training series of every class: split stratified, or give no balanced weights`,
    );
  }
  return counts.map((count) => total / (counts.length * count));
}
