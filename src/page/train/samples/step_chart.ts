import { Chart, type ChartDataset, type ChartOptions, type LegendItem } from 'chart.js';
import { lineStyle } from '../../../model/line_colors.ts';
import { formatMetric } from '../../../train/history.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../../charts.ts';
import { byId } from '../../dom.ts';
import { type ColorName, themed } from '../../theme.ts';

/** A quantity with a value at each time step. */
export interface StepSeries {
  name: string;
  color: ColorName;
  values: number[];
  dash?: number[];
  /** Bars, with an axis of their own on the right. */
  isBars?: boolean;
}

/** The style of a channel's or class's line. */
export function styleOf(index: number): Pick<StepSeries, 'color' | 'dash'> {
  const { color, dash } = lineStyle(index);
  return { color: `line-${color}`, dash };
}

/** Several series over the time steps, with the planted step marked if there is one. */
export class StepChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'line' | 'bar', number[], number>;

  /** `rightTitle` names the axis of the bars, if there are bars. */
  constructor(id: string, title: string, rightTitle?: string) {
    this.canvas = byId(id, HTMLCanvasElement);
    const options = stepOptions(title, rightTitle);
    this.chart = new Chart<'line' | 'bar', number[], number>(this.canvas, {
      type: 'line',
      data: { labels: [], datasets: [] },
      options,
    });
  }

  draw(series: StepSeries[], planted?: number): void {
    setEmpty(this.canvas, false);
    this.chart.data.labels = series[0].values.map((_, t) => t);
    this.chart.data.datasets = series.map(dataset);
    const { plugins } = this.chart.options;
    const annotations = planted === undefined ? {} : { planted: stepMark(planted) };
    Object.assign(plugins ?? {}, { annotation: { annotations } });
    this.chart.update('none');
  }
}

function dataset({ name, color, values, dash = [], isBars }: StepSeries): ChartDataset<'line' | 'bar', number[]> {
  const paint = themed(color)();
  const common = { label: name, data: values, backgroundColor: paint, borderColor: paint };
  if (isBars) return { ...common, type: 'bar', yAxisID: 'right', categoryPercentage: 1, order: 1, pointStyle: 'rect' };
  return { ...common, type: 'line', borderDash: dash, borderWidth: 1.5, pointRadius: 0, pointStyle: 'line' };
}

function stepOptions(title: string, rightTitle: string | undefined): ChartOptions<'line' | 'bar'> {
  const x = axisTitle('Time step');
  const right = {
    ...axisTitle(rightTitle ?? ''),
    position: 'right',
    beginAtZero: true,
    grid: { display: false },
  } as const;
  return {
    ...BASE_OPTIONS,
    interaction: { mode: 'index', intersect: false },
    scales: {
      x: { ...x, offset: true, grid: { display: false }, ticks: { ...x.ticks, autoSkipPadding: 12 } },
      y: axisTitle(title),
      ...(rightTitle && { right }),
    },
    plugins: {
      legend: { align: 'end', labels: { usePointStyle: true, pointStyleWidth: 24, generateLabels: legendLabels } },
      tooltip: {
        callbacks: {
          title: ([{ label }]) => `Time step ${label}`,
          label: ({ dataset: { label }, parsed }) => `${label}: ${formatMetric(Number(parsed.y))}`,
        },
      },
    },
  };
}

/** The legend's keys have the dashes of their lines, which Chart.js leaves out. */
function legendLabels(chart: Chart): LegendItem[] {
  const { datasets } = chart.data;
  const labels = Chart.defaults.plugins.legend.labels.generateLabels(chart);
  return labels.map((label) => {
    const { borderDash } = datasets[label.datasetIndex ?? 0] as ChartDataset<'line'>;
    return { ...label, lineDash: Array.isArray(borderDash) ? borderDash.map(Number) : [] };
  });
}

function stepMark(step: number) {
  return {
    type: 'line',
    xMin: step,
    xMax: step,
    borderColor: themed('planted'),
    borderDash: [4, 4],
    borderWidth: 1,
  } as const;
}
