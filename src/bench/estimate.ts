import { mean, median } from './measure.ts';

// The one estimator of all measurements; docs/score.md describes it. A measurement is several independent starts, each
// with its rounds. The rounds of a start share its device, its buffers and its compiled code, so they agree with each
// other better than with the next start. So a start counts as one value: the median of its rounds.

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

/** The chance that a true value lies outside its interval, and that a comparison tells of any change that is none. */
export const ERROR = 0.05;
/** A single start says nothing of the next one. */
const UNKNOWN = { low: 0, high: Number.MAX_VALUE };
/**
 * The least spread of a start's logarithm: a timer with coarse steps may give several starts the same time, which does
 * not make them exact.
 */
const LEAST_SPREAD = 0.005;
const MOST_CHANGE = 1e6;

/**
 * The median over the starts with its 95 % interval. `values` are positive, one for each start. From six starts on the
 * interval ends at order statistics, which hold the median of every distribution. Fewer have no such pair: their
 * interval is Student's, of the logarithms, with one degree of freedom fewer than starts. A single start has no
 * interval: it ends at 0 and the largest number.
 */
export function estimate(values: number[]): MedianInterval {
  const middle = median(values);
  if (values.length < 2) return { median: middle, ...UNKNOWN };
  const outside = outsideRank(values.length);
  if (outside !== undefined) {
    const sorted = values.toSorted((a, b) => a - b);
    return { median: middle, low: sorted[outside], high: sorted[sorted.length - 1 - outside] };
  }
  const { center, squaredError } = summaryOf(values);
  const reach = studentQuantile(ERROR, values.length - 1) * Math.sqrt(squaredError);
  const low = Math.min(middle, Math.exp(center - reach));
  return { median: middle, low, high: Math.max(middle, Math.exp(center + reach)) };
}

/** The estimate of the starts' ratios, each of times that were measured side by side. */
export function estimateRatio(ratios: number[]): Ratio {
  const { median: ratio, low, high } = estimate(ratios);
  return { ratio, low, high };
}

/** Whether the interval tells something: with a single start it does not. */
export function isKnown({ high }: { high: number }): boolean {
  return high < Number.MAX_VALUE;
}

/** What the starts of two measurements tell about a change. */
export interface Change {
  /** Now / then, of the geometric means of the starts. */
  change: number;
  /** Standard error of the change's logarithm, and its degrees of freedom (0: nothing can be told). */
  error: number;
  freedom: number;
}

/** Welch's comparison of the starts' logarithms: the two measurements may differ in spread and number of starts. */
export function changeOf(then: number[], now: number[]): Change {
  const [old, young] = [summaryOf(then), summaryOf(now)];
  const change = Math.exp(young.center - old.center);
  if (then.length < 2 || now.length < 2) return { change, error: Number.POSITIVE_INFINITY, freedom: 0 };
  const squared = old.squaredError + young.squaredError;
  const parts = old.squaredError ** 2 / (then.length - 1) + young.squaredError ** 2 / (now.length - 1);
  return { change, error: Math.sqrt(squared), freedom: Math.floor(squared ** 2 / parts) };
}

/** The chance of a change at least this far from `expected` if nothing but the expected has changed. */
export function chanceOf({ change, error, freedom }: Change, expected = 1): number {
  return freedom === 0 ? 1 : studentTails(Math.abs(Math.log(change / expected)) / error, freedom);
}

/**
 * The smallest change, as a factor above 1, that a comparison of `count` things finds with a probability of 90 %. A
 * million stands for none.
 */
export function smallestChange({ error, freedom }: Change, count: number): number {
  if (freedom === 0) return MOST_CHANGE;
  const reach = studentQuantile(ERROR / count, freedom) + studentQuantile(0.2, freedom);
  return Math.min(MOST_CHANGE, Math.exp(reach * error));
}

/** Holm's correction: which of these chances count, so that the chance of any that should not is at most 5 %. */
export function holm(chances: number[]): boolean[] {
  const counts = chances.map(() => false);
  const order = chances.map((_, i) => i).sort((a, b) => chances[a] - chances[b]);
  for (const [rank, i] of order.entries()) {
    if (chances[i] > ERROR / (chances.length - rank)) break;
    counts[i] = true;
  }
  return counts;
}

/**
 * The number of values below the narrowest symmetric pair of order statistics that holds the median of `count` values
 * with a probability of at least 95 %; undefined if even the outermost pair does not. The number of values below the
 * true median is binomial(count, 1/2) for every distribution.
 */
function outsideRank(count: number): number | undefined {
  let outside: number | undefined;
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k < count / 2; k++) {
    if (k > 0) logChoose += Math.log((count - k + 1) / k);
    tail += Math.exp(logChoose - count * Math.LN2);
    if (tail > ERROR / 2) break;
    outside = k;
  }
  return outside;
}

/** The mean of the values' logarithms, and the square of its standard error. */
function summaryOf(values: number[]): { center: number; squaredError: number } {
  const logs = values.map(Math.log);
  const center = mean(logs);
  const squares = logs.reduce((sum, log) => sum + (log - center) ** 2, 0);
  const variance = Math.max(LEAST_SPREAD ** 2, squares / Math.max(1, logs.length - 1));
  return { center, squaredError: variance / logs.length };
}

/**
 * The chance that Student's t is farther from 0 than `t`, on either side, with a whole number of degrees of freedom:
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
export function studentTails(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 2 : 1; k + 1 < freedom; k += 2) {
    term *= (k / (k + 1)) * cosine ** 2;
    sum += term;
  }
  return Math.max(0, 1 - (isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum));
}

/** The t that Student's t exceeds, on either side together, with this chance. */
export function studentQuantile(chance: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentTails(high, freedom) > chance) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (studentTails(middle, freedom) > chance) low = middle;
    else high = middle;
  }
  return high;
}
