import { Failure } from '../errors.ts';
import type { TrainingConfig } from '../model/config.ts';
import { createArena } from '../model/parameters.ts';
import type { EpochRecord } from './history.ts';
import type { OptimizerState } from './stepper.ts';

/** A run between two updates: everything that it needs to resume as if it had not been interrupted. */
export interface Checkpoint {
  /** The training that it belongs to. */
  config: TrainingConfig;
  /** Epochs that are finished. */
  epoch: number;
  /** Updates of the next epoch that are done. */
  step: number;
  /** What they measured: (step, 2), each batch's sums of loss and second metric. */
  metrics: Float32Array;
  /** The epochs that are finished. */
  history: EpochRecord[];
  /** Training and validation so far. */
  seconds: number;
  /** Parameters and optimizer after the last update. */
  state: OptimizerState;
  /** The best epoch, if early stopping restores it. */
  best?: {
    /** Its number, from 1. */
    epoch: number;
    /** Parameters and optimizer after it. */
    state: OptimizerState;
  };
}

/** Where a checkpoint is, in words. */
export function describePlace({ epoch, step }: Pick<Checkpoint, 'epoch' | 'step'>): string {
  if (step > 0) return `step ${step} of epoch ${epoch + 1}`;
  return epoch === 0 ? 'the start' : `epoch ${epoch}`;
}

/**
 * Throws invalid-option if a run of `config` cannot resume from the checkpoint. The number of epochs may have changed.
 */
export function requireSameRun(checkpoint: Checkpoint, config: TrainingConfig): void {
  const { config: before, epoch, state, best } = checkpoint;
  for (const name of new Set(Object.keys({ ...before, ...config })) as Set<keyof TrainingConfig>) {
    const [old, value] = [before[name], config[name]];
    if (name === 'epochs' || JSON.stringify(old) === JSON.stringify(value)) continue;
    throw new Failure(
      'invalid-option',
      `the checkpoint has ${name} ${JSON.stringify(old)}, this run ${JSON.stringify(value)}: resume it with its own settings`,
    );
  }
  if (epoch >= config.epochs) {
    throw new Failure(
      'invalid-option',
      `the checkpoint is of epoch ${epoch}, and this run ends with epoch ${config.epochs}: give more epochs to resume it`,
    );
  }
  const { length } = createArena(config);
  for (const [name, values] of [state, best?.state ?? {}].flatMap(Object.entries<Float32Array>)) {
    if (values.length === length) continue;
    throw new Failure(
      'invalid-option',
      `the checkpoint has ${values.length} elements of ${name}, this model ${length}: start afresh`,
    );
  }
}
