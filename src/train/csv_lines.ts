import { placesOf, type SeriesLabels, type SeriesSet } from '../data/series_set.ts';
import { csvLine } from '../text/csv.ts';
import { predictedClasses } from './classification.ts';
import type { AttentionGroup } from './mean_attention.ts';
import { attentionOverSteps, type MeanAttention } from './mean_attention.ts';
import type { Prediction } from './predict.ts';

// Comma-separated values line by line, so that a page can answer between the lines of many series.

/** The mean attention by time step, and by channel if there are several. */
export function* attentionCsv(attention: MeanAttention, channelNames = numberedChannels(attention)): Generator<string> {
  const { inputDim: D, values } = attention;
  const mean = attentionOverSteps(attention);
  yield csvLine(D === 1 ? ['step', 'attention'] : ['step', 'mean', ...channelNames]);
  for (const [t, value] of mean.entries()) {
    yield csvLine(D === 1 ? [t, value] : [t, value, ...values.slice(t * D, (t + 1) * D)]);
  }
}

/** A line for each series, by its place in the file: its label, its prediction, and the probability of each class. */
export function* predictionCsv(set: SeriesLabels, prediction: Prediction): Generator<string> {
  const { target, y } = set;
  const { outputs, values } = prediction;
  const places = placesOf(set);
  if (target.kind === 'number') {
    yield csvLine(['series', 'label', 'predicted']);
    for (const [n, label] of y.entries()) yield csvLine([places[n], label, values[n]]);
    return;
  }
  const { classes } = target;
  const predicted = predictedClasses(prediction);
  yield csvLine(['series', 'label', 'predicted', ...classes.map((name) => `probability ${name}`)]);
  for (const [n, label] of y.entries()) {
    const own = values.subarray(n * outputs, (n + 1) * outputs);
    const probabilities = outputs === 1 ? [1 - own[0], own[0]] : own;
    yield csvLine([places[n], classes[label], classes[predicted[n]], ...probabilities]);
  }
}

/** A line a series and channel: the attention of every time step. */
export function* seriesAttentionCsv(set: SeriesLabels, { attention }: Prediction): Generator<string> {
  const { samples, timeSteps: T, inputDim: D, channelNames } = set;
  const places = placesOf(set);
  yield csvLine(['series', 'channel', ...stepNames(T)]);
  for (let n = 0; n < samples; n++) {
    for (let d = 0; d < D; d++) {
      const steps = Array.from({ length: T }, (_, t) => attention[(n * T + t) * D + d]);
      yield csvLine([places[n], channelNames[d], ...steps]);
    }
  }
}

/**
 * A line a class and channel: the mean attention of every time step. The first lines are of all series, and name no
 * class.
 */
export function* groupAttentionCsv(
  { timeSteps: T, inputDim: D, channelNames }: SeriesSet,
  groups: AttentionGroup[],
): Generator<string> {
  yield csvLine(['class', 'channel', 'series', ...stepNames(T)]);
  for (const { name = '', samples, attention } of groups) {
    for (const [d, channel] of channelNames.entries()) {
      const steps = Array.from({ length: T }, (_, t) => attention.values[t * D + d]);
      yield csvLine([name, channel, samples, ...steps]);
    }
  }
}

function stepNames(timeSteps: number): string[] {
  return Array.from({ length: timeSteps }, (_, t) => `t${t}`);
}

function numberedChannels({ inputDim }: MeanAttention): string[] {
  return Array.from({ length: inputDim }, (_, d) => `channel_${d}`);
}
