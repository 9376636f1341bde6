import { Chart, type ChartOptions } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { formatMetric } from '../train/history.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from './charts.ts';
import { byId } from './dom.ts';
import { themed } from './theme.ts';

/** Attention by time step, beside what a uniform attention would be. */
export class AttentionChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'bar', number[], number>;

  constructor(id: string) {
    this.canvas = byId(id, HTMLCanvasElement);
    const data = { labels: [], datasets: [] };
    this.chart = new Chart(this.canvas, { type: 'bar', data, options: attentionOptions() });
  }

  /** Empties the chart for so many time steps, with the label planted in one of them. */
  reset(timeSteps: number, planted: number): void {
    const backgroundColor = ({ dataIndex }: { dataIndex: number }) =>
      themed(dataIndex === planted ? 'planted' : 'bar')();
    this.chart.data.labels = Array.from({ length: timeSteps }, (_, t) => t);
    this.chart.data.datasets = [{ label: 'Attention', data: [], backgroundColor, categoryPercentage: 1 }];
    const annotations = attentionMarks(timeSteps, planted);
    Object.assign(this.chart.options.plugins ?? {}, { annotation: { annotations } });
    setEmpty(this.canvas, true);
  }

  draw(attention: number[]): void {
    setEmpty(this.canvas, false);
    this.chart.data.datasets[0].data = attention;
    this.chart.update('none');
  }

  /** Draws again what there is, in the colours that hold now. */
  redraw(): void {
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

/** A line where all steps would be alike, and one through the planted step; their labels stay inside the chart. */
function attentionMarks(timeSteps: number, planted: number): Record<string, AnnotationOptions> {
  const uniform = 1 / timeSteps;
  const inLeftHalf = planted < timeSteps / 2;
  const label = (content: string, color: 'planted' | 'muted') => ({ ...LABEL, content, color: themed(color) }) as const;
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
      ...label(`uniform: 1/${timeSteps}`, 'muted'),
      xValue: inLeftHalf ? timeSteps - 1 : 0,
      yValue: uniform,
      position: { x: inLeftHalf ? 'end' : 'start', y: 'end' },
    },
    plantedLine: {
      type: 'line',
      xMin: planted,
      xMax: planted,
      borderColor: themed('planted'),
      borderDash: [4, 4],
      borderWidth: 1,
    },
    plantedLabel: {
      ...label(`planted: step ${planted}`, 'planted'),
      xValue: planted,
      yValue: ({ chart }: { chart: Chart }) => chart.scales.y.max,
      position: { x: inLeftHalf ? 'start' : 'end', y: 'start' },
    },
  };
}
