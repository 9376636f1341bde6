import { type Dispatch, dispatchName } from '../gpu/kernel.ts';
import type { DispatchSpan } from '../gpu/profiler.ts';
import type { ExperimentConfig } from '../model/config.ts';
import type { Progress } from '../progress.ts';
import type { Batch } from '../train/batches.ts';
import { experimentBatches } from '../train/experiment.ts';
import { type Limits, limitMs, typicalLimits } from './limits.ts';
import {
  type Budget,
  expectedSamples,
  finite,
  isDue,
  mean,
  medianInterval,
  percentile,
  possibleTimes,
} from './measure.ts';
import type { ProfileLength, ProfileRow, Timeline } from './profile_result.ts';
import { costOf, type MeasuredRows, type Subject } from './rows.ts';
import { SubmissionTimer } from './training.ts';

/** The time for a step, which is timed again and again. */
const STEP_BUDGET: Budget = { samples: 20, seconds: 2, leastSamples: 5, mostSeconds: 20 };
/** Most moments of an epoch, evenly spaced, at which limits and whole steps are measured. */
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

export interface MeasuredProfile extends Pick<MeasuredRows, 'limits' | 'droppedTimes'> {
  /** Training and validation steps that were timed. */
  steps: number;
  validationSteps: number;
  /** Wall clock of a training step as training submits it, not profiled. */
  stepMs: { median: number; low: number; high: number };
  rows: ProfileRow[];
  timeline: Timeline;
}

/** The batches of an epoch of the experiment, or its first one. */
export function scheduleOf(length: ProfileLength, config: ExperimentConfig): Schedule {
  const { training, validation } = experimentBatches(config);
  return length === 'epoch' ? { length, training, validation } : { length, training: [training[0]], validation: [] };
}

/**
 * Times every dispatch of the steps on the schedule, with the limits and whole steps between them. The slots of the
 * list are the training batches, then those of the validation. After an abort it returns the rounds so far. Yields the
 * number of rounds done, and of how many.
 */
export async function* measureProfile(
  subject: Subject,
  schedule: Schedule,
  signal?: AbortSignal,
): AsyncGenerator<Progress, MeasuredProfile> {
  const { trainer, list, roofline } = subject;
  const { training, validation, length } = schedule;
  const updates = await SubmissionTimer.create(trainer, 'updates');
  const forward = trainer.plan.forward.length;
  const series = new KernelSeries(list.dispatches);
  const limits: Limits[] = [];
  const stepMs: number[] = [];
  const measureMoment = async () => {
    limits.push(await roofline.measure());
    stepMs.push(await updates.milliseconds());
  };
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const slots = training.length + validation.length;
  const every = Math.ceil(slots / EPOCH_MOMENTS);
  const isOver = (done: number) => (length === 'epoch' ? done === slots : !isDue(done, elapsed(), STEP_BUDGET));
  let done = 0;
  do {
    const slot = length === 'epoch' ? done : 0;
    if (length === 'step' || slot % every === 0) await measureMoment();
    const { nanoseconds } = await list.measure(slot, slot < training.length ? undefined : forward);
    series.add(nanoseconds);
    done++;
    yield { done, of: length === 'epoch' ? slots : expectedSamples(done, elapsed(), STEP_BUDGET) };
  } while (!isOver(done) && !signal?.aborted);

  const typical = typicalLimits(limits);
  const rows = series.rows(length, list.repeats, typical);
  const steps = length === 'step' ? done : Math.min(done, training.length);
  return {
    limits: typical,
    steps,
    validationSteps: length === 'step' ? 0 : done - steps,
    stepMs: medianInterval(stepMs),
    rows,
    droppedTimes: series.dropped,
    timeline: await traceTimeline(subject, rows),
  };
}

/** The times of every kernel: a sample is the mean of its dispatches in one step. */
class KernelSeries {
  dropped = 0;
  private readonly kernels: { name: string; indices: number[]; ms: number[]; dispatched: number }[];

  constructor(private readonly dispatches: Dispatch[]) {
    this.kernels = [...new Set(dispatches.map(({ kernel }) => kernel.name))].map((name) => {
      const indices = dispatches.flatMap(({ kernel }, i) => (kernel.name === name ? [i] : []));
      return { name, indices, ms: [], dispatched: 0 };
    });
  }

  /** The times of one step, or of its forward part. */
  add(nanoseconds: number[]): void {
    this.dropped += nanoseconds.length - finite(nanoseconds).length;
    for (const series of this.kernels) {
      const indices = series.indices.filter((i) => i < nanoseconds.length);
      if (indices.length === 0) continue;
      series.ms.push(mean(indices.map((i) => nanoseconds[i] / 1e6)));
      series.dispatched += indices.length;
    }
  }

  rows(length: ProfileLength, repeats: readonly number[], limits: Limits): ProfileRow[] {
    const rows = this.kernels.map(({ name, indices, ms, dispatched }): ProfileRow => {
      const times = possibleTimes(name, ms);
      const { median: medianMs, low: lowMs, high: highMs } = medianInterval(times);
      const { flops: allFlops, bytes: allBytes } = costOf(indices.map((i) => this.dispatches[i]));
      const [flops, bytes] = [allFlops / indices.length, allBytes / indices.length];
      const count = length === 'step' ? indices.length : dispatched;
      const meanMs = mean(times);
      return {
        name,
        medianMs,
        lowMs,
        highMs,
        samples: times.length,
        flops,
        bytes,
        shareOfLimit: limitMs({ flops, bytes }, limits) / medianMs,
        count,
        totalMs: count * meanMs,
        meanMs,
        p95Ms: percentile(times, 0.95),
        repeats: Math.max(...indices.map((i) => repeats[i])),
        share: 0,
      };
    });
    const total = rows.reduce((sum, { totalMs }) => sum + totalMs, 0);
    return rows.map((row) => ({ ...row, share: row.totalMs / total }));
  }
}

/** Runs the list once more without repeats. If the timer is too coarse for that, lays the mean times end to end. */
async function traceTimeline({ trainer, list }: Subject, rows: ProfileRow[]): Promise<Timeline> {
  const { grainNanoseconds = Number.POSITIVE_INFINITY } = list;
  const traced = await list.trace();
  const isMeasured = traced !== undefined && grainNanoseconds * traced.length <= ROUNDING * (traced.at(-1)?.end ?? 0);
  const spans = isMeasured ? traced : laidEndToEnd(list.dispatches, rows);
  const forward = trainer.plan.forward.length;
  return {
    isMeasured,
    spans: list.dispatches.map((dispatch, i) => ({
      name: dispatchName(dispatch),
      kernel: dispatch.kernel.name,
      part: i < forward ? 'forward' : 'backward',
      startUs: spans[i].begin / 1e3,
      durationUs: (spans[i].end - spans[i].begin) / 1e3,
    })),
  };
}

function laidEndToEnd(dispatches: Dispatch[], rows: ProfileRow[]): DispatchSpan[] {
  let end = 0;
  return dispatches.map(({ kernel }) => {
    const begin = end;
    end += 1e6 * (rows.find(({ name }) => name === kernel.name)?.meanMs ?? 0);
    return { begin, end };
  });
}
