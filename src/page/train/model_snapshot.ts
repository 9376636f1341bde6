import type { Sample } from '../../train/fit_event.ts';
import type { TrainingPlan } from './training_plan.ts';

/** A model's parameters at one moment. */
export interface ParametersAt {
  epoch: number;
  /** Updates done in that epoch; absent if it is finished. */
  step?: number;
  /** Float32 in the order of the arena. */
  values: Float32Array;
}

/** The latest knowledge about a run's model, for the panels that look into it. */
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
  /** Shows a snapshot in the current colours, or that there is nothing to show yet. */
  draw(snapshot: ModelSnapshot): void;
}

/** The moment of some parameters, in words. */
export function describeMoment({ epoch, step }: ParametersAt): string {
  if (step !== undefined) return `after step ${step} of epoch ${epoch}`;
  return epoch === 0 ? 'before training' : `after epoch ${epoch}`;
}
