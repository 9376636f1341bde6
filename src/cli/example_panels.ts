import type { Series, Unseen } from '../data/series_set.ts';
import { attentionBars, attentionTop } from '../model/attention_bars.ts';
import { lineClass, MOST_LINES } from '../model/line_colors.ts';
import { predictedClasses } from '../train/classification.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import type { Prediction } from '../train/predict.ts';
import { type Panel, pictureText } from './picture.ts';
import { linearAxis } from './report_axes.ts';
import { thin } from './report_charts.ts';
import type { Insert } from './report_html.ts';
import { axes, polyline, stepAxis, stepBars } from './report_plot.ts';

const MOST_EXAMPLES = 6;

/** Some series as lines, one a channel in its colour, in front of their attention as bars on one scale. */
export function examplePanels(set: Unseen, prediction: Prediction): Panel[] {
  const examples = exampleSeries(set);
  const attentions = examples.map((n) => attentionOf(set, prediction, n));
  const top = attentionTop(attentions);
  const names = labelNames(set, prediction);
  return examples.map((n, i) => ({ ...names(n), content: exampleChart(set, n, attentions[i], top) }));
}

/**
 * The first series of each class, then the second …; if numbers are predicted, from the smallest to the
 * largest; without labels the first ones.
 */
export function exampleSeries({ target, samples, y }: Unseen): number[] {
  const all = Array.from({ length: samples }, (_, n) => n);
  if (!y) return all.slice(0, MOST_EXAMPLES);
  if (target.kind === 'number')
    return thin(
      all.sort((a, b) => y[a] - y[b]),
      MOST_EXAMPLES,
    );
  const counts = new Array<number>(target.classes.length).fill(0);
  const rank = Float64Array.from(y, (label) => counts[label]++);
  return all.sort((a, b) => rank[a] - rank[b] || y[a] - y[b]).slice(0, MOST_EXAMPLES);
}

function attentionOf({ timeSteps, inputDim }: Series, { attention }: Prediction, n: number): number[] {
  const features = timeSteps * inputDim;
  const values = [...attention.subarray(n * features, (n + 1) * features)];
  return attentionOverSteps({ timeSteps, inputDim, values });
}

/** The id of a series or its number, its label if it has one, and its prediction. */
function labelNames({ target, y, ids }: Unseen, prediction: Prediction): (n: number) => Pick<Panel, 'name' | 'note'> {
  const nameOf = (n: number) => (ids ? pictureText(ids[n]) : `series ${n}`);
  if (target.kind === 'number') {
    return (n) => ({
      name: y ? `${nameOf(n)}: ${y[n].toPrecision(4)}` : nameOf(n),
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
    const taken = guess === y?.[n] ? 'recognised' : `taken for ${pictureText(target.classes[guess])}`;
    return {
      name: y ? `${nameOf(n)}: ${pictureText(target.classes[y[n]])}` : nameOf(n),
      note: `${taken}, ${shareOf(n, guess).toFixed(2)}`,
    };
  };
}

function exampleChart(
  { timeSteps: T, inputDim: D, x: values }: Series,
  n: number,
  attention: number[],
  top: number,
): Insert {
  const series = values.subarray(n * T * D, (n + 1) * T * D);
  const known = [...series].filter((value) => !Number.isNaN(value));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const [x, y] = [stepAxis(T, 6), linearAxis(low, high, 3)];
  const lines = Array.from({ length: Math.min(D, MOST_LINES) }, (_, d) =>
    polyline(
      lineClass(d),
      Array.from({ length: T }, (_, t) => [t, series[t * D + d]]),
      x,
      y,
    ),
  );
  return [axes(x, y), stepBars(attentionBars(attention, { top })), lines];
}
