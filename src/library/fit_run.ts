import { Failure } from '../errors.ts';
import type { Evaluations } from '../train/fit.ts';
import type { FitEvent } from '../train/fit_event.ts';
import type { EpochRecord } from '../train/history.ts';
import type { MeanAttention } from '../train/mean_attention.ts';

/** The result of training. */
export interface History {
  /** An epoch each, from 1. */
  epochs: EpochRecord[];
  /** Keras' `History.history`: `loss`, `accuracy` or `mean_absolute_error`, and their `val_`, a value an epoch. */
  history: Record<string, number[]>;
  /** Mean over the validation part or, if nothing validates, the training part. */
  attention: MeanAttention;
  /** How the model does on the validation part; empty if nothing validates. */
  evaluation: Evaluations;
  /** Seconds of training and validation. */
  seconds: number;
  /** Whether a signal ended it before its last epoch. */
  stopped: boolean;
  /** The epoch whose parameters the model has, if early stopping restored the best ones. */
  bestEpoch?: number;
}

/**
 * A run of `fit`: a promise of its history, and an async iterable of its events. It starts when it is awaited or
 * iterated. If it is iterated, it goes on only while events are taken; leaving the loop early ends the run and rejects
 * the promise.
 */
export class FitRun implements PromiseLike<History>, AsyncIterable<FitEvent> {
  private readonly history: Promise<History>;
  private resolve: (history: History) => void = () => {};
  private reject: (error: unknown) => void = () => {};
  private isTaken = false;

  constructor(private readonly events: AsyncGenerator<FitEvent, History>) {
    this.history = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise that can also be iterated.
  then<A = History, B = never>(
    onResolved?: ((history: History) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // Somebody may await its end and iterate: a turn later that is known.
    setTimeout(() => this.drain());
    return this.history.then(onResolved, onRejected);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FitEvent, void> {
    if (this.isTaken)
      throw new Failure('invalid-option', 'the events of a run can be taken once: keep what the first loop gets');
    this.isTaken = true;
    this.history.catch(() => {}); // A loop over the events gets the error itself.
    let isOver = false;
    try {
      for (;;) {
        const { done, value } = await this.events.next();
        isOver = done === true;
        if (done) return this.resolve(value);
        yield value;
      }
    } catch (error) {
      isOver = true;
      this.reject(error);
      throw error;
    } finally {
      if (!isOver) {
        this.reject(new Failure('stopped', 'the loop over the run’s events was left before its end: call fit again'));
        await this.events.return(undefined as never);
      }
    }
  }

  private async drain(): Promise<void> {
    if (this.isTaken) return;
    this.isTaken = true;
    try {
      let next = await this.events.next();
      while (!next.done) next = await this.events.next();
      this.resolve(next.value);
    } catch (error) {
      this.reject(error);
    }
  }
}
