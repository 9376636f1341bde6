import { Chart, type ChartDataset, type Scale } from 'chart.js';
import {
  BarWithErrorBar,
  BarWithErrorBarsController,
  LineWithErrorBarsController,
  PointWithErrorBar,
} from 'chartjs-chart-error-bars';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../charts.ts';
import { byId } from '../dom.ts';
import { formatCount } from '../text.ts';
import { themed } from '../theme.ts';
import { formatFigure } from './figures.ts';

Chart.register(BarWithErrorBarsController, BarWithErrorBar, LineWithErrorBarsController, PointWithErrorBar);

export const ERROR_BARS = {
  errorBarColor: themed('text'),
  errorBarWhiskerColor: themed('text'),
  errorBarLineWidth: 1.5,
  errorBarWhiskerLineWidth: 1.5,
  errorBarWhiskerSize: 8,
} as const;

/** A figure with its interval. */
export interface IntervalBar {
  value: number;
  low: number;
  high: number;
}

/** Bars of one colour, one for each label; undefined leaves a place empty. */
export interface BarSeries {
  name: string;
  color: 'bar' | 'training' | 'validation';
  bars: (IntervalBar | undefined)[];
}

const BAR_PX = 16;
/** Height of axis, title and legend. */
const AROUND_PX = 90;

/** Horizontal bars with their intervals; the chart's height follows their number. */
export class IntervalChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'barWithErrorBars'>;

  constructor(id: string, unit: string, scale: 'linear' | 'logarithmic') {
    this.canvas = byId(id, HTMLCanvasElement);
    this.chart = new Chart(this.canvas, {
      type: 'barWithErrorBars',
      data: { labels: [], datasets: [] },
      options: {
        ...BASE_OPTIONS,
        indexAxis: 'y',
        scales: {
          x: {
            ...axisTitle(unit),
            type: scale,
            ticks: { maxRotation: 0, autoSkipPadding: 12, callback: figureTick },
          },
          y: { grid: { display: false }, border: { display: false }, ticks: { autoSkip: false, callback: labelTick } },
        },
        plugins: {
          legend: { align: 'end', labels: { boxWidth: 12 } },
          tooltip: { callbacks: { label: ({ dataset, raw }) => `${dataset.label}: ${describeBar(raw as ErrorBar)}` } },
        },
      },
    });
  }

  draw(labels: string[], series: BarSeries[]): void {
    setEmpty(this.canvas, labels.length === 0);
    const figure = this.canvas.parentElement;
    if (figure) figure.style.height = `${AROUND_PX + BAR_PX * labels.length * (series.length + 0.5)}px`;
    this.chart.data.labels = labels;
    this.chart.data.datasets = series.map(datasetOf);
    const { legend } = this.chart.options.plugins ?? {};
    if (legend) legend.display = series.length > 1;
    this.chart.resize();
    this.chart.update('none');
  }

  /** Draws the same content in the current colours. */
  redraw(): void {
    this.chart.update('none');
  }
}

interface ErrorBar {
  x: number;
  xMin: number;
  xMax: number;
}

function datasetOf({ name, color, bars }: BarSeries): ChartDataset<'barWithErrorBars'> {
  const data = bars.map(
    (bar): ErrorBar =>
      bar ? { x: bar.value, xMin: bar.low, xMax: bar.high } : { x: Number.NaN, xMin: Number.NaN, xMax: Number.NaN },
  );
  return { label: name, data, backgroundColor: themed(color), ...ERROR_BARS };
}

function describeBar({ x, xMin, xMax }: ErrorBar): string {
  return `${formatFigure(x)} (95 %: ${formatFigure(xMin)} to ${formatFigure(xMax)})`;
}

const LABEL_SHARE = 0.4;
const CHARACTER_PX = 6.5;

/** Fits a label into its share of the chart's width. A long label keeps its two ends, which tell names apart. */
function labelTick(this: Scale, tick: string | number): string {
  const label = this.getLabelForValue(Number(tick));
  const most = Math.floor((LABEL_SHARE * this.chart.width) / CHARACTER_PX);
  if (label.length <= most) return label;
  const half = Math.floor((most - 1) / 2);
  return `${label.slice(0, most - 1 - half)}…${label.slice(-half)}`;
}

/** On log axes, ticks only at 1, 2 and 5 times powers of ten; null leaves a tick out. */
export function figureTick(this: { type: string }, tick: string | number): string | null {
  const value = Number(Number(tick).toPrecision(3));
  if (this.type === 'logarithmic' && !/^[125]e/.test(value.toExponential())) return null;
  return value >= 1000 ? formatCount(value) : String(value);
}
