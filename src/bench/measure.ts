import { Failure } from '../errors.ts';

/** A median and its 95 % interval, in the unit of the values. */
export interface MedianInterval {
  median: number;
  low: number;
  high: number;
}

/** Ours / theirs and its 95 % interval: below 1 ours takes less. */
export interface Ratio {
  ratio: number;
  low: number;
  high: number;
}

/** The middle value, or the mean of the middle two. NaN without values. */
export function median(values: number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** NaN without values. */
export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The smallest value that at least `share` of the values do not exceed. */
export function percentile(values: number[], share: number): number {
  return ascending(values)[Math.max(0, Math.ceil(share * values.length) - 1)];
}

/**
 * The median with the narrowest symmetric pair of order statistics that contains the true median with a probability of
 * at least 95 %. The number of values below the true median is binomial(n, 1/2) for every distribution. Fewer than six
 * values have no such pair; their interval is all of them.
 */
export function medianInterval(values: number[]): MedianInterval {
  const sorted = ascending(values);
  const outside = outsideRank(sorted.length);
  return { median: median(sorted), low: sorted[outside], high: sorted[sorted.length - 1 - outside] };
}

/**
 * The median of ours[i] / theirs[i] over two interleaved series, with its interval. A slow moment of the machine slows
 * both values of a pair and leaves their ratio. Values beyond the shorter series are left out.
 */
export function ratioOfPairs(ours: number[], theirs: number[]): Ratio {
  const pairs = Math.min(ours.length, theirs.length);
  const { median, low, high } = medianInterval(ours.slice(0, pairs).map((value, i) => value / theirs[i]));
  return { ratio: median, low, high };
}

/** How long to sample. */
export interface Budget {
  /** Sampling goes on until there are this many samples and these seconds have passed … */
  samples: number;
  seconds: number;
  /** … but stops after `mostSeconds` once there are this many samples. */
  leastSamples: number;
  mostSeconds: number;
}

/** Whether another sample is due after `samples` of them in `seconds`. */
export function isDue(samples: number, seconds: number, budget: Budget): boolean {
  if (samples < budget.leastSamples) return true;
  if (seconds >= budget.mostSeconds) return false;
  return samples < budget.samples || seconds < budget.seconds;
}

/** The expected number of samples, extrapolated from `samples` of them in `seconds`. */
export function expectedSamples(samples: number, seconds: number, budget: Budget): number {
  const within = (limit: number) => Math.ceil((samples * limit) / seconds);
  const wanted = Math.max(budget.samples, within(budget.seconds));
  return Math.max(samples, Math.min(wanted, Math.max(budget.leastSamples, within(budget.mostSeconds))));
}

/** The finite values: a timer that failed leaves NaN. */
export function finite(values: number[]): number[] {
  return values.filter(Number.isFinite);
}

/** The values that the timer could have measured. Throws internal if there are none. */
export function possibleTimes(name: string, values: number[]): number[] {
  const kept = finite(values);
  if (kept.length > 0) return kept;
  throw new Failure('internal', `no time of ${name} that the adapter gave is possible: update the graphics driver`);
}

const LEVEL = 0.95;

/** The number of values below the interval among `count` sorted values, which is also the number above it. */
function outsideRank(count: number): number {
  // One tail may hold (1 − level) / 2. The result is the largest k from 0 with P(at most k of n below the median)
  // within that.
  let outside = -1;
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k < count / 2; k++) {
    if (k > 0) logChoose += Math.log((count - k + 1) / k);
    tail += Math.exp(logChoose - count * Math.LN2);
    if (tail > (1 - LEVEL) / 2) break;
    outside = k;
  }
  return Math.max(0, outside);
}

function ascending(values: number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
