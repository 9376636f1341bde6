import { placesOf, type Series, type Unseen } from '../data/series_set.ts';
import { csvLine } from '../text/csv.ts';
import { predictedClasses } from './classification.ts';
import type { AttentionGroup } from './mean_attention.ts';
import { attentionOverSteps, type MeanAttention } from './mean_attention.ts';
import type { Prediction } from './predict.ts';

// Comma-separated values line by line, so that a page can answer between the lines of many series.

/** The mean attention by time step, and by channel if there are several. */
export function* attentionCsv(attention: MeanAttention, channelNames: readonly string[]): Generator<string> {
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
  const { target, y, ids } = set;
  const own = [...(ids ? ['id'] : []), ...(y ? ['label'] : [])];
  const classes = target.kind === 'class' ? target.classes : [];
  yield csvLine(['series', ...own, 'predicted', ...classes.map((name) => `probability ${name}`)]);
  for (const { probabilities = [], ...cells } of predictedSeries(set, prediction)) {
    yield csvLine([...Object.values(cells), ...probabilities]);
  }
}

/** A series with its prediction. */
interface PredictedSeries {
  /** Its place in the file, from 0. */
  series: number;
  id?: string;
  /** A class or a number; absent if the series has no label. */
  label?: string | number;
  predicted: string | number;
  /** Of each class. */
  probabilities?: number[];
}

/** Every series with its prediction; the fields that are there are in the order of the lines of `predictionCsv`. */
export function* predictedSeries(set: Omit<Unseen, 'x'>, prediction: Prediction): Generator<PredictedSeries> {
  const { target, y, ids, samples } = set;
  const { outputs, values } = prediction;
  const places = placesOf(set);
  const classes = target.kind === 'class' ? target.classes : undefined;
  const predicted = classes && predictedClasses(prediction);
  for (let n = 0; n < samples; n++) {
    const own = Array.from(values.subarray(n * outputs, (n + 1) * outputs));
    yield {
      series: places[n],
      ...(ids && { id: ids[n] }),
      ...(y && { label: classes ? classes[y[n]] : y[n] }),
      predicted: classes && predicted ? classes[predicted[n]] : own[0],
      ...(classes && { probabilities: outputs === 1 ? [1 - own[0], own[0]] : own }),
    };
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
