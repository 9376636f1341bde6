import { classBalance, isLabelled, type Series, type SeriesLabels, type Unseen } from '../data/series_set.ts';
import type { Prediction } from './predict.ts';

/** Mean attention over some series: (T, D) row-major. */
export interface MeanAttention {
  /** Steps T. */
  timeSteps: number;
  /** Channels D. */
  inputDim: number;
  /** (T, D) row-major: the steps of each channel add up to 1. */
  values: number[];
}

/** Attention over the time steps: the mean over the channels. */
export function attentionOverSteps({ timeSteps, inputDim, values }: MeanAttention): number[] {
  return Array.from({ length: timeSteps }, (_, t) => {
    let sum = 0;
    for (let d = 0; d < inputDim; d++) sum += values[t * inputDim + d];
    return sum / inputDim;
  });
}

/** One channel's attention over the time steps. */
export function attentionOfChannel({ timeSteps, inputDim, values }: MeanAttention, channel: number): number[] {
  return Array.from({ length: timeSteps }, (_, t) => values[t * inputDim + channel]);
}

/** Over all series of a set. */
export function meanAttention(set: Omit<Series, 'x'>, prediction: Prediction): MeanAttention {
  const [mean] = meansOf(set, prediction, 1, () => 0);
  return mean;
}

/** The mean over the series of each class, by their labels; NaN for a class without series. */
export function attentionByClass(set: SeriesLabels, prediction: Prediction, classes: number): MeanAttention[] {
  return meansOf(set, prediction, classes, (n) => set.y[n]);
}

/** Over the series of each of `groups` groups. */
function meansOf(
  { samples, timeSteps, inputDim }: Omit<Series, 'x'>,
  { attention }: Prediction,
  groups: number,
  groupOf: (n: number) => number,
): MeanAttention[] {
  const size = timeSteps * inputDim;
  const sums = Array.from({ length: groups }, () => new Float64Array(size));
  const counts = new Array<number>(groups).fill(0);
  for (let n = 0; n < samples; n++) {
    const group = groupOf(n);
    const sum = sums[group];
    counts[group]++;
    for (let i = 0; i < size; i++) sum[i] += attention[n * size + i];
  }
  return sums.map((sum, group) => ({ timeSteps, inputDim, values: Array.from(sum, (value) => value / counts[group]) }));
}

/** The mean attention of some series. */
export interface AttentionGroup {
  /** Of a class; absent for all series. */
  name?: string;
  samples: number;
  attention: MeanAttention;
}

/** The mean over all series, then that of each class that has any, by the label; series without labels have no classes. */
export function attentionGroups(set: Unseen, prediction: Prediction): AttentionGroup[] {
  const all = { samples: set.samples, attention: meanAttention(set, prediction) };
  if (!isLabelled(set)) return [all];
  const balance = classBalance(set);
  const means = balance.length > 0 ? attentionByClass(set, prediction, balance.length) : []; // Numbers have no classes.
  const classes = balance.map(({ name, count }, c) => ({ name, samples: count, attention: means[c] }));
  return [all, ...classes.filter(({ samples }) => samples > 0)];
}
