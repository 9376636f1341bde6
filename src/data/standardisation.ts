import { allocateFloats } from './float_list.ts';
import type { Ready, Series, SeriesValues } from './series_set.ts';

/** Mean and standard deviation of numbers to predict: a model learns (label − mean) / deviation. */
export interface TargetScale {
  /** Mean of the labels of the training part. */
  mean: number;
  /** Their standard deviation; 1 if all are equal. */
  deviation: number;
}

/** Mean and standard deviation of each channel: plain data that a model keeps. */
export interface Standardisation {
  /** Mean of each channel over the training part. */
  mean: number[];
  /** Standard deviation of each channel; 1 for a constant one. */
  deviation: number[];
  /** Of the labels, if they are numbers: a model predicts (label − mean) / deviation. */
  target?: TargetScale;
}

/**
 * Over all series and steps of x (N, T, D), without the values that are NaN. x must be the training part alone:
 * validation and test data must not influence it.
 */
export function fitStandardisation(x: SeriesValues, inputDim: number): Standardisation {
  const channels = Array.from({ length: inputDim }, (_, channel) => fitChannel(x, inputDim, channel));
  return { mean: channels.map(({ mean }) => mean), deviation: channels.map(({ deviation }) => deviation) };
}

/**
 * (x − mean) / deviation of each channel in double precision, rounded to float32; 0, the mean, for NaN. Written to
 * `into`, by default in place if x is float32.
 */
export function standardise(
  x: SeriesValues,
  { mean, deviation }: Standardisation,
  into = x instanceof Float32Array ? x : allocateFloats(x.length),
): Float32Array {
  const inputDim = mean.length;
  for (let i = 0; i < x.length; i++) {
    const value = (x[i] - mean[i % inputDim]) / deviation[i % inputDim];
    into[i] = Number.isNaN(value) ? 0 : value;
  }
  return into;
}

/** x as float32 as it is, with the mean of its channel for NaN; in place if x is float32. */
export function fillGaps(x: SeriesValues, mean: number[]): Float32Array {
  const into = x instanceof Float32Array ? x : allocateFloats(x.length);
  for (let i = 0; i < x.length; i++) into[i] = Number.isNaN(x[i]) ? mean[i % mean.length] : x[i];
  return into;
}

function fitChannel(x: SeriesValues, inputDim: number, channel: number): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  let first = Number.NaN;
  let constant = true;
  for (let i = channel; i < x.length; i += inputDim) {
    if (Number.isNaN(x[i])) continue;
    if (count === 0) first = x[i];
    count++;
    sum += x[i];
    constant &&= x[i] === first;
  }
  if (count === 0) return { mean: 0, deviation: 1 };
  if (constant) return { mean: first, deviation: 1 };
  const mean = sum / count;
  let squares = 0;
  for (let i = channel; i < x.length; i += inputDim) if (!Number.isNaN(x[i])) squares += (x[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}

/** Series as a model takes them that was trained with this standardisation, or without one on channels of this mean. */
export function readyFor<Set extends Series>(set: Set, standardisation?: Standardisation, mean?: number[]): Ready<Set> {
  const { x, inputDim } = set;
  if (standardisation) return { ...set, x: standardise(x, standardisation) };
  return { ...set, x: fillGaps(x, mean ?? fitStandardisation(x, inputDim).mean) };
}

/** Of the labels of the training part; 1 is the deviation of equal labels. */
export function fitTarget(y: Float32Array): TargetScale {
  return fitChannel(y, 1, 0);
}

/** Labels as the model learns them. */
export function scaleTargets(y: Float32Array, scale: TargetScale | undefined): Float32Array {
  return scale ? y.map((label) => (label - scale.mean) / scale.deviation) : y;
}

/** A model's numbers in the unit of the labels. */
export function unscaleTargets<Values extends SeriesValues>(values: Values, scale: TargetScale | undefined): Values {
  return scale ? (values.map((value) => value * scale.deviation + scale.mean) as Values) : values;
}
