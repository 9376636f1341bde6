import { Chart, type ChartDataset, type ChartOptions } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { MOST_GROWTH, type RatedPoint, type SweptSize } from '../../bench/swept_sizes.ts';
import { axisTitle, BASE_OPTIONS } from '../charts.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { asSentence, formatCount } from '../text.ts';
import { themed } from '../theme.ts';
import { formatFigure, formatInterval } from './figures.ts';
import { ERROR_BARS, figureTick } from './interval_chart.ts';

type SweepChart = Chart<'lineWithErrorBars'>;

/** Name and style of each sweep: colours, marks and dashes tell them apart. */
const SWEEPS: Record<SweptSize, { name: string; style: Partial<ChartDataset<'lineWithErrorBars'>> }> = {
  batchSize: { name: 'batch size', style: styled('training', 'circle', []) },
  timeSteps: { name: 'time steps', style: styled('validation', 'triangle', [6, 3]) },
  units: { name: 'LSTM units', style: styled('text', 'rect', [2, 2]) },
  inputDim: { name: 'input channels', style: styled('bar', 'rectRot', [8, 2, 2, 2]) },
};

/** Above this line cost grows faster than the arithmetic. */
const GROWTH_LINE: AnnotationOptions = {
  type: 'line',
  yMin: MOST_GROWTH,
  yMax: MOST_GROWTH,
  borderColor: themed('muted'),
  borderDash: [4, 4],
  borderWidth: 1,
};

/** A training step over many sizes: two charts, a sentence and a table. */
export class SweepView {
  private readonly panel = byId('bench-sweep-panel', HTMLElement);
  private readonly time = createChart('bench-sweep-time', 'Milliseconds a step');
  private readonly flop = createChart('bench-sweep-flop', 'Time of a flop / best', GROWTH_LINE);

  show(points: RatedPoint[]): void {
    this.panel.hidden = points.length === 0;
    const measured = points.filter(({ problem }) => problem === undefined);
    draw(this.time, measured, ({ value, medianMs = 0, lowMs = 0, highMs = 0 }) => ({
      x: value,
      y: medianMs,
      yMin: lowMs,
      yMax: highMs,
    }));
    draw(this.flop, measured, ({ value, ratioToBest = 0, medianMs = 0, lowMs = 0, highMs = 0 }) => ({
      x: value,
      y: ratioToBest,
      yMin: (ratioToBest * lowMs) / medianMs,
      yMax: (ratioToBest * highMs) / medianMs,
    }));
    byId('bench-sweep-note', HTMLElement).textContent = describeGrowth(measured);
    byId('bench-sweep-problems', HTMLElement).replaceChildren(
      ...points.flatMap((point) => (point.problem ? [create('li', describeProblem(point))] : [])),
    );
    tableBody('bench-sweep-table').replaceChildren(...measured.map(pointRow));
  }

  redraw(): void {
    this.time.update('none');
    this.flop.update('none');
  }
}

function styled(color: 'training' | 'validation' | 'text' | 'bar', pointStyle: string, borderDash: number[]) {
  return { borderColor: themed(color), backgroundColor: themed(color), pointStyle, borderDash } as Partial<
    ChartDataset<'lineWithErrorBars'>
  >;
}

interface SweepBar {
  x: number;
  y: number;
  yMin: number;
  yMax: number;
}

function draw(chart: SweepChart, points: RatedPoint[], barOf: (point: RatedPoint) => SweepBar): void {
  const sizes = [...new Set(points.map(({ size }) => size))];
  chart.data.datasets = sizes.map((size) => {
    const { name, style } = SWEEPS[size];
    const data = points.filter((point) => point.size === size).map(barOf);
    return { label: name, data, borderWidth: 2, pointRadius: 4, ...ERROR_BARS, ...style };
  });
  chart.update('none');
}

function createChart(id: string, title: string, line?: AnnotationOptions): SweepChart {
  const options: ChartOptions<'lineWithErrorBars'> = {
    ...BASE_OPTIONS,
    scales: {
      x: { ...axisTitle('Size'), type: 'logarithmic', ticks: { maxRotation: 0, callback: figureTick } },
      y: { ...axisTitle(title), type: 'logarithmic', ticks: { callback: figureTick } },
    },
    plugins: {
      legend: { align: 'end', labels: { usePointStyle: true, boxHeight: 7 } },
      annotation: { annotations: line ? { line } : {} },
    },
  };
  return new Chart(byId(id, HTMLCanvasElement), { type: 'lineWithErrorBars', data: { datasets: [] }, options });
}

function describeGrowth(points: RatedPoint[]): string {
  const name = ({ size, value }: RatedPoint) => `${SWEEPS[size].name} ${formatCount(value)}`;
  const slow = points.filter(({ isSlow }) => isSlow).map(name);
  const beyond = `${MOST_GROWTH} × the best of its sweep`;
  if (slow.length > 0) return `A flop takes more than ${beyond} at ${slow.join(', ')}.`;
  return points.length > 0 ? `Nowhere does a flop take more than ${beyond}.` : '';
}

function describeProblem({ size, value, problem = '' }: RatedPoint): string {
  return `${SWEEPS[size].name} ${formatCount(value)} was not measured: ${asSentence(problem)}`;
}

function pointRow(point: RatedPoint): HTMLTableRowElement {
  const { size, value, medianMs = 0, lowMs = 0, highMs = 0, timePerFlopPs = 0, ratioToBest = 0, samples = 0 } = point;
  return tableRow([
    `${SWEEPS[size].name} ${formatCount(value)}`,
    formatFigure(medianMs),
    formatInterval(lowMs, highMs),
    formatFigure(timePerFlopPs),
    `${ratioToBest.toFixed(2)} ×`,
    String(samples),
  ]);
}
