import { Chart, type ChartOptions } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { formatMetric } from '../../train/history.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../charts.ts';
import { byId } from '../dom.ts';
import { themed } from '../theme.ts';

/** Attention by time step, beside what a uniform attention would be. */
export class AttentionChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'bar', number[], number>;
  private planted: number | undefined;

  constructor(id: string) {
    this.canvas = byId(id, HTMLCanvasElement);
    const data = { labels: [], datasets: [] };
    this.chart = new Chart(this.canvas, { type: 'bar', data, options: attentionOptions() });
  }

  /** Empties the chart for so many time steps, with the label planted in one of them or in none. */
  reset(timeSteps: number, planted: number | undefined): void {
    this.planted = planted;
    this.chart.data.labels = Array.from({ length: timeSteps }, (_, t) => t);
    this.chart.data.datasets = [{ label: 'Attention', data: [], categoryPercentage: 1 }];
    const annotations = attentionMarks(timeSteps, planted);
    Object.assign(this.chart.options.plugins ?? {}, { annotation: { annotations } });
    setEmpty(this.canvas, true);
  }

  /** Draws in the colours that hold now. */
  draw(attention: number[]): void {
    setEmpty(this.canvas, false);
    const [bars] = this.chart.data.datasets;
    bars.data = attention;
    bars.backgroundColor = attention.map((_, t) => themed(t === this.planted ? 'planted' : 'bar')());
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

/** On a ground of its own, so that it can be read over the bars. */
const LABEL = {
  type: 'label',
  backgroundColor: themed('surface'),
  font: { size: 12 },
  padding: { x: 4, y: 1 },
} as const;

/** A line where all steps would be alike, and one through a planted step; their labels stay inside the chart. */
function attentionMarks(timeSteps: number, planted: number | undefined): Record<string, AnnotationOptions> {
  const uniform = 1 / timeSteps;
  const inLeftHalf = planted !== undefined && planted < timeSteps / 2;
  return {
    uniformLine: {
      type: 'line',
      yMin: uniform,
      yMax: uniform,
      borderColor: themed('muted'),
      borderDash: [4, 4],
      borderWidth: 1,
    },
    uniformLabel: {
      ...LABEL,
      content: `uniform: 1/${timeSteps}`,
      color: themed('muted'),
      xValue: inLeftHalf ? timeSteps - 1 : 0,
      yValue: uniform,
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
