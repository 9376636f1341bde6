import { Failure } from '../errors.ts';
import type { Evaluations } from '../train/fit.ts';
import type { EpochRecord } from '../train/history.ts';
import type { Verdict } from '../train/learned.ts';
import type { MeanAttention } from '../train/mean_attention.ts';
import type { FitEvent } from './fit_options.ts';

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
  /**
   * Whether it has learned anything that holds for series which did not train it, if some validate, and why not:
   * docs/own_series.md says how this is judged.
   */
  verdict: Verdict;
  /** Seconds of training and validation. */
  seconds: number;
  /** Whether a signal ended it before its last epoch. */
  stopped: boolean;
  /** The epoch whose parameters the model has, if early stopping restored the best ones. */
  bestEpoch?: number;
  /**
   * Sentences that a person should know, as the command line and the page say them: the sizes that follow from the
   * series, and what a small or one-sided validation part cannot tell.
   */
  warnings: string[];
}

/**
 * A run of `fit`: a promise of its history that is also an async iterable of its events. It starts at once. A loop over
 * the events gets those from its beginning on; the run then goes on only while events are taken. Leaving the loop early
 * stops the run as a signal does: the model keeps what it has learned, and the history says `stopped`.
 */
export class FitRun extends Promise<History> implements AsyncIterable<FitEvent> {
  /** `then` and its like return plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  private readonly stop: () => void;
  private loop: Loop | undefined;

  /** Takes events until their end; `stop` makes them end early. */
  constructor(events: AsyncGenerator<FitEvent, History>, stop: () => void) {
    let settle: Parameters<ConstructorParameters<typeof Promise<History>>[0]> | undefined;
    super((...functions) => {
      settle = functions;
    });
    this.stop = stop;
    this.follow(events).then(...(settle as NonNullable<typeof settle>));
  }

  /** The events of the run, once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<FitEvent, void> {
    if (this.loop) {
      throw new Failure('invalid-option', 'the events of a run can be taken once: keep what the first loop gets');
    }
    const loop = new Loop();
    this.loop = loop;
    this.then(
      () => loop.leave(),
      () => loop.leave(),
    );
    let isOver = false;
    try {
      for (let event = await loop.take(); event; event = await loop.take()) yield event;
      isOver = true;
      await this; // Throws what ended it.
    } finally {
      if (!isOver) {
        loop.leave();
        this.stop();
        await this.catch(() => {});
      }
    }
  }

  private async follow(events: AsyncGenerator<FitEvent, History>): Promise<History> {
    const first = events.next();
    first.catch(() => {}); // It is awaited a turn later.
    // A loop that begins now gets every event.
    await new Promise((resolve) => setTimeout(resolve));
    let next = await first;
    while (!next.done) {
      await this.loop?.give(next.value);
      next = await events.next();
    }
    return next.value;
  }
}

/** Hands events to a loop one by one. */
class Loop {
  private given: FitEvent[] = [];
  private isLeft = false;
  private wake: () => void = () => {};
  private taken: () => void = () => {};

  /** Resolves when the loop asks for the next event, or is left. */
  give(event: FitEvent): Promise<void> {
    if (this.isLeft) return Promise.resolve();
    this.given.push(event);
    this.wake();
    return new Promise((resolve) => {
      this.taken = resolve;
    });
  }

  /** The next event, or undefined after the last one. */
  async take(): Promise<FitEvent | undefined> {
    this.taken();
    if (this.given.length === 0 && !this.isLeft) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.given.shift();
  }

  /** No event comes any more, or nobody takes them. */
  leave(): void {
    this.isLeft = true;
    this.taken();
    this.wake();
  }
}
