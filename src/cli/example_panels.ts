import type { SeriesSet } from '../data/series_set.ts';
import { attentionBars, attentionTop } from '../model/attention_bars.ts';
import { predictedClasses } from '../train/classification.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import type { Prediction } from '../train/predict.ts';
import { type Panel, pictureText } from './picture.ts';
import { linearAxis } from './report_axes.ts';
import { thin } from './report_charts.ts';
import type { Insert } from './report_html.ts';
import { axes, polyline, stepAxis, stepBars } from './report_plot.ts';

const MOST_EXAMPLES = 6;
const MOST_CHANNELS = 8;

/** Some series as lines, one a channel, in front of their attention as bars on one scale. */
export function examplePanels(set: SeriesSet, prediction: Prediction): Panel[] {
  const examples = exampleSeries(set);
  const attentions = examples.map((n) => attentionOf(set, prediction, n));
  const top = attentionTop(attentions);
  const names = labelNames(set, prediction);
  return examples.map((n, i) => ({ ...names(n), content: exampleChart(set, n, attentions[i], top) }));
}

/** The first series of each class, then the second …; if numbers are predicted, from the smallest to the largest. */
export function exampleSeries({ target, samples, y }: SeriesSet): number[] {
  const all = Array.from({ length: samples }, (_, n) => n);
  if (target.kind === 'number')
    return thin(
      all.sort((a, b) => y[a] - y[b]),
      MOST_EXAMPLES,
    );
  const counts = new Array<number>(target.classes.length).fill(0);
  const rank = Float64Array.from(y, (label) => counts[label]++);
  return all.sort((a, b) => rank[a] - rank[b] || y[a] - y[b]).slice(0, MOST_EXAMPLES);
}

function attentionOf({ timeSteps, inputDim }: SeriesSet, { attention }: Prediction, n: number): number[] {
  const features = timeSteps * inputDim;
  const values = [...attention.subarray(n * features, (n + 1) * features)];
  return attentionOverSteps({ timeSteps, inputDim, values });
}

/** The label of a series, and its prediction. */
function labelNames({ target, y }: SeriesSet, prediction: Prediction): (n: number) => Pick<Panel, 'name' | 'note'> {
  if (target.kind === 'number') {
    return (n) => ({
      name: `series ${n}: ${y[n].toPrecision(4)}`,
      note: `predicted ${prediction.values[n].toPrecision(4)}`,
    });
  }
  const predicted = predictedClasses(prediction);
  const { outputs, values } = prediction;
  const shareOf = (n: number, guess: number) => {
    return outputs === 1 ? (guess === 1 ? values[n] : 1 - values[n]) : values[n * outputs + guess];
  };
  return (n) => {
    const guess = predicted[n];
    const taken = guess === y[n] ? 'recognised' : `taken for ${pictureText(target.classes[guess])}`;
    return {
      name: `series ${n}: ${pictureText(target.classes[y[n]])}`,
      note: `${taken}, ${shareOf(n, guess).toFixed(2)}`,
    };
  };
}

function exampleChart(
  { timeSteps: T, inputDim: D, x: values }: SeriesSet,
  n: number,
  attention: number[],
  top: number,
): Insert {
  const series = values.subarray(n * T * D, (n + 1) * T * D);
  const [low, high] = series.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [series[0], series[0]],
  );
  const [x, y] = [stepAxis(T, 6), linearAxis(low, high, 3)];
  const lines = Array.from({ length: Math.min(D, MOST_CHANNELS) }, (_, d) =>
    polyline(
      'series',
      Array.from({ length: T }, (_, t) => [t, series[t * D + d]]),
      x,
      y,
    ),
  );
  return [axes(x, y), stepBars(attentionBars(attention, { top })), lines];
}
