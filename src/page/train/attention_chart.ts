import { Chart, type ChartOptions } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { type AttentionBars, attentionBars } from '../../model/attention_bars.ts';
import { formatMetric } from '../../train/history.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../charts.ts';
import { byId } from '../dom.ts';
import { type ColorName, themed } from '../theme.ts';

/** Attention by time step, beside the value of a uniform attention. */
export class AttentionChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'bar', number[], number>;
  private planted: number | undefined;

  constructor(id: string) {
    this.canvas = byId(id, HTMLCanvasElement);
    const data = { labels: [], datasets: [] };
    this.chart = new Chart(this.canvas, { type: 'bar', data, options: attentionOptions() });
  }

  /** Empties the chart for this number of time steps. The label is planted in one of them, or in none. */
  reset(timeSteps: number, planted: number | undefined): void {
    this.planted = planted;
    this.chart.data.labels = Array.from({ length: timeSteps }, (_, t) => t);
    this.chart.data.datasets = [{ label: 'Attention', data: [], categoryPercentage: 1 }];
    const { uniform } = attentionBars(new Array<number>(timeSteps).fill(0));
    const annotations = attentionMarks(uniform, timeSteps, planted);
    Object.assign(this.chart.options.plugins ?? {}, { annotation: { annotations } });
    setEmpty(this.canvas, true);
  }

  /** Draws in the current colours; the bars of a channel have the channel's. */
  draw(attention: number[], color: ColorName): void {
    setEmpty(this.canvas, false);
    const { bars } = attentionBars(attention, { marked: this.planted });
    const [drawn] = this.chart.data.datasets;
    drawn.data = bars.map(({ value }) => value);
    drawn.backgroundColor = bars.map(({ isMarked }) => themed(isMarked ? 'planted' : color)());
    this.chart.update('none');
  }
}

function attentionOptions(): ChartOptions<'bar'> {
  const x = axisTitle('Time step');
  return {
    ...BASE_OPTIONS,
    interaction: { mode: 'index', intersect: false },
    scales: {
      x: { ...x, grid: { display: false }, ticks: { ...x.ticks, autoSkipPadding: 12 } },
      // The room above the highest bar keeps the planted step's label off it.
      y: { ...axisTitle('Attention'), beginAtZero: true, grace: '15%' },
    },
    plugins: {
      legend: { display: false },
      tooltip: {
        callbacks: {
          title: ([{ label }]) => `Time step ${label}`,
          label: ({ parsed }) => `Attention: ${formatMetric(Number(parsed.y))}`,
        },
      },
    },
  };
}

/** With a background of its own, so that it can be read over the bars. */
const LABEL = {
  type: 'label',
  backgroundColor: themed('surface'),
  font: { size: 12 },
  padding: { x: 4, y: 1 },
} as const;

/** A line at the uniform attention, and one through a planted step. Their labels stay inside the chart. */
function attentionMarks(
  { value, share }: AttentionBars['uniform'],
  timeSteps: number,
  planted: number | undefined,
): Record<string, AnnotationOptions> {
  const inLeftHalf = planted !== undefined && planted < timeSteps / 2;
  return {
    uniformLine: {
      type: 'line',
      yMin: value,
      yMax: value,
      borderColor: themed('muted'),
      borderDash: [4, 4],
      borderWidth: 1,
    },
    uniformLabel: {
      ...LABEL,
      content: `uniform: ${share}`,
      color: themed('muted'),
      xValue: inLeftHalf ? timeSteps - 1 : 0,
      yValue: value,
      position: { x: inLeftHalf ? 'end' : 'start', y: 'end' },
    },
    ...(planted !== undefined && plantedMarks(planted, inLeftHalf)),
  };
}

function plantedMarks(planted: number, inLeftHalf: boolean): Record<string, AnnotationOptions> {
  return {
    plantedLine: {
      type: 'line',
      xMin: planted,
      xMax: planted,
      borderColor: themed('planted'),
      borderDash: [4, 4],
      borderWidth: 1,
    },
    plantedLabel: {
      ...LABEL,
      content: `planted: step ${planted}`,
      color: themed('planted'),
      xValue: planted,
      yValue: ({ chart }: { chart: Chart }) => chart.scales.y.max,
      position: { x: inLeftHalf ? 'start' : 'end', y: 'start' },
    },
  };
}
