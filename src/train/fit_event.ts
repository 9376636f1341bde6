import type { Checkpoint } from './checkpoint.ts';
import type { EpochRecord, Metrics } from './history.ts';
import type { MeanAttention } from './mean_attention.ts';

/** What to watch during training; each item costs a reading from the GPU. */
export interface Watch {
  /** Running loss and accuracy with every `step` event, not only at the epoch's end. */
  metrics?: boolean;
  /** The mean attention after every epoch, not only at the end. */
  attention?: boolean;
  /**
   * This many series to look at, from the first of the validation part on (of the training part if nothing validates).
   */
  samples?: number;
  /** The parameters before training, after every epoch, and after every update if updates are taken one by one. */
  parameters?: boolean;
  /**
   * A checkpoint between two updates, whenever this many seconds have passed since the last one; not at the end of the
   * training.
   */
  checkpointSeconds?: number;
}

/** A series to look at: x is (T, D) row-major. */
export interface Sample {
  /** Its place in the data set. */
  index: number;
  label: number;
  x: Float32Array;
}

/** An event of a training. */
export type FitEvent =
  | { type: 'data'; samples: number; trainingSamples: number; validationSamples: number; seconds: number }
  | { type: 'ready'; seconds: number }
  /** With the running means of this epoch, if they are watched. */
  | ({
      type: 'step';
      epoch: number;
      /** Updates done in this epoch, and in all of it. */
      step: number;
      steps: number;
      /** Since the first update was submitted, pauses left out. */
      seconds: number;
      samplesPerSecond: number;
    } & Partial<Metrics>)
  | ({ type: 'epoch'; epochs: number; steps: number } & EpochRecord)
  | { type: 'attention'; epoch: number; attention: MeanAttention }
  | { type: 'samples'; samples: Sample[] }
  /**
   * After `step` updates of epoch `epoch`, or all of them if `step` is absent; epoch 0 is before training. Order of the
   * arena.
   */
  | { type: 'parameters'; epoch: number; step?: number; parameters: Float32Array }
  | { type: 'checkpoint'; checkpoint: Checkpoint };
