import './series.css';
import { SERIES_ENDINGS } from '../../../data/series_formats.ts';
import { shapeOf } from '../../../data/series_set.ts';
import type { SavedModel } from '../../../formats/saved_model.ts';
import type { Use } from '../../../settings/check.ts';
import { orList } from '../../../text/quote.ts';
import type { PageSettings } from '../../address.ts';
import { byId } from '../../dom.ts';
import type { PageContext } from '../../page_context.ts';
import { followColorScheme } from '../../theme.ts';
import { OutcomePanel, type Unpredicted } from '../outcome/outcome_panel.ts';
import type { SavedSeries, TrainingPlan } from '../training_plan.ts';
import { assignFiles } from './dropped_files.ts';
import { ModelField, readForModel } from './model_field.ts';
import { ReadForm } from './read_form.ts';
import { SeriesPanel } from './series_panel.ts';
import { planSeries } from './series_plan.ts';
import { SeriesSlot } from './series_slot.ts';
import type { ReadChoices } from './series_worker.ts';

/** The parts of the Train view that own series need. */
export interface SeriesHost {
  context: PageContext;
  /** The series to train on have arrived, changed or gone. */
  onSeries(): void;
}

export function open(host: SeriesHost): OwnSeries {
  return new OwnSeries(host);
}

/** Own series: their files, their content, runs on them, and results. */
export class OwnSeries {
  private readonly readForm = new ReadForm(() => void this.training.read());
  private readonly training = new SeriesSlot('series-file', {
    choices: () => this.readForm.choices,
    onFile: (choices) => this.readForm.clear(choices),
    onFormat: (format) => this.readForm.setFormat(format),
    onTable: (table) => this.readForm.setTable(table),
    onSeries: () => this.seriesChanged(),
  });
  private readonly test = new SeriesSlot('test-file', {
    choices: () => this.testChoices,
    onSeries: () => this.testChanged(),
  });
  private readonly model = new ModelField((model) => this.use(model));
  private readonly panel = new SeriesPanel();
  private readonly outcome: OutcomePanel;
  /** The model of the last run on these series. */
  private trained: SavedModel | undefined;

  constructor(private readonly host: SeriesHost) {
    this.outcome = new OutcomePanel(host.context);
    followColorScheme(() => this.outcome.redraw());
    byId('series-file-hint', HTMLElement).textContent = orList(SERIES_ENDINGS);
    // Files may have been chosen while this part was loading.
    for (const { field } of [this.training, this.test, this.model]) field.takeChosen();
  }

  /** Samples, time steps and channels of the series; undefined without series. */
  get sizes(): { samples: number; timeSteps: number; inputDim: number } | undefined {
    const { summary } = this.training;
    return summary && { samples: summary.samples, timeSteps: summary.timeSteps, inputDim: summary.inputDim };
  }

  /** Facts that decide which settings fit; none without series. */
  get facts(): Omit<Use, 'source'> {
    const { summary } = this.training;
    if (!summary) return {};
    const { samples, target } = summary;
    return { samples, classes: target.kind === 'class' ? target.classes.length : 0 };
  }

  /** Takes dropped files; a file's name decides its use. */
  take(files: File[]): void {
    const { series, labels, test, model, left } = assignFiles(files);
    if (left.length > 0) {
      this.training.field.ask('Drop one file of series, one of test series and one model at most.');
      return;
    }
    const choices = labels ? { labels: { name: labels.name, blob: labels } } : {};
    if (series) void this.training.take({ file: series, choices });
    if (test) void this.test.take({ file: test, choices: {} });
    if (model) this.model.field.drop(model);
    const opened = test ?? model;
    if (opened) byId('more-files', HTMLDetailsElement).open = true;
  }

  /**
   * Reads the training series again with their earlier choices. Also resolves if that fails; the message then stands at
   * the file.
   */
  restore(series: SavedSeries): Promise<void> {
    return this.training.take(series);
  }

  /** A run with these settings; undefined without series. */
  plan(settings: PageSettings): TrainingPlan | undefined {
    const { reader, summary, source } = this.training;
    if (!reader || !summary || !source) return undefined;
    return planSeries(
      settings,
      { reader, summary, source },
      {
        onWarnings: (sentences) => this.panel.warn(sentences),
        onModel: (model, unseen) => {
          this.trained = model;
          void this.outcome.begin(model, [unseen, ...this.testPart(model)]);
        },
      },
    );
  }

  /** Asks for series. */
  askForSeries(): void {
    const { field, isReading } = this.training;
    field.ask(isReading ? 'The series are still being read.' : 'Choose a file of series first.');
  }

  /** A run begins. */
  begin(): void {
    this.clear();
    this.panel.fold();
  }

  /** Hides all results. */
  clear(): void {
    this.trained = undefined;
    this.outcome.clear();
  }

  private seriesChanged(): void {
    const { summary } = this.training;
    this.trained = undefined;
    if (summary) this.readForm.setTarget(summary.target);
    this.panel.show(summary);
    this.showSizes();
    void this.test.read();
    this.host.onSeries();
  }

  private showSizes(): void {
    const { sizes } = this;
    byId('series-sizes', HTMLElement).hidden = sizes === undefined;
    byId('series-samples', HTMLElement).textContent = String(sizes?.samples);
    byId('series-steps', HTMLElement).textContent = String(sizes?.timeSteps);
    byId('series-channels', HTMLElement).textContent = String(sizes?.inputDim);
  }

  /** Test series are read with the choices of the training series, and must match them. */
  private get testChoices(): ReadChoices | undefined {
    const { summary } = this.training;
    return summary && { ...this.readForm.choicesForOthers, like: shapeOf(summary) };
  }

  /** Test series that arrive after training are predicted with its model. */
  private testChanged(): void {
    if (this.trained && this.test.summary) void this.outcome.add(this.testPart(this.trained));
  }

  private testPart({ standardisation }: SavedModel): Unpredicted[] {
    const { reader, summary } = this.test;
    if (!reader || !summary) return [];
    return [{ name: 'Test', load: () => reader.ask('all', standardisation) }];
  }

  /** Predicts the chosen files with a model, without training. */
  private use(model: SavedModel): void {
    const { training, test, readForm } = this;
    const chosen = [
      { file: training.field.file, choices: readForm.choices },
      { file: test.field.file, choices: readForm.choicesForOthers },
    ];
    const parts = chosen.flatMap(({ file, choices }): Unpredicted[] => {
      if (!file) return [];
      return [{ name: file.name, load: (signal) => readForModel(model, file, choices, signal) }];
    });
    if (parts.length === 0) {
      this.askForSeries();
      return;
    }
    this.trained = undefined;
    training.forgive();
    void this.outcome.begin(model, parts);
    this.outcome.focus();
  }
}
