import { Failure } from '../errors.ts';
import { EXPERIMENT, MODEL_NAMES, type ModelConfig } from '../model/config.ts';
import type { Progress } from '../progress.ts';
import type { Trainer } from '../train/trainer.ts';
import type { BenchConfig } from './bench_config.ts';
import { estimate } from './estimate.ts';
import { type Budget, expectedSamples, isDue, median } from './measure.ts';
import { SubmissionTimer } from './training.ts';

// The score is one number for a machine; docs/score.md defines it. Every change to it makes a new version.

const SCORE_VERSION = 2;
const SIZES = [...MODEL_NAMES, 'batchSize'] as const;
/** Copies of the experiment's batch in the large workload's batch of 2,048, which fills a GPU. */
export const LARGE_COPIES = 8;
/** Fewer than nine rounds have no thirds to compare and no useful interval. */
const LEAST_ROUNDS = 9;
/**
 * A hot GPU keeps 60 to 90 % of its speed, an undisturbed one at least 95 %. Below two thirds the speed is no longer
 * the machine's own.
 */
const STEADY_SHARE = 0.67;

/** Training steps of one size: the median rate in samples a second, with its 95 % interval. */
export interface WorkloadRate extends ModelConfig {
  name: string;
  batchSize: number;
  samplesPerSecond: number;
  low: number;
  high: number;
}

/** Samples a second: the median over the starts of the workloads' geometric mean, with its 95 % interval. */
export interface Score {
  version: number;
  value: number;
  low: number;
  high: number;
  /** Of all starts together. */
  rounds: number;
  /** The median of each start; absent in files of score version 1. */
  starts?: number[];
  workloads: WorkloadRate[];
}

/** The rates of one start; docs/score.md says why a start and not a round is the unit. */
export interface ScoreStart {
  workloads: Pick<Workload, 'name' | 'config'>[];
  /** Of each round, in the workloads' order. */
  rounds: number[][];
}

/** A trainer to be timed, and its name. */
export interface Workload {
  name: string;
  config: BenchConfig;
  trainer: Trainer;
}

/** Throws invalid-option if a size is not the experiment's: scores are compared, so all have one size. */
export function requireScoreSizes(config: BenchConfig): void {
  for (const size of SIZES) {
    if (config[size] === EXPERIMENT[size]) continue;
    const sizes = `${size} is ${config[size]}, but a score is of ${size} ${EXPERIMENT[size]}`;
    throw new Failure('invalid-option', `${sizes}: give that, or measure without a score`);
  }
}

/** The budget of the score's rounds, those of all starts, for measurements of this many seconds. */
export function scoreBudget(seconds: number, mostSeconds: number): Budget {
  return { samples: 20, seconds, leastSamples: LEAST_ROUNDS, mostSeconds };
}

/**
 * Times every workload once a round, so that a slow moment of the machine slows them all. Yields the number of finished
 * rounds and the expected number. Returns each round's rates, in samples a second, in the workloads' order.
 */
export async function* measureRates(workloads: Workload[], budget: Budget): AsyncGenerator<Progress, number[][]> {
  const timers: SubmissionTimer[] = [];
  for (const { trainer } of workloads) timers.push(await SubmissionTimer.create(trainer, 'updates'));
  const rounds: number[][] = [];
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  while (isDue(rounds.length, elapsed(), budget)) {
    const rates: number[] = [];
    for (const [i, { config }] of workloads.entries()) {
      rates.push((1000 * config.batchSize) / (await timers[i].milliseconds()));
    }
    rounds.push(rates);
    yield { done: rounds.length, of: expectedSamples(rounds.length, elapsed(), budget) };
  }
  return rounds;
}

/** The score of what the starts have measured. */
export function scoreOf(starts: ScoreStart[]): Score {
  const values = starts.map(({ rounds }) => median(rounds.map(geometricMean)));
  const { median: value, low, high } = estimate(values);
  const workloads = starts[0].workloads.map(({ name, config: { seed: _, ...sizes } }, i): WorkloadRate => {
    const rate = estimate(starts.map(({ rounds }) => median(rounds.map((rates) => rates[i]))));
    return { name, ...sizes, samplesPerSecond: rate.median, low: rate.low, high: rate.high };
  });
  const rounds = starts.reduce((sum, { rounds }) => sum + rounds.length, 0);
  return { version: SCORE_VERSION, value, low, high, rounds, starts: values, workloads };
}

/**
 * Says why rounds do not describe the machine; undefined if they do. They do not if every round of the last third is
 * below 0.67 of the first third's median: then the adapter was throttled or shared, and the median would depend on when
 * that began. Every round, because on a shared machine single rounds swing by more than that.
 */
export function describeThrottling(rounds: number[][]): string | undefined {
  const means = rounds.map(geometricMean);
  const third = Math.floor(means.length / 3);
  const share = Math.max(...means.slice(-third)) / median(means.slice(0, third));
  if (third === 0 || share >= STEADY_SHARE) return undefined;
  const slowed = `the adapter slowed down to ${share.toFixed(2)} of its speed while it was measured`;
  return `${slowed}: let it cool, close what else uses it, and run again`;
}

function geometricMean(values: number[]): number {
  return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
}
