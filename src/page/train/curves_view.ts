import { type EpochRecord, recordedMetric } from '../../train/history.ts';
import { byId } from '../dom.ts';
import { Refresher } from '../refresher.ts';
import { CurveChart, type EpochRange } from './curve_chart.ts';
import { type CurveMetric, LOSS, secondMetric } from './curve_options.ts';
import type { TrainingPlan } from './training_plan.ts';

/** The axis of a longer run starts with this many epochs and doubles as it fills. */
const FIRST_AXIS_EPOCHS = 50;
/** The narrowest range that the buttons zoom to, in epochs. */
const LEAST_RANGE = 1;

/** The values of one epoch or one moment. */
export type CurveValues = Omit<EpochRecord, 'epoch' | 'seconds'>;

/**
 * Loss and the metric of the kind of output over the same epochs. A zoom in one chart applies to the other.
 */
export class CurvesView {
  private readonly charts = {
    loss: new CurveChart('loss-chart', LOSS, (range) => this.zoomTo(range)),
    metric: new CurveChart('metric-chart', secondMetric(), (range) => this.zoomTo(range)),
  };
  private readonly both = Object.values(this.charts);
  /** One for each chart, because a frame draws one chart. */
  private readonly refreshers = this.both.map((chart) => new Refresher(() => this.drawChart(chart)));
  private readonly buttons = {
    earlier: byId('zoom-earlier', HTMLButtonElement),
    later: byId('zoom-later', HTMLButtonElement),
    in: byId('zoom-in', HTMLButtonElement),
    out: byId('zoom-out', HTMLButtonElement),
    reset: byId('zoom-reset', HTMLButtonElement),
  };
  private epochs = 1;
  private done = 0;
  /** The zoomed range; undefined while everything is shown. */
  private zoomed: EpochRange | undefined;

  constructor() {
    this.connectAxis();
    this.connectSmoothing();
    const { earlier, later, in: closer, out, reset } = this.buttons;
    closer.addEventListener('click', () => this.scale(0.5));
    out.addEventListener('click', () => this.scale(2));
    earlier.addEventListener('click', () => this.move(-0.5));
    later.addEventListener('click', () => this.move(0.5));
    reset.addEventListener('click', () => this.zoomTo(this.whole));
  }

  /** Empties the charts for a run. */
  reset({ config, validation }: TrainingPlan): void {
    this.epochs = config.epochs;
    this.done = 0;
    this.zoomed = undefined;
    for (const chart of this.both) chart.reset(validation > 0);
    this.nameMetric(secondMetric(config.output));
    this.showButtons();
  }

  /** Lets wheel, fingers and pointer zoom. Until that code is loaded, or if it cannot be loaded, the buttons zoom. */
  loadZoom(): void {
    import('./curve_zoom.ts').then(
      ({ registerZoom }) => {
        registerZoom();
        this.request();
      },
      () => {},
    );
  }

  /** Running means of epoch `epoch` (from 1) after `share` of its steps. */
  addRunning(epoch: number, share: number, values: CurveValues): void {
    this.charts.loss.addRunning(epoch, share, values.loss);
    this.charts.metric.addRunning(epoch, share, values[recordedMetric(values).key] ?? Number.NaN);
    this.request();
  }

  /** Drops the running values of an epoch that was given up. */
  clearRunning(): void {
    for (const chart of this.both) chart.clearRunning();
  }

  addEpoch(epoch: number, values: CurveValues): void {
    const { key, validationKey } = recordedMetric(values);
    this.done = epoch;
    this.charts.loss.addEpoch({ epoch, training: values.loss, validation: values.valLoss });
    this.charts.metric.addEpoch({ epoch, training: values[key] ?? Number.NaN, validation: values[validationKey] });
    this.request();
  }

  /** Draws the content in the current colours. The methods `add…` schedule this. */
  draw(): void {
    for (const chart of this.both) this.drawChart(chart);
    this.showButtons();
  }

  private nameMetric(metric: CurveMetric): void {
    this.charts.metric.setMetric(metric);
    const { title } = metric;
    const inSentence = title.toLowerCase();
    byId('curves-heading', HTMLElement).textContent = `Loss and ${inSentence}`;
    byId('metric-heading', HTMLElement).textContent = title;
    byId('metric-empty', HTMLElement).textContent =
      `Nothing trained yet. Training and validation ${inSentence} appear here.`;
    const label = `${title} by epoch; the numbers are in the history table`;
    byId('metric-chart', HTMLCanvasElement).setAttribute('aria-label', label);
    byId('metric-picture', HTMLButtonElement).setAttribute('aria-label', `Download PNG of the ${inSentence}`);
  }

  private drawChart(chart: CurveChart): void {
    chart.draw(this.zoomed ?? this.whole, this.whole.max);
  }

  private request(): void {
    for (const refresher of this.refreshers) refresher.request();
  }

  /** From the start to the run's end, or in a long run to the present end of the axis. */
  private get whole(): EpochRange {
    const filled = Math.max(FIRST_AXIS_EPOCHS, 2 ** Math.ceil(Math.log2(this.done + 1)));
    return { min: 0, max: Math.min(this.epochs, filled) };
  }

  /** Shows these epochs in both charts, limited to epochs that exist. */
  private zoomTo({ min, max }: EpochRange): void {
    const { whole } = this;
    const size = Math.min(whole.max, Math.max(LEAST_RANGE, max - min));
    const from = Math.min(Math.max(0, min), whole.max - size);
    this.zoomed = size < whole.max ? { min: from, max: from + size } : undefined;
    this.draw();
  }

  /** Scales the shown range around its middle. */
  private scale(factor: number): void {
    const { min, max } = this.zoomed ?? this.whole;
    const middle = (min + max) / 2;
    const half = (factor * (max - min)) / 2;
    this.zoomTo({ min: middle - half, max: middle + half });
  }

  /** Moves by a share of the shown range. */
  private move(share: number): void {
    const { min, max } = this.zoomed ?? this.whole;
    const by = share * (max - min);
    this.zoomTo({ min: min + by, max: max + by });
  }

  private showButtons(): void {
    const { earlier, later, in: closer, out, reset } = this.buttons;
    const { whole, zoomed } = this;
    // Only marked as disabled: a button that lost the focus during use would be a nuisance.
    const setUsable = (button: HTMLButtonElement, usable: boolean) =>
      button.setAttribute('aria-disabled', String(!usable));
    setUsable(closer, (zoomed ?? whole).max - (zoomed ?? whole).min > LEAST_RANGE);
    for (const button of [out, reset]) setUsable(button, zoomed !== undefined);
    setUsable(earlier, zoomed !== undefined && zoomed.min > 0);
    setUsable(later, zoomed !== undefined && zoomed.max < whole.max);
  }

  private connectAxis(): void {
    const box = byId('log-axis', HTMLInputElement);
    const apply = () => this.charts.loss.setLogAxis(box.checked);
    apply(); // A reloaded page may have kept another setting.
    box.addEventListener('change', () => {
      apply();
      this.draw();
    });
  }

  private connectSmoothing(): void {
    const slider = byId('smoothing', HTMLInputElement);
    const output = byId('smoothing-value', HTMLOutputElement);
    const apply = () => {
      output.textContent = slider.valueAsNumber.toFixed(2);
      for (const chart of this.both) chart.setSmoothing(slider.valueAsNumber);
    };
    apply();
    slider.addEventListener('input', () => {
      apply();
      this.draw();
    });
  }
}
