import { Chart, type Point } from 'chart.js';
import { setEmpty } from '../charts.ts';
import { byId } from '../dom.ts';
import { type ColorName, themed } from '../theme.ts';
import {
  type CurveDataset,
  type CurveMetric,
  curveDataset,
  curveOptions,
  lossAxis,
  metricAxis,
  unsmoothedDataset,
} from './curve_options.ts';
import { SmoothedCurve } from './smoothed_curve.ts';

/** Most points that are drawn: more would run into each other, so then only the line is drawn. */
const MAX_DRAWN_POINTS = 60;
/** Running values kept of one epoch; above this number every second one is dropped. */
const MAX_RUNNING_POINTS = 400;
/** Opacity of a curve behind its own average. */
const FAINT = '80';

/** A curve's look, beside Chart.js' own settings. */
interface Line {
  dataset: CurveDataset;
  color: ColorName;
  opacity: string;
  hasPoints: boolean;
}

export interface CurvePoint {
  epoch: number;
  training: number;
  validation?: number;
}

/** First and last epoch. */
export interface EpochRange {
  min: number;
  max: number;
}

/** A metric by epoch: training, validation, and the running value of the current epoch. */
export class CurveChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'line', Point[]>;
  private readonly running: Point[] = [];
  private training = new SmoothedCurve();
  private validation = new SmoothedCurve();
  private lines: Line[] = [];
  private smoothing = 0;
  private hasValidation = true;

  /** `onZoom` gets the range of a zoom by wheel, fingers or pointer. */
  constructor(id: string, metric: CurveMetric, onZoom: (range: EpochRange) => void) {
    this.canvas = byId(id, HTMLCanvasElement);
    const options = curveOptions(metric, onZoom);
    this.chart = new Chart(this.canvas, { type: 'line', data: { datasets: [] }, options });
    this.reset(true);
  }

  /** Empties the chart for a run with or without validation. */
  reset(hasValidation: boolean): void {
    this.hasValidation = hasValidation;
    this.training = new SmoothedCurve();
    this.validation = new SmoothedCurve();
    this.clearRunning();
    this.setSmoothing(this.smoothing);
    setEmpty(this.canvas, true);
  }

  /** The running mean of epoch `epoch` (from 1) after `share` of its steps. */
  addRunning(epoch: number, share: number, value: number): void {
    if (this.running.length >= MAX_RUNNING_POINTS) {
      this.running.splice(0, this.running.length, ...this.running.filter((_, i) => i % 2 === 0));
    }
    this.running.push({ x: epoch - 1 + share, y: value });
  }

  /** Drops the running values, because their epoch has ended or was given up. */
  clearRunning(): void {
    this.running.length = 0;
  }

  addEpoch({ epoch, training, validation }: CurvePoint): void {
    this.clearRunning();
    this.training.add({ x: epoch, y: training });
    if (validation !== undefined) this.validation.add({ x: epoch, y: validation });
  }

  /**
   * 0 draws the values themselves. A larger weight draws their average over more epochs, with the values faint behind
   * it.
   */
  setSmoothing(weight: number): void {
    this.smoothing = weight;
    for (const curve of [this.training, this.validation]) curve.setWeight(weight);
    this.lines = this.createLines();
    this.chart.data.datasets = this.lines.map(({ dataset }) => dataset);
  }

  /** Shows another metric from now on. */
  setMetric(metric: CurveMetric): void {
    const { scales } = this.chart.options;
    if (scales) scales.y = metricAxis(metric);
  }

  /** Makes the loss axis logarithmic or linear. */
  setLogAxis(isLogarithmic: boolean): void {
    const { scales } = this.chart.options;
    if (scales) scales.y = lossAxis(isLogarithmic);
  }

  /** Draws the epochs `shown` in the current colours; `end` is the last epoch that can be shown. */
  draw(shown: EpochRange, end: number): void {
    if (this.training.raw.length + this.running.length === 0) return;
    setEmpty(this.canvas, false);
    const { scales, plugins } = this.chart.options;
    Object.assign(scales?.x ?? {}, shown);
    Object.assign(plugins?.zoom ?? {}, { limits: { x: { min: 0, max: end, minRange: 1 } } });
    const pointRadius = this.training.raw.length > MAX_DRAWN_POINTS ? 0 : 3;
    for (const { dataset, color, opacity, hasPoints } of this.lines) {
      dataset.borderColor = dataset.backgroundColor = themed(color)() + opacity;
      dataset.pointRadius = hasPoints ? pointRadius : 0;
    }
    // Without animations this is as fast as the mode 'none', which would keep the first colours of points and bars.
    this.chart.update();
  }

  private createLines(): Line[] {
    const { training, validation, running } = this;
    const full = { opacity: '', hasPoints: true };
    const thin = { opacity: '', hasPoints: false };
    const faint = { opacity: FAINT, hasPoints: false };
    const dashed = { pointStyle: 'triangle', borderDash: [6, 3] };
    const lines: Line[] = [
      { ...full, color: 'training', dataset: curveDataset('Training', training.smooth, {}) },
      {
        ...thin,
        color: 'training',
        dataset: curveDataset('This epoch', running, { borderWidth: 1, borderDash: [2, 2] }),
      },
      { ...full, color: 'validation', dataset: curveDataset('Validation', validation.smooth, dashed) },
    ];
    if (this.smoothing > 0) {
      lines.push(
        { ...faint, color: 'training', dataset: unsmoothedDataset('Training', training.raw, {}) },
        { ...faint, color: 'validation', dataset: unsmoothedDataset('Validation', validation.raw, dashed) },
      );
    }
    return lines.filter(({ color }) => color === 'training' || this.hasValidation);
  }
}
