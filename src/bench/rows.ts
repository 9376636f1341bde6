import { parameterGradients } from '../../shaders/parameter_gradients.ts';
import { sampleStep } from '../../shaders/sample_step.ts';
import { type AnyKernel, type Dispatch, dispatchName } from '../gpu/kernel.ts';
import type { Progress } from '../progress.ts';
import type { Trainer } from '../train/trainer.ts';
import { type Limits, typicalLimits } from './limits.ts';
import { type Budget, expectedSamples, finite, isDue, median, possibleTimes } from './measure.ts';
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

/** A timed thing in one start: its cost, and its time in milliseconds in every round, NaN if the timer failed. */
export interface TimedSeries extends Cost {
  name: string;
  ms: number[];
}

/** What one start has measured. */
export interface MeasuredRows {
  limits: Limits;
  rows: TimedSeries[];
  /** The median over the rounds. */
  lstmShareOfPeak: number;
  droppedTimes: number;
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
  const series = new StepSeries(trainer.plan.update, trainer.plan.forward);
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
  readonly step: TimedSeries;
  readonly inference: TimedSeries;
  private readonly lstm: TimedSeries;
  private readonly single: TimedSeries[];

  constructor(
    private readonly dispatches: Dispatch[],
    forward: Dispatch[],
  ) {
    this.step = seriesOf('training step', dispatches);
    this.inference = seriesOf('forward only', forward);
    this.lstm = seriesOf('LSTM forward + backward', dispatches.filter(isRecurrent));
    this.single = dispatches.map((dispatch) => seriesOf(dispatchName(dispatch), [dispatch]));
  }

  /** Adds one time for every dispatch of the list. */
  addDispatches(nanoseconds: number[]): void {
    for (const [i, { ms }] of this.single.entries()) ms.push(nanoseconds[i] / 1e6);
    this.lstm.ms.push(sum(nanoseconds.filter((_, i) => isRecurrent(this.dispatches[i]))) / 1e6);
  }

  /** The rows of all rounds; `limits` has one entry a round. */
  finish(limits: Limits[]): MeasuredRows {
    const { step, inference, lstm, single } = this;
    const shares = lstm.ms.map((ms, round) => lstm.flops / limits[round].multiplyAddGflops / 1e6 / ms);
    return {
      limits: typicalLimits(limits),
      rows: [step, inference, lstm, ...single],
      lstmShareOfPeak: median(possibleTimes('the LSTM', shares)),
      droppedTimes: sum(single.map(({ ms }) => ms.length - finite(ms).length)),
    };
  }
}

/**
 * Whether a dispatch is of an LSTM, or of the GRU that a model has in its place. Combined kernels that carry the LSTM
 * count with all that they do.
 */
function isRecurrent({ kernel }: Dispatch): boolean {
  return kernel.name.startsWith('lstm_') || kernel.name.startsWith('gru_') || isCombined(kernel);
}

function isCombined(kernel: AnyKernel): boolean {
  const combined: AnyKernel[] = [sampleStep, parameterGradients];
  return combined.includes(kernel);
}

function seriesOf(name: string, dispatches: Dispatch[]): TimedSeries {
  return { name, ...costOf(dispatches), ms: [] };
}

/** Arithmetic and least traffic of a list. */
export function costOf(dispatches: Dispatch[]): Cost {
  const costs = dispatches.map(({ kernel, shape }) => kernel.cost(shape));
  return { flops: sum(costs.map(({ flops }) => flops)), bytes: sum(costs.map(({ bytes }) => bytes)) };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
