import type { TrainResult } from '../jobs/protocol.ts';
import { type ExperimentConfig, trainingSamples } from '../model/config.ts';
import type { FitEvent, MeanAttention } from '../train/fit.ts';
import type { EpochRecord } from '../train/history.ts';
import { AttentionView } from './attention_view.ts';
import { applyChartTheme } from './charts.ts';
import { CurveChart } from './curve_chart.ts';
import { byId } from './dom.ts';
import { connectDownloads, type RunRecord } from './downloads.ts';
import { HistoryList } from './history_list.ts';
import { Refresher } from './refresher.ts';
import { followColorScheme } from './theme.ts';

type StepEvent = Extract<FitEvent, { type: 'step' }>;
type EpochEvent = Extract<FitEvent, { type: 'epoch' }>;

/** What a run has found so far: curves, attention, epochs and their downloads. Drawn together, not at every event. */
export class ResultsView {
  private readonly refresher = new Refresher(() => this.draw());
  private readonly downloads = connectDownloads();
  private readonly announcement = byId('announcement', HTMLElement);
  private readonly loss: CurveChart;
  private readonly accuracy: CurveChart;
  private readonly attention: AttentionView;
  private readonly list = new HistoryList();
  private record: RunRecord | undefined;
  private unlisted: EpochRecord[] = [];
  private undrawnAttention: MeanAttention | undefined;
  private epochs = 0;
  private steps = 0;

  constructor() {
    followColorScheme(() => this.redraw());
    applyChartTheme();
    this.loss = new CurveChart('loss-chart', 'Loss');
    this.accuracy = new CurveChart('accuracy-chart', 'Accuracy');
    this.attention = new AttentionView();
  }

  reset(config: ExperimentConfig): void {
    const { samples, validationSplit, epochs, timeSteps, attentionColumn } = config;
    const hasValidation = trainingSamples(samples, validationSplit) < samples;
    this.loss.reset(epochs, hasValidation);
    this.accuracy.reset(epochs, hasValidation);
    this.attention.reset(timeSteps, attentionColumn);
    this.list.clear();
    this.unlisted = [];
    this.undrawnAttention = undefined;
    this.record = { config, history: [] };
    this.downloads.offer(undefined);
  }

  addStep({ epoch, step, steps, loss, accuracy }: StepEvent): void {
    if (loss !== undefined) this.loss.addRunning(epoch, step / steps, loss);
    if (accuracy !== undefined) this.accuracy.addRunning(epoch, step / steps, accuracy);
    this.refresher.request();
  }

  addEpoch({ type: _, epochs, steps, ...record }: EpochEvent): void {
    const { epoch, loss, accuracy, valLoss, valAccuracy } = record;
    this.epochs = epochs;
    this.steps = steps;
    this.loss.addEpoch({ epoch, training: loss, validation: valLoss });
    this.accuracy.addEpoch({ epoch, training: accuracy, validation: valAccuracy });
    this.unlisted.push(record);
    this.record?.history.push(record);
    this.downloads.offer(this.record);
    this.refresher.request();
  }

  setAttention(attention: MeanAttention): void {
    this.undrawnAttention = attention;
    this.refresher.request();
  }

  /** The run ended as it should, early or not. */
  finish(result: TrainResult): void {
    this.undrawnAttention = result.attention;
    this.downloads.offer(result);
    this.end();
  }

  /** Draws what still waited: when the page says that a run is over, it shows all that was found until then. */
  end(): void {
    this.draw();
    if (this.record?.history.length === 0) this.list.sayNoEpoch();
  }

  private draw(): void {
    this.loss.draw();
    this.accuracy.draw();
    if (this.undrawnAttention) this.attention.draw(this.undrawnAttention);
    this.undrawnAttention = undefined;
    this.list.add(this.unlisted, this.epochs, this.steps);
    const last = this.unlisted.at(-1);
    if (last) this.announcement.textContent = describeEpoch(last, this.epochs);
    this.unlisted = [];
  }

  private redraw(): void {
    applyChartTheme();
    this.loss.redraw();
    this.accuracy.redraw();
    this.attention.redraw();
  }
}

/** An epoch for the ear: fewer digits than the log. */
function describeEpoch({ epoch, loss, accuracy, valLoss, valAccuracy }: EpochRecord, epochs: number): string {
  const training = `Epoch ${epoch} of ${epochs}: loss ${loss.toPrecision(3)}, accuracy ${accuracy.toFixed(3)}`;
  if (valLoss === undefined || valAccuracy === undefined) return training;
  return `${training}, validation loss ${valLoss.toPrecision(3)}, validation accuracy ${valAccuracy.toFixed(3)}`;
}
