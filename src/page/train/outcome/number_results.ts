import { Chart, type ChartOptions, type Point } from 'chart.js';
import { placesOf } from '../../../data/series_set.ts';
import { formatMetric } from '../../../train/history.ts';
import { measureErrors } from '../../../train/regression.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../../charts.ts';
import { byId } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import { themed } from '../../theme.ts';
import type { ComparedSeries } from './prediction_run.ts';

/** More points would merge into one spot. */
const MOST_POINTS = 2000;

/** Predicted numbers against the labels. */
export class NumberResults {
  private readonly canvas = byId('scatter-chart', HTMLCanvasElement);
  private readonly chart = new Chart<'line', Point[]>(this.canvas, {
    type: 'line',
    data: { datasets: [] },
    options: scatterOptions((index) => this.nameOf(index)),
  });
  /** The name of a point's series. */
  private nameOf: (index: number) => string = () => '';

  show({ name, set, prediction }: ComparedSeries): void {
    const { y, samples } = set;
    const { values } = prediction;
    byId('outcome-summary', HTMLElement).textContent = `${name}: ${describeErrors(values, y)}`;
    const every = Math.ceil(samples / MOST_POINTS);
    const { ids } = set;
    const places = placesOf(set);
    this.nameOf = (index) => ids?.[index * every] ?? `Series ${formatCount(places[index * every])}`;
    const points = Array.from({ length: Math.ceil(samples / every) }, (_, i) => i * every);
    const data = points.map((n) => ({ x: y[n], y: values[n] }));
    const color = `${themed('training')()}b0`;
    const range = points.flatMap((n) => [y[n], values[n]]);
    const [low, high] = [Math.min(...range), Math.max(...range)];
    setEmpty(this.canvas, false);
    this.chart.data.datasets = [
      { label: 'Series', data, showLine: false, pointRadius: 3, backgroundColor: color, borderColor: 'transparent' },
      {
        label: 'Exact',
        data: [low, high].map((value) => ({ x: value, y: value })),
        borderColor: themed('muted')(),
        borderDash: [4, 4],
        borderWidth: 1,
        pointRadius: 0,
      },
    ];
    this.chart.update('none');
  }
}

function describeErrors(predicted: Float32Array, labels: Float32Array): string {
  const { meanAbsoluteError, rootMeanSquare, r2 } = measureErrors(predicted, labels);
  const explained = Number.isNaN(r2) ? '' : `, R² ${r2.toFixed(4)}`;
  return `mean absolute error ${formatMetric(meanAbsoluteError)}, root mean square ${formatMetric(rootMeanSquare)}${explained}, of ${formatCount(labels.length)} series.`;
}

function scatterOptions(nameOf: (index: number) => string): ChartOptions<'line'> {
  const axis = (title: string) => ({ ...axisTitle(title), type: 'linear' }) as const;
  return {
    ...BASE_OPTIONS,
    parsing: false,
    interaction: { mode: 'nearest', intersect: true },
    scales: { x: axis('True'), y: axis('Predicted') },
    plugins: {
      legend: { display: false },
      tooltip: {
        callbacks: {
          title: ([{ dataIndex }]) => nameOf(dataIndex),
          label: ({ parsed }) => `True ${formatMetric(Number(parsed.x))}, predicted ${formatMetric(Number(parsed.y))}`,
        },
      },
    },
  };
}
