import type { Ready, Unseen } from '../../../data/series_set.ts';
import { asFailure, Failure } from '../../../errors.ts';
import type { SavedModel } from '../../../formats/saved_model.ts';
import { formLabel } from '../../../settings/table.ts';
import { describeUntrained } from '../../../train/learned.ts';
import { byId, fillSelect } from '../../dom.ts';
import type { PageContext } from '../../page_context.ts';
import { asSentence, formatCount } from '../../text.ts';
import { ClassAttentionView } from './class_attention_view.ts';
import { ClassResults } from './class_results.ts';
import { NumberResults } from './number_results.ts';
import { OutcomeDownloads } from './outcome_downloads.ts';
import { isCompared, type PredictedSeries, predictSeries } from './prediction_run.ts';
import { describePredictions, PredictionTable } from './prediction_table.ts';

/** Series that a model should predict. */
export interface Unpredicted {
  name: string;
  /** Loads the series, standardised for the model. */
  load(signal: AbortSignal): Promise<Ready<Unseen>>;
}

/** A model's predictions: beside the labels, by class or as errors of numbers, or alone; to see and to download. */
export class OutcomePanel {
  private readonly panel = byId('outcome', HTMLElement);
  private readonly heading = byId('outcome-heading', HTMLElement);
  private readonly part = byId('outcome-part', HTMLSelectElement);
  private readonly progress = byId('outcome-progress', HTMLElement);
  private readonly status = byId('outcome-status', HTMLElement);
  private readonly bar = byId('outcome-bar', HTMLProgressElement);
  private readonly error = byId('outcome-error', HTMLElement);
  private readonly content = byId('outcome-content', HTMLElement);
  private readonly classes = new ClassResults();
  private readonly numbers = new NumberResults();
  private readonly table = new PredictionTable();
  private readonly attention = new ClassAttentionView();
  private readonly downloads = new OutcomeDownloads();
  private model: SavedModel | undefined;
  private predicted: PredictedSeries[] = [];
  private controller = new AbortController();
  private ended = Promise.resolve();

  constructor(private readonly context: PageContext) {
    this.part.addEventListener('change', () => this.show());
    byId('outcome-cancel', HTMLButtonElement).addEventListener('click', () => this.controller.abort());
  }

  /** Predicts with a model, one part after the other. Earlier results disappear. */
  async begin(model: SavedModel, parts: Unpredicted[]): Promise<void> {
    this.clear();
    this.model = model;
    this.panel.hidden = false;
    this.heading.textContent = 'Results';
    await this.add(parts);
  }

  /** Predicts more series with the same model, after the predictions that are under way. */
  add(parts: Unpredicted[]): Promise<void> {
    const { model } = this;
    this.ended = this.ended.then(() => (model && model === this.model ? this.predictAll(model, parts) : undefined));
    return this.ended;
  }

  /** Removes the results and ends the predictions that are under way. */
  clear(): void {
    this.controller.abort();
    this.model = undefined;
    this.predicted = [];
    this.panel.hidden = true;
    this.content.hidden = true;
    this.error.textContent = '';
    fillSelect(this.part, []);
  }

  /** Moves the focus to the results. */
  focus(): void {
    this.heading.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: 'start' });
  }

  /** Draws again in the current colours. */
  redraw(): void {
    if (this.predicted.length > 0) this.show();
  }

  private async predictAll(model: SavedModel, parts: Unpredicted[]): Promise<void> {
    const { use } = this.context;
    if (!use.claim('prediction')) {
      this.error.textContent = use.hindrance('prediction') ?? '';
      return;
    }
    this.controller = new AbortController();
    try {
      for (const part of parts) await this.predict(model, part, this.controller.signal);
    } catch (error) {
      // Errors of a model that is no longer shown do not matter.
      if (model === this.model) this.error.textContent = asSentence(asFailure(error).message);
    } finally {
      this.progress.hidden = true;
      use.release('prediction');
    }
  }

  private async predict(model: SavedModel, { name, load }: Unpredicted, signal: AbortSignal): Promise<void> {
    this.progress.hidden = false;
    this.bar.value = 0;
    this.error.textContent = '';
    this.status.textContent = `${name}: reading the series…`;
    const set = await load(signal);
    if (signal.aborted) throw new Failure('stopped', 'the prediction was stopped before its end: start it again');
    this.status.textContent = `${name}: predicting ${formatCount(set.samples)} series…`;
    const progress = (share: number) => {
      this.bar.value = share;
    };
    const predicted = await predictSeries(model, name, set, progress, signal);
    // Another test file replaces the one before.
    this.predicted = [...this.predicted.filter((it) => it.name !== name), predicted];
    fillSelect(
      this.part,
      this.predicted.map((it) => it.name),
    );
    this.part.value = String(this.predicted.length - 1);
    this.show();
  }

  /** Below the figures of the series that judged the model's run: that they are no better than a guess, if they are not. */
  private sayUntrained({ verdict }: SavedModel, part: string): void {
    const isJudged = verdict?.part === part.toLowerCase();
    byId('outcome-untrained', HTMLElement).textContent = (isJudged && describeUntrained(verdict, formLabel)) || '';
  }

  private show(): void {
    const shown = this.predicted[Number(this.part.value)];
    if (!this.model || !shown) return;
    this.content.hidden = false;
    const { set } = shown;
    const isNumber = set.target.kind === 'number';
    this.heading.textContent = !set.y ? 'Predictions' : isNumber ? 'Results' : 'Results by class';
    this.panel.dataset.kind = !set.y ? 'unlabelled' : isNumber ? 'numbers' : 'classes';
    if (!isCompared(shown)) byId('outcome-summary', HTMLElement).textContent = describePredictions(shown);
    else if (set.target.kind === 'class') this.classes.show(shown, set.target.classes);
    else this.numbers.show(shown);
    this.sayUntrained(this.model, shown.name);
    this.table.show(shown);
    this.attention.show(shown);
    this.downloads.offer(this.model, shown);
  }
}
