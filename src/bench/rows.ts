import { type Dispatch, dispatchName } from '../gpu/kernel.ts';
import type { Progress } from '../progress.ts';
import type { Trainer } from '../train/trainer.ts';
import { type Limits, limitMs, typicalLimits } from './limits.ts';
import {
  type Budget,
  expectedSamples,
  finite,
  isDue,
  type MedianInterval,
  medianInterval,
  possibleTimes,
} from './measure.ts';
import type { BenchRow } from './result.ts';
import type { Roofline } from './roofline.ts';
import type { TimedList } from './timed_list.ts';
import { SubmissionTimer } from './training.ts';

export interface Cost {
  flops: number;
  bytes: number;
}

/** The objects of a measurement. */
export interface Subject {
  trainer: Trainer;
  /** The trainer's dispatches. */
  list: TimedList;
  roofline: Roofline;
}

export interface MeasuredRows {
  limits: Limits;
  rows: BenchRow[];
  lstmShareOfPeak: MedianInterval;
  droppedTimes: number;
}

/** A future row: its cost, and a time for every round, NaN if the timer failed. */
interface Series extends Cost {
  name: string;
  ms: number[];
}

/**
 * Measures the limits, whole steps and every dispatch, each once a round. If the machine's speed changes, all of them
 * change, and their shares hold. Yields the number of finished rounds and the expected number.
 */
export async function* measureRows(
  { trainer, list, roofline }: Subject,
  budget: Budget,
): AsyncGenerator<Progress, MeasuredRows> {
  const updates = await SubmissionTimer.create(trainer, 'updates');
  const inference = await SubmissionTimer.create(trainer, 'forward');
  const series = new StepSeries(list.dispatches, trainer.plan.forward);
  const limits: Limits[] = [];
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  for (let round = 1; isDue(round - 1, elapsed(), budget); round++) {
    limits.push(await roofline.measure());
    series.step.ms.push(await updates.milliseconds());
    series.inference.ms.push(await inference.milliseconds());
    series.addDispatches((await list.measure()).nanoseconds);
    yield { done: round, of: expectedSamples(round, elapsed(), budget) };
  }
  return series.finish(limits);
}

/** The series of a training step: the step, its forward part, its LSTM kernels, and every dispatch. */
class StepSeries {
  readonly step: Series;
  readonly inference: Series;
  private readonly lstm: Series;
  private readonly single: Series[];

  constructor(
    private readonly dispatches: Dispatch[],
    forward: Dispatch[],
  ) {
    this.step = seriesOf('training step', dispatches);
    this.inference = seriesOf('forward only', forward);
    this.lstm = seriesOf('LSTM forward + backward', dispatches.filter(isLstm));
    this.single = dispatches.map((dispatch) => seriesOf(dispatchName(dispatch), [dispatch]));
  }

  /** Adds one time for every dispatch of the list. */
  addDispatches(nanoseconds: number[]): void {
    for (const [i, { ms }] of this.single.entries()) ms.push(nanoseconds[i] / 1e6);
    this.lstm.ms.push(sum(nanoseconds.filter((_, i) => isLstm(this.dispatches[i]))) / 1e6);
  }

  /** The rows of all rounds; `limits` has one entry a round. */
  finish(limits: Limits[]): MeasuredRows {
    const typical = typicalLimits(limits);
    const { step, inference, lstm, single } = this;
    const shares = lstm.ms.map((ms, round) => lstm.flops / limits[round].multiplyAddGflops / 1e6 / ms);
    return {
      limits: typical,
      rows: [step, inference, lstm, ...single].map((series) => toRow(series, typical)),
      lstmShareOfPeak: medianInterval(possibleTimes('the LSTM', shares)),
      droppedTimes: sum(single.map(({ ms }) => ms.length - finite(ms).length)),
    };
  }
}

function isLstm({ kernel }: Dispatch): boolean {
  return kernel.name.startsWith('lstm_');
}

function seriesOf(name: string, dispatches: Dispatch[]): Series {
  return { name, ...costOf(dispatches), ms: [] };
}

/** Arithmetic and least traffic of a list. */
export function costOf(dispatches: Dispatch[]): Cost {
  const costs = dispatches.map(({ kernel, shape }) => kernel.cost(shape));
  return { flops: sum(costs.map(({ flops }) => flops)), bytes: sum(costs.map(({ bytes }) => bytes)) };
}

function toRow({ name, flops, bytes, ms }: Series, limits: Limits): BenchRow {
  const times = possibleTimes(name, ms);
  const { median: medianMs, low: lowMs, high: highMs } = medianInterval(times);
  const shareOfLimit = limitMs({ flops, bytes }, limits) / medianMs;
  return { name, medianMs, lowMs, highMs, samples: times.length, flops, bytes, shareOfLimit };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
