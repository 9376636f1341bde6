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
  /** Index of its class, or its number. */
  label: number;
  /** Its values as they were trained on: (T, D) row-major. */
  x: Float32Array;
}

/** An event of a training. */
export type FitEvent =
  | {
      type: 'data';
      /** Series of both parts. */
      samples: number;
      /** Series that train. */
      trainingSamples: number;
      /** Series that validate. */
      validationSamples: number;
      /** Since the run began. */
      seconds: number;
    }
  | {
      type: 'ready';
      /** Since the run began. */
      seconds: number;
    }
  /** With the running means of this epoch, if they are watched. */
  | ({
      type: 'step';
      /** The epoch that runs, from 1. */
      epoch: number;
      /** Updates done in this epoch. */
      step: number;
      /** Updates in all of the epoch. */
      steps: number;
      /** Since the first update was submitted, pauses left out. */
      seconds: number;
      /** Training series in a second. */
      samplesPerSecond: number;
    } & Partial<Metrics>)
  | ({
      type: 'epoch';
      /** Epochs of the whole run. */
      epochs: number;
      /** Updates of an epoch. */
      steps: number;
    } & EpochRecord)
  | {
      type: 'attention';
      /** The epoch that has ended. */
      epoch: number;
      /** Mean over the validation part or, if nothing validates, the training part. */
      attention: MeanAttention;
    }
  | {
      type: 'samples';
      /** The series to look at. */
      samples: Sample[];
    }
  | {
      type: 'parameters';
      /** The epoch that runs or has ended; 0 is before training. */
      epoch: number;
      /** Updates done in the epoch; absent after all of them. */
      step?: number;
      /** All parameters, in the order of the arena. */
      parameters: Float32Array;
    }
  | {
      type: 'checkpoint';
      /** The state of the run. */
      checkpoint: Checkpoint;
    };
