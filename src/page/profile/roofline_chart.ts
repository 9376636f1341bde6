import { Chart, type ChartDataset, type ChartOptions, type Point, ScatterController } from 'chart.js';
import { digits, percent } from '../../bench/figures.ts';
import type { Limits } from '../../bench/limits.ts';
import { attained, type ProfileRow } from '../../bench/profile_result.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../charts.ts';
import { byId } from '../dom.ts';
import { themed } from '../theme.ts';
import { pointLabels } from './point_labels.ts';

Chart.register(ScatterController);

/** A kernel at its intensity (flops a byte) and its attained GFLOP/s. */
interface KernelPoint {
  x: number;
  y: number;
  label: string;
  row: ProfileRow;
}

/** Kernels below the roof that the adapter's limits make. Both axes are logarithmic. */
export class RooflineChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'scatter' | 'line', Point[]>;

  constructor(id: string) {
    this.canvas = byId(id, HTMLCanvasElement);
    this.chart = new Chart<'scatter' | 'line', Point[]>(this.canvas, {
      type: 'scatter',
      data: { datasets: [] },
      options: rooflineOptions(),
      plugins: [pointLabels],
    });
  }

  draw(rows: ProfileRow[], limits: Limits): void {
    setEmpty(this.canvas, false);
    const points = rows.filter(({ flops }) => flops > 0).map(pointOf);
    const ridge = limits.multiplyAddGflops / limits.copyGBs;
    const [least, most] = extent([...points.map(({ x }) => x), ridge]);
    const roof = [least, ridge, most].map((x) => ({ x, y: roofAt(x, limits) }));
    this.chart.data.datasets = [kernels(points), roofLine(roof)];
    const { x, y } = this.chart.options.scales ?? {};
    const [lowest, highest] = extent([...points.map((point) => point.y), limits.multiplyAddGflops]);
    if (x) [x.min, x.max] = [least, most];
    if (y) [y.min, y.max] = [lowest, highest];
    Object.assign(this.chart.options.plugins ?? {}, { annotation: { annotations: { ridge: ridgeMark(ridge) } } });
    this.chart.update('none');
  }

  /** Draws the same content in the current colours. */
  redraw(): void {
    this.chart.update('none');
  }
}

function pointOf(row: ProfileRow): KernelPoint {
  return { x: row.flops / row.bytes, y: attained(row).gflops, label: row.name, row };
}

/** GFLOP/s that the limits allow at an intensity. */
function roofAt(intensity: number, { multiplyAddGflops, copyGBs }: Limits): number {
  return Math.min(multiplyAddGflops, intensity * copyGBs);
}

/** From half the smallest value to twice the largest. */
function extent(values: number[]): [number, number] {
  return [Math.min(...values) / 2, Math.max(...values) * 2];
}

/** The kernels as points. A point's size is its share of the time: the larger, the more there is to gain. */
function kernels(data: KernelPoint[]): ChartDataset<'scatter', Point[]> {
  const pointRadius = data.map(({ row }) => 4 + 8 * Math.sqrt(row.share));
  return { label: 'Kernels', type: 'scatter', data, pointRadius, backgroundColor: themed('training'), clip: false };
}

function roofLine(data: Point[]): ChartDataset<'line', Point[]> {
  const line = {
    borderColor: themed('validation'),
    borderWidth: 2,
    pointRadius: 0,
    pointHitRadius: 0,
    pointStyle: 'line' as const,
  };
  return { label: 'Limits of the adapter', type: 'line', data, ...line };
}

function ridgeMark(ridge: number) {
  return {
    type: 'line' as const,
    xMin: ridge,
    xMax: ridge,
    borderColor: themed('muted'),
    borderWidth: 1,
    borderDash: [4, 4],
    label: {
      display: true,
      content: `ridge ${digits(ridge)}`,
      position: 'start' as const,
      color: themed('muted'),
      backgroundColor: themed('surface'),
      font: { weight: 'normal' as const, size: 11 },
    },
  };
}

function rooflineOptions(): ChartOptions<'scatter' | 'line'> {
  const ticks = { callback: powerTick, maxRotation: 0 };
  return {
    ...BASE_OPTIONS,
    scales: {
      x: { ...axisTitle('Intensity, FLOP/byte'), type: 'logarithmic', ticks },
      y: { ...axisTitle('Attained, GFLOP/s'), type: 'logarithmic', ticks },
    },
    plugins: {
      legend: { align: 'end', labels: { usePointStyle: true, pointStyleWidth: 20 } },
      tooltip: {
        callbacks: {
          label: ({ raw }) => {
            const { label, row, x, y } = raw as KernelPoint;
            const work = `${digits(y)} GFLOP/s at ${digits(x)} FLOP/byte`;
            return `${label}: ${work}, ${percent(row.shareOfLimit)} of the limit`;
          },
        },
      },
    },
  };
}

/** Powers of ten only; null leaves a tick out. */
function powerTick(tick: string | number): string | null {
  const value = Number(tick);
  return /^1e/.test(value.toExponential()) ? String(value) : null;
}
