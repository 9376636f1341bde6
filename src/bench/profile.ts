import { type Dispatch, dispatchName } from '../gpu/kernel.ts';
import type { DispatchSpan } from '../gpu/profiler.ts';
import type { ExperimentConfig } from '../model/config.ts';
import type { Progress } from '../progress.ts';
import type { Batch } from '../train/batches.ts';
import { experimentBatches } from '../train/experiment.ts';
import { type Limits, typicalLimits } from './limits.ts';
import { type Budget, expectedSamples, finite, isDue, mean, median, shareOf } from './measure.ts';
import type { KernelTimes, MeasuredProfile, ProfileLength, Timeline } from './profile_result.ts';
import { costOf, type Subject } from './rows.ts';
import type { Start } from './start.ts';
import { SubmissionTimer } from './training.ts';

/** The time for a step, which is timed again and again, in all starts together. */
const STEP_BUDGET: Budget = { samples: 20, seconds: 2, leastSamples: 6, mostSeconds: 20 };
/** Most moments of an epoch, in all starts together, at which limits and whole steps are measured. */
const EPOCH_MOMENTS = 20;
/** Timestamps show gaps only if their rounding, one grain a dispatch, is at most this share of the step. */
const ROUNDING = 0.05;

/** The batches that a profile runs: those of an epoch, or the one of a step. */
export interface Schedule {
  length: ProfileLength;
  training: Batch[];
  /** Run forward only. */
  validation: Batch[];
}

/** The batches of an epoch of the experiment, or its first one. */
export function scheduleOf(length: ProfileLength, config: ExperimentConfig): Schedule {
  const { training, validation } = experimentBatches(config);
  return length === 'epoch' ? { length, training, validation } : { length, training: [training[0]], validation: [] };
}

/**
 * Times every dispatch of the steps on the schedule, with the limits and whole steps between them. Each start takes its
 * share: of the time for a step, or of the batches of an epoch. The slots of the list are the training batches, then
 * those of the validation. After an abort it returns the rounds so far. Yields the number of rounds done, and of how
 * many.
 */
export async function* measureProfile(
  subject: Subject,
  schedule: Schedule,
  start: Start,
  signal?: AbortSignal,
): AsyncGenerator<Progress, MeasuredProfile> {
  const { trainer, list, roofline } = subject;
  const { length, training } = schedule;
  const updates = await SubmissionTimer.create(trainer, 'updates');
  const series = new KernelSeries(length === 'epoch' ? list.dispatches : trainer.plan.update);
  const moments: { limits: Limits; stepMs: number }[] = [];
  const measureMoment = async () => {
    moments.push({ limits: await roofline.measure(), stepMs: await updates.milliseconds() });
  };
  await measureMoment();
  const turns = length === 'epoch' ? new EpochTurns(schedule, start) : new StepTurns(start);
  let steps = 0;
  for (let done = 0; turns.isDue(done) && (done === 0 || !signal?.aborted); ) {
    const slot = turns.slotOf(done);
    if (done > 0 && done % turns.every === 0) await measureMoment();
    if (slot < training.length) {
      series.add((await list.measure(slot)).nanoseconds, 0);
      steps++;
    } else {
      series.add((await list.measureForward(slot)).nanoseconds, list.forward.first);
    }
    done++;
    yield { done, of: turns.expected(done) };
  }
  return {
    limits: typicalLimits(moments.map(({ limits }) => limits)),
    steps,
    validationSteps: series.added - steps,
    stepMs: median(moments.map(({ stepMs }) => stepMs)),
    kernels: series.kernels(list.repeats),
    droppedTimes: series.dropped,
    timeline: await traceTimeline(subject, series.kernels(list.repeats)),
  };
}

/** The same batch again and again, for a start's share of the time. */
class StepTurns {
  readonly every = 1;
  private readonly budget: Budget;
  private readonly started = performance.now();

  constructor({ of }: Start) {
    this.budget = shareOf(STEP_BUDGET, of);
  }

  isDue(done: number): boolean {
    return isDue(done, this.seconds, this.budget);
  }

  slotOf(): number {
    return 0;
  }

  expected(done: number): number {
    return expectedSamples(done, this.seconds, this.budget);
  }

  private get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }
}

/** Every batch of a start's share of an epoch, once: the shares of all starts are the epoch. */
class EpochTurns {
  readonly every: number;
  private readonly slots: number[];

  constructor({ training, validation }: Schedule, { index, of }: Start) {
    const slots = training.length + validation.length;
    this.slots = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => slot % of === index);
    this.every = Math.ceil(slots / EPOCH_MOMENTS);
  }

  isDue(done: number): boolean {
    return done < this.slots.length;
  }

  slotOf(done: number): number {
    return this.slots[done];
  }

  expected(): number {
    return this.slots.length;
  }
}

/** The times of every kernel: a sample is the mean of its dispatches in one step. */
class KernelSeries {
  /** Steps, whole ones and forward parts. */
  added = 0;
  dropped = 0;
  private readonly series: { name: string; indices: number[]; ms: number[]; dispatched: number }[];

  constructor(private readonly dispatches: Dispatch[]) {
    this.series = [...new Set(dispatches.map(({ kernel }) => kernel.name))].map((name) => {
      const indices = dispatches.flatMap(({ kernel }, i) => (kernel.name === name ? [i] : []));
      return { name, indices, ms: [], dispatched: 0 };
    });
  }

  /** The times of one step, or of a forward pass, whose dispatches begin at `first`. */
  add(nanoseconds: number[], first: number): void {
    this.added++;
    this.dropped += nanoseconds.length - finite(nanoseconds).length;
    for (const series of this.series) {
      const indices = series.indices.map((i) => i - first).filter((i) => i >= 0 && i < nanoseconds.length);
      if (indices.length === 0) continue;
      series.ms.push(mean(indices.map((i) => nanoseconds[i] / 1e6)));
      series.dispatched += indices.length;
    }
  }

  kernels(repeats: readonly number[]): KernelTimes[] {
    return this.series.map(({ name, indices, ms, dispatched }) => {
      const { flops, bytes } = costOf(indices.map((i) => this.dispatches[i]));
      const count = indices.length;
      const most = Math.max(...indices.map((i) => repeats[i]));
      return { name, ms, flops: flops / count, bytes: bytes / count, count, dispatched, repeats: most };
    });
  }
}

/** Runs the list once more without repeats. If the timer is too coarse for that, lays the mean times end to end. */
async function traceTimeline({ trainer, list }: Subject, kernels: KernelTimes[]): Promise<Timeline> {
  const { grainNanoseconds = Number.POSITIVE_INFINITY } = list;
  const traced = await list.trace();
  const isMeasured = traced !== undefined && grainNanoseconds * traced.length <= ROUNDING * (traced.at(-1)?.end ?? 0);
  const { update, forward } = trainer.plan;
  const spans = isMeasured ? traced : laidEndToEnd(update, kernels);
  return {
    isMeasured,
    spans: update.map((dispatch, i) => ({
      name: dispatchName(dispatch),
      kernel: dispatch.kernel.name,
      part: forward.includes(dispatch) ? 'forward' : 'backward',
      startUs: spans[i].begin / 1e3,
      durationUs: (spans[i].end - spans[i].begin) / 1e3,
    })),
  };
}

function laidEndToEnd(dispatches: Dispatch[], kernels: KernelTimes[]): DispatchSpan[] {
  let end = 0;
  return dispatches.map(({ kernel }) => {
    const begin = end;
    const ms = finite(kernels.find(({ name }) => name === kernel.name)?.ms ?? []);
    if (ms.length > 0) end += 1e6 * mean(ms);
    return { begin, end };
  });
}
