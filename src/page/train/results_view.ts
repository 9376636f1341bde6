import type { JobEvent } from '../../jobs/protocol.ts';
import { METRICS } from '../../model/outputs/index.ts';
import { formLabel } from '../../settings/table.ts';
import type { FitEvent } from '../../train/fit_event.ts';
import { type EpochRecord, metricsOf } from '../../train/history.ts';
import { describeUntrained } from '../../train/learned.ts';
import { recordOf, type TrainResult } from '../../train/train_result.ts';
import { applyChartTheme } from '../charts.ts';
import { byId } from '../dom.ts';
import { connectPictures } from '../downloads.ts';
import { Refresher } from '../refresher.ts';
import { followColorScheme } from '../theme.ts';
import { AttentionView } from './attention_view.ts';
import { CurvesView } from './curves_view.ts';
import { connectDownloads, type SessionRecord } from './history_downloads.ts';
import { HistoryList } from './history_list.ts';
import { ModelPanels } from './model_panels.ts';
import type { ModelSnapshot } from './model_snapshot.ts';
import { TensorBoardDownload } from './tensorboard_download.ts';
import type { TrainingPlan } from './training_plan.ts';

type EpochEvent = Extract<FitEvent, { type: 'epoch' }>;

/**
 * The results of a run so far: curves, attention, epochs, and the model itself. They are drawn at intervals, not at
 * every event.
 */
export class ResultsView {
  private readonly refresher = new Refresher(() => this.drawList());
  private readonly downloads = connectDownloads();
  private readonly tensorBoard = new TensorBoardDownload();
  private readonly announcement = byId('announcement', HTMLElement);
  private readonly curves: CurvesView;
  private readonly attention: AttentionView;
  private readonly panels = new ModelPanels();
  private readonly list = new HistoryList();
  private record: SessionRecord | undefined;
  private snapshot: ModelSnapshot | undefined;
  private unlisted: EpochRecord[] = [];
  private steps = 0;

  constructor() {
    followColorScheme(() => this.redraw());
    applyChartTheme();
    this.curves = new CurvesView();
    this.attention = new AttentionView();
    connectPictures('train');
  }

  /** A new run starts; the previous results disappear. */
  begin(plan: TrainingPlan): void {
    this.clear(plan);
    this.curves.loadZoom();
    this.list.say('The first epoch is being trained.');
    this.record = { config: plan.config, history: [] };
    this.tensorBoard.begin(this.record);
  }

  /** Gets ready for a training like this one, if there has been none yet. */
  expect(plan: TrainingPlan): void {
    if (!this.record) this.clear(plan);
  }

  /** Removes all results and prepares for a run like this one. */
  clear(plan: TrainingPlan): void {
    this.curves.reset(plan);
    this.attention.reset(plan);
    this.list.clear(plan);
    this.unlisted = [];
    this.record = undefined;
    this.announcement.textContent = '';
    this.downloads.offer(undefined);
    this.tensorBoard.clear();
    this.snapshot = { plan, samples: [], initial: undefined, now: undefined };
    this.panels.set(this.snapshot);
  }

  /** A run resumes after the epochs of its history. A part of the next epoch may be trained again. */
  resume(plan: TrainingPlan, history: EpochRecord[]): void {
    if (!this.record) this.begin(plan);
    const { epochs, batchSize } = plan.config;
    const steps = Math.ceil(plan.training / batchSize);
    for (const record of history) this.addEpoch({ type: 'epoch', epochs, steps, ...record });
    this.curves.clearRunning();
  }

  /**
   * Takes the job's events about results and ignores others. An epoch that is known from before a run was resumed
   * changes nothing.
   */
  handle(event: JobEvent): void {
    this.tensorBoard.handle(event);
    switch (event.type) {
      case 'step': {
        const { epoch, step, steps, loss, ...metrics } = event;
        if (loss !== undefined) this.curves.addRunning(epoch, step / steps, { loss, ...metrics });
        break;
      }
      case 'recovered':
        this.curves.clearRunning();
        break;
      case 'epoch':
        this.addEpoch(event);
        break;
      case 'attention':
        this.attention.set(event.attention, event.epoch);
        break;
      case 'samples':
        this.updateModel({ samples: event.samples });
        break;
      case 'parameters': {
        const now = { epoch: event.epoch, step: event.step, values: event.parameters };
        this.updateModel(event.epoch === 0 ? { initial: now, now } : { now });
        break;
      }
    }
  }

  /** The run ended regularly, early or not. */
  finish(result: TrainResult): void {
    this.attention.finish(result.attention, describeUntrained(result.verdict, formLabel));
    this.downloads.offer(recordOf(result));
    this.end();
  }

  /** Draws what is still pending: when the page says that a run is over, it shows all its results. */
  end(): void {
    this.draw();
    if (this.record?.history.length === 0) this.list.say('No epoch was finished.');
  }

  private addEpoch({ type: _, epochs: __, steps, ...record }: EpochEvent): void {
    const history = this.record?.history ?? [];
    if (record.epoch <= history.length) return;
    history.push(record);
    this.steps = steps;
    this.curves.addEpoch(record.epoch, record);
    this.unlisted.push(record);
    this.downloads.offer(this.record);
    this.refresher.request();
  }

  private updateModel(news: Partial<ModelSnapshot>): void {
    if (!this.snapshot) return;
    this.snapshot = { ...this.snapshot, ...news };
    this.panels.set(this.snapshot);
  }

  private draw(): void {
    this.drawList();
    this.curves.draw();
    this.attention.draw();
  }

  private drawList(): void {
    const epochs = this.record?.config.epochs ?? 0;
    this.list.add(this.unlisted, epochs, this.steps);
    const last = this.unlisted.at(-1);
    if (last) this.announcement.textContent = describeEpoch(last, epochs);
    this.unlisted = [];
  }

  private redraw(): void {
    applyChartTheme();
    this.draw();
    this.panels.redraw();
  }
}

/** An epoch for screen readers: fewer digits than the log. */
function describeEpoch(record: EpochRecord, epochs: number): string {
  const metrics = metricsOf([record]).map(([name, key]) => {
    const value = record[key];
    return value === undefined
      ? []
      : `${name.replace(/^val_/, 'validation ').replaceAll('_', ' ')} ${sayMetric(key, value)}`;
  });
  return `Epoch ${record.epoch} of ${epochs}: ${metrics.flat().join(', ')}`;
}

/** Shares with three decimals, other numbers with three digits. */
function sayMetric(metric: string, value: number): string {
  const isShare = METRICS.some((one) => one.isShare && (one.key === metric || one.validationKey === metric));
  return isShare ? value.toFixed(3) : value.toPrecision(3);
}
