import { NumpyRandom } from '../data/numpy_random.ts';
import { classesOf, type Output } from '../model/outputs/index.ts';
import type { Label } from '../settings/check.ts';
import type { EpochRecord } from './history.ts';

// Whether a run has learned anything. docs/own_series.md says it in words.

/** Why a run has not learned, as far as its series can tell. */
const REASONS = ['no-epoch', 'untrained', 'few-series', 'memorised'] as const;
const PARTS = ['training', 'validation', 'test'] as const;

/** Whether a run has learned anything that holds for the series of a part, compared with the best constant prediction. */
export interface Verdict {
  /** Whether it has. */
  learned: boolean;
  /** Absent if it has learned. `memorised`: the training series alone. */
  reason?: (typeof REASONS)[number];
  /** Series that did not train it if there are any. */
  part: (typeof PARTS)[number];
  /** How many series the part has. */
  samples: number;
  /** Of these series: the model's mean cross-entropy or squared error. */
  loss: number;
  /** The same of the best constant prediction. */
  constantLoss: number;
  /** At most this likely would labels without any relation to the series fit the predictions as well. */
  chance: number;
}

export function isReason(value: unknown): boolean {
  return (REASONS as readonly unknown[]).includes(value);
}

export function isPart(value: unknown): boolean {
  return (PARTS as readonly unknown[]).includes(value);
}

/** Predictions of a part: values (N, outputs) beside labels y (N). */
export interface Judged {
  part: Verdict['part'];
  values: Float32Array;
  y: Float32Array;
}

/** The largest chance of a result that counts as learned. */
const MOST_CHANCE = 0.01;
/** The least share of the constant prediction's loss, or of its wrong classes, that a model removes. */
const LEAST_SHARE = { loss: 0.01, wrong: 0.1 };
/** With fewer series, chance can seldom be excluded. */
const FEW = 20;
/** The share of its first loss that a run which has learned its training series lets go. */
const FALLEN = 0.1;
/** Probabilities of classes from which chance is computed, at most; of more series some, drawn at random. */
const MOST_VALUES = 200_000;
/** As Keras clips probabilities. */
const LEAST_PROBABILITY = 1e-7;

/** Judges a run by its predictions of some series, and by its epochs. */
export function judge(
  { output, history }: { output?: Output; history: readonly EpochRecord[] },
  { part, values, y }: Judged,
): Verdict {
  const samples = y.length;
  const classes = classesOf(output);
  const seen = classes === undefined ? judgeNumbers(values, y) : judgeClasses(values, y, classes);
  const { loss, constantLoss, chance, isBetter } = seen;
  const verdict = { part, samples, loss, constantLoss, chance };
  if (history.length === 0) return { learned: false, reason: 'no-epoch', ...verdict };
  if (isBetter && chance <= MOST_CHANCE) return { learned: true, ...verdict };
  const hasFallen = history[history.length - 1].loss < (1 - FALLEN) * history[0].loss;
  const isDoubtful = constantLoss === 0 || (samples < FEW && (isBetter || hasFallen));
  const whole = hasFallen && part !== 'training' ? 'memorised' : 'untrained';
  return { learned: false, reason: isDoubtful ? 'few-series' : whole, ...verdict };
}

/** Says why a run has not learned, with the next step; undefined if it has. `label` gives a setting's name on this host. */
export function describeUntrained(verdict: Verdict, label: Label = (name) => name): string | undefined {
  const { reason, part, samples, loss, constantLoss, chance } = verdict;
  const [own, constant] = [loss, constantLoss].map((value) => value.toPrecision(4));
  const doubt = `is not surely better than the best constant prediction (loss ${own} against ${constant})`;
  const series = `${samples} ${part} series`;
  switch (reason) {
    case 'no-epoch':
      return 'Not trained yet: no epoch was finished. Train it for longer.';
    case 'untrained':
      return `Not trained yet: on ${series} the model ${doubt}. Try more ${label('epochs')} or a larger ${label('learningRate')}.`;
    case 'few-series':
      return `Not trained yet, as far as ${series} can tell: they fit a guess as well in up to ${Number((100 * chance).toPrecision(2))} % of cases. Give more series, or a larger ${label('validationSplit')}.`;
    case 'memorised':
      return `Not trained yet for other series: its training series are learned, but on ${series} the model ${doubt}. Give more series, or try a ${label('patience')}, an ${label('l2')} or fewer ${label('units')}.`;
    default:
      return undefined;
  }
}

type Seen = Pick<Verdict, 'loss' | 'constantLoss' | 'chance'> & { isBetter: boolean };

/** The constant prediction is the shares of the classes among these labels. */
function judgeClasses(values: Float32Array, y: Float32Array, classes: number): Seen {
  const counts = new Array<number>(classes).fill(0);
  for (const label of y) counts[label]++;
  const shares = counts.map((count) => count / y.length);
  const scores = logProbabilities(values, y.length, classes);
  const scoreOf = (n: number) => scores[n * classes + y[n]];
  let [loss, right] = [0, 0];
  for (let n = 0; n < y.length; n++) {
    loss -= scoreOf(n) / y.length;
    const row = scores.subarray(n * classes, (n + 1) * classes);
    if (row.every((score, c) => c === y[n] || score < row[y[n]])) right += 1 / y.length;
  }
  const constantLoss = -shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
  const most = Math.max(...shares);
  const isBetter =
    constantLoss - loss >= LEAST_SHARE.loss * constantLoss || right - most >= LEAST_SHARE.wrong * (1 - most);
  return { loss, constantLoss, isBetter, chance: chanceOfClasses(scores, y, shares) };
}

/** log p of each class, (N, classes). */
function logProbabilities(values: Float32Array, samples: number, classes: number): Float64Array {
  const isBinary = values.length === samples;
  return Float64Array.from({ length: samples * classes }, (_, i) => {
    const [n, c] = [Math.floor(i / classes), i % classes];
    const p = isBinary ? (c === 1 ? values[n] : 1 - values[n]) : values[i];
    return Math.log(Math.max(p, LEAST_PROBABILITY));
  });
}

/**
 * Chernoff's bound of the chance that labels drawn by their shares reach the sum of scores S of the true ones: the
 * least of Π E[exp(t · score)] · exp(−t · S) over t ≥ 0. It holds for any number of series and any predictions.
 */
function chanceOfClasses(scores: Float64Array, y: Float32Array, shares: readonly number[]): number {
  const classes = shares.length;
  const some = drawn(y.length, Math.ceil(MOST_VALUES / classes));
  /** Derivative by t of the bound's logarithm, and the logarithm. */
  const at = (t: number) => {
    let [slope, log] = [0, 0];
    for (const n of some) {
      const own = scores[n * classes + y[n]];
      let [sum, weighted] = [0, 0];
      for (let c = 0; c < classes; c++) {
        const above = scores[n * classes + c] - own;
        const weight = shares[c] * Math.exp(t * above);
        sum += weight;
        weighted += weight * above;
      }
      slope += weighted / sum;
      log += Math.log(sum);
    }
    return { slope, log };
  };
  if (!(at(0).slope < 0)) return 1;
  // The logarithm is convex: its least value lies between the last t with a falling slope and the next.
  let [low, high] = [0, 1];
  const largest = LARGEST_POWER / (greatest(scores) - least(scores));
  while (high < largest && at(high).slope < 0) [low, high] = [high, 2 * high];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (at(middle).slope < 0) low = middle;
    else high = middle;
  }
  return Math.min(1, Math.exp(at(low).log));
}

/** Numbers below `count`: all of them, or `most` at random, so that no order of the series matters. */
function drawn(count: number, most: number): Uint32Array {
  if (count <= most) return Uint32Array.from({ length: count }, (_, n) => n);
  const random = new NumpyRandom(0);
  return Uint32Array.from({ length: most }, () => count * random.double());
}

/** Its exponential is finite, doubled too. */
const LARGEST_POWER = 300;
const BISECTIONS = 20;

function greatest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value));
}

function least(values: Float64Array): number {
  return values.reduce((most, value) => Math.min(most, value));
}

/** The constant prediction is the mean of these labels. */
function judgeNumbers(values: Float32Array, y: Float32Array): Seen {
  const mean = y.reduce((sum, label) => sum + label, 0) / y.length;
  let [loss, constantLoss] = [0, 0];
  for (let n = 0; n < y.length; n++) {
    loss += (values[n] - y[n]) ** 2 / y.length;
    constantLoss += (mean - y[n]) ** 2 / y.length;
  }
  const isBetter = constantLoss > 0 && constantLoss - loss >= LEAST_SHARE.loss * constantLoss;
  return { loss, constantLoss, isBetter, chance: chanceOfNumbers(values, y) };
}

/**
 * The chance that numbers in a random order correlate with the predictions as these do, by ranks, so that no single
 * series decides: Fisher's z of the correlation and the bound ½ exp(−z² / 2) of a normal tail, but at least that of one
 * order among all.
 */
function chanceOfNumbers(values: Float32Array, y: Float32Array): number {
  const samples = y.length;
  const correlation = correlate(ranks(values), ranks(y));
  if (!(correlation > 0) || samples < 4) return 1;
  const z = Math.atanh(Math.min(correlation, 1)) * Math.sqrt((samples - 3) / 1.06);
  let order = 1;
  for (let n = 2; n <= samples && order > 1e-12; n++) order /= n;
  return Math.max(Math.exp((-z * z) / 2) / 2, order);
}

/** The place of each value among all in order; equal values share the middle of theirs. */
function ranks(values: Float32Array): Float64Array {
  const sorted = values.toSorted();
  const middles = new Map<number, number>();
  for (let first = 0; first < sorted.length; ) {
    let end = first + 1;
    while (end < sorted.length && sorted[end] === sorted[first]) end++;
    middles.set(sorted[first], (first + end - 1) / 2);
    first = end;
  }
  return Float64Array.from(values, (value) => middles.get(value) ?? Number.NaN);
}

/** Pearson's correlation; NaN if one of them is constant. */
function correlate(a: Float64Array, b: Float64Array): number {
  const middle = (a.length - 1) / 2; // The mean of ranks.
  let [product, squareA, squareB] = [0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    product += (a[n] - middle) * (b[n] - middle);
    squareA += (a[n] - middle) ** 2;
    squareB += (b[n] - middle) ** 2;
  }
  return product / Math.sqrt(squareA * squareB);
}
