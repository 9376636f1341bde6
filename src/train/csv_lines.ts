import { placesOf, type Series, type Unseen } from '../data/series_set.ts';
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

/**
 * A line for each series, by its place in the file and its id: its label, its prediction, and the probability of each
 * class. Series without ids or labels have no such column.
 */
export function* predictionCsv(set: Omit<Unseen, 'x'>, prediction: Prediction): Generator<string> {
  const { target, y, samples } = set;
  const { outputs, values } = prediction;
  const series = seriesCells(set);
  const labels = y === undefined ? [] : ['label'];
  if (target.kind === 'number') {
    yield csvLine([...series.titles, ...labels, 'predicted']);
    for (let n = 0; n < samples; n++) yield csvLine([...series.of(n), ...(y ? [y[n]] : []), values[n]]);
    return;
  }
  const { classes } = target;
  const predicted = predictedClasses(prediction);
  yield csvLine([...series.titles, ...labels, 'predicted', ...classes.map((name) => `probability ${name}`)]);
  for (let n = 0; n < samples; n++) {
    const own = values.subarray(n * outputs, (n + 1) * outputs);
    const probabilities = outputs === 1 ? [1 - own[0], own[0]] : own;
    yield csvLine([...series.of(n), ...(y ? [classes[y[n]]] : []), classes[predicted[n]], ...probabilities]);
  }
}

/** A line a series and channel: the attention of every time step. */
export function* seriesAttentionCsv(set: Omit<Series, 'x'>, { attention }: Prediction): Generator<string> {
  const { samples, timeSteps: T, inputDim: D, channelNames } = set;
  const series = seriesCells(set);
  yield csvLine([...series.titles, 'channel', ...stepNames(T)]);
  for (let n = 0; n < samples; n++) {
    for (let d = 0; d < D; d++) {
      const steps = Array.from({ length: T }, (_, t) => attention[(n * T + t) * D + d]);
      yield csvLine([...series.of(n), channelNames[d], ...steps]);
    }
  }
}

/** The first cells of a series' lines: its place in the file, and its id if the file has ids. */
function seriesCells(set: Omit<Series, 'x'>): { titles: string[]; of(n: number): (string | number)[] } {
  const places = placesOf(set);
  const { ids } = set;
  if (!ids) return { titles: ['series'], of: (n) => [places[n]] };
  return { titles: ['series', 'id'], of: (n) => [places[n], ids[n]] };
}

/**
 * A line a class and channel: the mean attention of every time step. The first lines are of all series, and name no
 * class.
 */
export function* groupAttentionCsv(
  { timeSteps: T, inputDim: D, channelNames }: Omit<Series, 'x'>,
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
