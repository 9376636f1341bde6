import type { Sample } from '../../train/fit_event.ts';
import type { TrainingPlan } from './training_plan.ts';

/** A model's parameters at one moment. */
export interface ParametersAt {
  epoch: number;
  /** Updates done in that epoch; absent when it is finished. */
  step?: number;
  /** Float32 in the order of the arena. */
  values: Float32Array;
}

/** What a run has told about its model so far, for the panels that look into it. */
export interface ModelSnapshot {
  plan: TrainingPlan;
  samples: Sample[];
  /** Before training. */
  initial: ParametersAt | undefined;
  /** The newest. */
  now: ParametersAt | undefined;
}

/** A panel that looks into the model. */
export interface ModelPanel {
  /** Shows a snapshot, in the colours that hold now; of a run that has not told anything yet, that there is nothing. */
  draw(snapshot: ModelSnapshot): void;
}

/** When parameters were as they are, in words. */
export function describeMoment({ epoch, step }: ParametersAt): string {
  if (step !== undefined) return `after step ${step} of epoch ${epoch}`;
  return epoch === 0 ? 'before training' : `after epoch ${epoch}`;
}
