import { Chart, type ChartOptions } from 'chart.js';
import { histogramOf } from '../../../data/statistics.ts';
import { axisTitle, BASE_OPTIONS } from '../../charts.ts';
import { create } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import { themed } from '../../theme.ts';

const BINS = 40;

/** The distribution of a parameter's values: now as bars, before training as a line. */
export class ParameterHistogram {
  readonly element = create('figure', '', 'histogram');
  private readonly chart: Chart<'bar' | 'line', number[], string>;

  constructor(name: string) {
    const canvas = create('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `Histogram of ${name}; its statistics are in the table`);
    this.element.append(canvas);
    this.chart = new Chart<'bar' | 'line', number[], string>(canvas, {
      type: 'bar',
      data: {
        labels: [],
        datasets: [
          { type: 'line', label: 'Before training', data: [], stepped: 'middle', pointRadius: 0, borderWidth: 1.5 },
          { type: 'bar', label: 'Now', data: [], categoryPercentage: 1, barPercentage: 1 },
        ],
      },
      options: histogramOptions(),
    });
  }

  /** Draws values from −high to high in the current colours. */
  draw(values: Float32Array, initial: Float32Array | undefined, high: number): void {
    const width = (2 * high) / BINS;
    this.chart.data.labels = Array.from({ length: BINS }, (_, i) => (-high + (i + 0.5) * width).toPrecision(2));
    const [before, now] = this.chart.data.datasets;
    before.data = initial ? histogramOf(initial, -high, high, BINS) : [];
    now.data = histogramOf(values, -high, high, BINS);
    before.borderColor = before.backgroundColor = themed('validation')();
    now.backgroundColor = themed('training')();
    // Without animations this is as fast as the mode 'none', which would keep the first colours of points and bars.
    this.chart.update();
  }

  destroy(): void {
    this.chart.destroy();
  }
}

function histogramOptions(): ChartOptions<'bar' | 'line'> {
  const x = axisTitle('Value');
  return {
    ...BASE_OPTIONS,
    interaction: { mode: 'index', intersect: false },
    scales: {
      x: { ...x, grid: { display: false }, ticks: { ...x.ticks, autoSkipPadding: 16 } },
      y: { ...axisTitle('Count'), beginAtZero: true, ticks: { precision: 0 } },
    },
    plugins: {
      legend: { display: false },
      tooltip: {
        callbacks: {
          title: ([{ label }]) => `Around ${label}`,
          label: ({ dataset, parsed }) => `${dataset.label}: ${formatCount(Number(parsed.y))}`,
        },
      },
    },
  };
}
