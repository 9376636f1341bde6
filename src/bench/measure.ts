import { Failure } from '../errors.ts';

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

/** How long to sample. */
export interface Budget {
  /** Sampling goes on until there are this many samples and these seconds have passed … */
  samples: number;
  seconds: number;
  /** … but stops after `mostSeconds` once there are this many samples. */
  leastSamples: number;
  mostSeconds: number;
}

/** The part of a budget that each of `starts` starts gets. */
export function shareOf({ samples, seconds, leastSamples, mostSeconds }: Budget, starts: number): Budget {
  return {
    samples: Math.ceil(samples / starts),
    seconds: seconds / starts,
    leastSamples: Math.ceil(leastSamples / starts),
    mostSeconds: mostSeconds / starts,
  };
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

function ascending(values: number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
