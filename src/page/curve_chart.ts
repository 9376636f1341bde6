import { Chart, type ChartDataset, type ChartOptions, type LegendItem, type Point } from 'chart.js';
import { formatMetric } from '../train/history.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from './charts.ts';
import { byId } from './dom.ts';
import { themed } from './theme.ts';

/** From this many on, points would run into each other: the line alone shows them. */
const MAX_DRAWN_POINTS = 60;
/** Running values kept of one epoch; beyond it every second one is dropped. */
const MAX_RUNNING_POINTS = 400;
/** A run of more epochs than this starts with an axis this long, which then doubles as it fills. */
const FIRST_AXIS_EPOCHS = 50;

export interface CurvePoint {
  epoch: number;
  training: number;
  validation?: number;
}

/** A metric by epoch: training, validation, and the running value of the epoch that is being trained. */
export class CurveChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'line', Point[]>;
  private readonly running: Point[] = [];
  private readonly training: Point[] = [];
  private readonly validation: Point[] = [];
  private epochs = 1;

  constructor(id: string, metric: Metric) {
    this.canvas = byId(id, HTMLCanvasElement);
    this.chart = new Chart(this.canvas, { type: 'line', data: { datasets: [] }, options: curveOptions(metric) });
  }

  /** Empties the chart for a run of so many epochs. */
  reset(epochs: number, hasValidation: boolean): void {
    this.epochs = epochs;
    for (const points of [this.running, this.training, this.validation]) points.length = 0;
    const datasets = [
      curve('Training', 'training', this.training, { pointStyle: 'circle' }),
      curve('This epoch', 'training', this.running, { borderWidth: 1, pointRadius: 0, borderDash: [2, 2] }),
    ];
    if (hasValidation) {
      datasets.push(curve('Validation', 'validation', this.validation, { pointStyle: 'triangle', borderDash: [6, 3] }));
    }
    this.chart.data.datasets = datasets;
    setEmpty(this.canvas, true);
  }

  /** The running mean of epoch `epoch` (from 1) after `share` of its steps. */
  addRunning(epoch: number, share: number, value: number): void {
    if (this.running.length >= MAX_RUNNING_POINTS) {
      this.running.splice(0, this.running.length, ...this.running.filter((_, i) => i % 2 === 0));
    }
    this.running.push({ x: epoch - 1 + share, y: value });
  }

  addEpoch({ epoch, training, validation }: CurvePoint): void {
    this.running.length = 0;
    this.training.push({ x: epoch, y: training });
    if (validation !== undefined) this.validation.push({ x: epoch, y: validation });
  }

  draw(): void {
    if (this.training.length + this.running.length === 0) return;
    setEmpty(this.canvas, false);
    const filled = Math.max(FIRST_AXIS_EPOCHS, 2 ** Math.ceil(Math.log2(this.training.length + 1)));
    const { x } = this.chart.options.scales ?? {};
    if (x) x.max = Math.min(this.epochs, filled);
    this.chart.update('none');
  }

  /** Draws again what there is, in the colours that hold now. */
  redraw(): void {
    this.chart.update('none');
  }
}

function curve(
  label: string,
  color: 'training' | 'validation',
  data: Point[],
  style: Partial<ChartDataset<'line', Point[]>>,
): ChartDataset<'line', Point[]> {
  const pointRadius = () => (data.length > MAX_DRAWN_POINTS ? 0 : 3);
  const line = { borderColor: themed(color), backgroundColor: themed(color), borderWidth: 2, pointRadius, clip: 6 };
  return { label, data, ...line, ...style };
}

const Y_AXES = {
  Loss: { ...axisTitle('Loss'), type: 'logarithmic', suggestedMin: 0.1, suggestedMax: 1, ticks: { callback: logTick } },
  Accuracy: { ...axisTitle('Accuracy'), type: 'linear', suggestedMin: 0.5, max: 1 },
} as const;
type Metric = keyof typeof Y_AXES;

function curveOptions(metric: Metric): ChartOptions<'line'> {
  return {
    ...BASE_OPTIONS,
    parsing: false,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    scales: {
      x: { ...axisTitle('Epoch'), type: 'linear', min: 0, ticks: { maxRotation: 0, precision: 0 } },
      y: Y_AXES[metric],
    },
    plugins: {
      legend: { align: 'end', labels: { usePointStyle: true, pointStyleWidth: 28, generateLabels: legendLines } },
      tooltip: {
        callbacks: {
          title: ([{ parsed }]) => `Epoch ${Number(Number(parsed.x).toFixed(2))}`,
          label: ({ dataset, parsed }) => `${dataset.label}: ${formatMetric(Number(parsed.y))}`,
        },
      },
    },
  };
}

/** The legend shows each curve's line as it is drawn, dashes too; by itself it would show the curve's points. */
function legendLines(chart: Chart): LegendItem[] {
  const items = Chart.defaults.plugins.legend.labels.generateLabels(chart);
  return items.map((item, i) => {
    const { borderColor, borderDash, borderWidth } = chart.getDatasetMeta(i).dataset?.options ?? {};
    return { ...item, pointStyle: 'line', strokeStyle: borderColor, lineDash: borderDash, lineWidth: borderWidth };
  });
}

/** Only 1, 2 and 5 times a power of ten; null leaves a tick out. */
function logTick(tick: string | number): string | null {
  const value = Number(tick);
  if (!/^[125]e/.test(value.toExponential())) return null;
  return value < 1e-3 ? value.toExponential() : String(value);
}
