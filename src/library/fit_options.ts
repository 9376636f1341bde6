import type { SplitOrder } from '../data/split.ts';
import type { FitEvent, Watch } from '../train/fit_event.ts';
import type { FitSettings } from '../train/fit_settings.ts';
import type { LabelledSeries } from './labelled_series.ts';

/** Called with each event of its kind, and waited for: `{ epoch: ({ epoch, loss }) => … }`. */
export type Callbacks = { [Type in FitEvent['type']]?: (event: Extract<FitEvent, { type: Type }>) => unknown };

/** How `fit` trains; the names are Keras' where Keras has one. */
export interface FitOptions extends FitSettings {
  /** Samples of an update. Default 32. */
  batchSize?: number;
  /** Passes over the training part. Default 1. */
  epochs?: number;
  /** Adam's. Default 0.001. */
  learningRate?: number;
  /** Of the order. Default the model's. */
  seed?: number;
  /** Share of the series that validates. Default 0. */
  validationSplit?: number;
  /** Which series validate. Default the last. */
  split?: SplitOrder;
  /** Series that validate, in the place of a share. */
  validationData?: LabelledSeries;
  /**
   * Whether channels are standardised by mean and deviation of the training part, which the model keeps. Default true. A model
   * that has them already keeps them.
   */
  standardise?: boolean;
  signal?: AbortSignal;
  callbacks?: Callbacks;
  /** What events tell beside epochs; each costs a reading from the device. */
  watch?: Watch;
  /** Measures how the LSTM's kernels are best cut for this size on this device, first: a few seconds at most. Default false. */
  tune?: boolean;
  /** Goes on with the run that the model was saved from; give its options, with more epochs where it was finished. Default false. */
  resume?: boolean;
}

export const FIT_DEFAULTS = {
  ...{ batchSize: 32, epochs: 1, learningRate: 1e-3, validationSplit: 0 },
  split: 'end' as SplitOrder,
};

/** The run, with each event given to its callback before anybody else. */
export async function* withCallbacks<Result>(
  events: AsyncGenerator<FitEvent, Result>,
  callbacks: Callbacks,
): AsyncGenerator<FitEvent, Result> {
  try {
    let next = await events.next();
    while (!next.done) {
      const event = next.value;
      await (callbacks[event.type] as ((event: FitEvent) => unknown) | undefined)?.(event);
      yield event;
      next = await events.next();
    }
    return next.value;
  } finally {
    await events.return(undefined as never); // Where somebody leaves it before its end.
  }
}
