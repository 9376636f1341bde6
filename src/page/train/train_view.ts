import './train.css';
import { Failure } from '../../errors.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import { describeRecovery } from '../../jobs/recovery.ts';
import type { ExperimentConfig } from '../../model/config.ts';
import type { TrainResult } from '../../train/train_result.ts';
import type { FailedEvent } from '../adapter_badge.ts';
import { PAGE_DEFAULTS, type PageSettings } from '../address.ts';
import { save } from '../downloads.ts';
import type { PageContext, View } from '../page_context.ts';
import { ResultPromise } from '../result_promise.ts';
import { showModel } from './model_view.ts';
import { ResultsView } from './results_view.ts';
import { SeriesSource } from './series_source.ts';
import { SettingsForm } from './settings_form.ts';
import { TrainingPanel } from './training_panel.ts';
import { planExperiment, type TrainingPlan } from './training_plan.ts';
import { TrainingSession } from './training_session.ts';
import {
  describeAway,
  describeEnd,
  describeFailure,
  describeStep,
  describeUnfinished,
  OPENING,
  phaseAfter,
  READY,
  rateOf,
} from './training_words.ts';

const DEFAULTS: PageSettings = { data: 'planted', values: PAGE_DEFAULTS };

/** The Train view: settings, buttons, and the results of the running job. */
export class TrainView implements View {
  private readonly form: SettingsForm;
  private readonly panel = new TrainingPanel();
  private readonly results = new ResultsView();
  private readonly result = new ResultPromise('trainResult');
  private readonly source: SeriesSource;
  private readonly session: TrainingSession;
  /** What the job is doing, in words; shown again after a pause. */
  private phase = '';
  /** A run has been started, but its kernels and memory do not exist yet. Until then the last results stay. */
  private isOpening = false;

  /** `onSettings` is called when the settings have changed. */
  constructor(
    initial: PageSettings,
    context: PageContext,
    private readonly onSettings: () => void,
  ) {
    this.session = new TrainingSession(
      context,
      (event, plan) => this.handle(event, plan),
      (problem) => this.panel.sayNotKept(problem),
    );
    this.form = new SettingsForm(initial);
    this.source = new SeriesSource({ context, onSeries: () => this.seriesChanged() }, () => this.chooseSeries());
    this.form.onChange(() => this.settingsChanged());
    this.form.onSubmit(() => this.start());
    this.connectButtons();
    this.results.clear(planExperiment(DEFAULTS));
    this.checkSettings();
    context.use.onChange(() => this.panel.setHindrance(context.use.hindrance('training')));
    void context.adapter.then((answer) => {
      if ('failure' in answer) return this.disable(answer.failure);
      this.panel.setState('idle', READY);
      void this.offerUnfinished();
    });
  }

  /** The settings as they are; undefined while one of them does not fit. */
  get settings(): PageSettings | undefined {
    return this.form.check();
  }

  /** The same as an experiment's, of own series with their sizes. */
  get experiment(): ExperimentConfig | undefined {
    const { settings } = this;
    if (!settings) return undefined;
    // Sizes are measured without class weights.
    const { classWeights: _, ...values } = settings.values;
    return settings.data === 'series' ? { ...values, ...this.source.own?.sizes, attentionColumn: 0 } : values;
  }

  /** Starts a run with the form's settings, or points at the first that does not fit. */
  start(): void {
    this.begin('running');
  }

  private connectButtons(): void {
    const { pause, step, stop, reset, resume, download } = this.panel;
    pause.addEventListener('click', () => this.togglePause());
    step.addEventListener('click', () => this.singleStep());
    stop.addEventListener('click', () => this.stop());
    reset.addEventListener('click', () => this.reset());
    resume.addEventListener('click', () => void this.resumeSession());
    download.addEventListener('click', () => void this.downloadCheckpoint());
  }

  /** There is no adapter; the adapter's own place says why. */
  private disable({ code, message }: FailedEvent): void {
    this.panel.setState('unavailable', 'Training needs a WebGPU adapter; see above what to do.');
    this.result.reject(new Failure(code, message));
  }

  /** Offers to resume the newest training that a closed page did not finish. */
  private async offerUnfinished(): Promise<void> {
    const unfinished = await this.session.takeUnfinished();
    if (unfinished) this.panel.offerUnfinished(unfinished.checkpoint, describeUnfinished(unfinished));
  }

  private async downloadCheckpoint(): Promise<void> {
    const { checkpoint, modelContext } = this.session;
    if (!checkpoint) return;
    const { writeCheckpoint } = await import('./checkpoint_bytes.ts');
    save(new Blob([writeCheckpoint(checkpoint, modelContext)]), 'checkpoint.safetensors');
  }

  private begin(state: 'running' | 'stepping'): void {
    if (this.panel.state !== 'idle') return;
    const plan = this.checkSettings();
    if (!plan) {
      this.form.focusFirstMisfit();
      if (this.settings?.data === 'series') this.source.own?.askForSeries();
      return;
    }
    if (!this.session.start(plan)) return;
    this.isOpening = true;
    this.show(state);
  }

  /** Resumes a training that ended early, with its own settings; what it has shown stays. */
  private async resumeSession(): Promise<void> {
    const plan = this.session.plan ?? (await this.planUnfinished());
    const { checkpoint } = this.session;
    if (!checkpoint || !plan || !this.session.start(plan, checkpoint)) return;
    this.isOpening = false;
    this.form.set(plan.settings);
    this.settingsChanged();
    this.results.resume(plan, checkpoint.history);
    this.source.own?.begin();
    this.show('running');
  }

  /**
   * Reads the series of an unfinished training again. Undefined if they cannot be read; their file field then says so.
   */
  private async planUnfinished(): Promise<TrainingPlan | undefined> {
    const { unfinished } = this.session;
    if (!unfinished?.series) return undefined;
    this.form.data = 'series';
    this.settingsChanged();
    this.panel.setState('checking', 'Reading the series of that run…');
    const own = await this.source.load();
    await own?.restore(unfinished.series);
    // Somebody may have reset it meanwhile.
    if (this.session.unfinished !== unfinished) return undefined;
    this.panel.setState('idle', READY);
    return own?.plan(unfinished.settings);
  }

  /** A run has been started. */
  private show(state: 'running' | 'stepping'): void {
    this.phase = OPENING;
    this.panel.begin(state, this.phase);
    this.form.setEnabled(false);
    this.result.begin();
  }

  /** What would be run with the settings as they are; undefined if a setting does not fit or the series are missing. */
  private checkSettings(): TrainingPlan | undefined {
    const settings = this.form.check();
    if (this.form.data === 'series') void this.source.load();
    if (!settings) return undefined;
    const plan = settings.data === 'planted' ? planExperiment(settings) : this.source.own?.plan(settings);
    if (plan) showModel(plan.config);
    return plan;
  }

  private settingsChanged(): void {
    this.checkSettings();
    this.onSettings();
  }

  /** The series have changed or gone, so an earlier run on them cannot be resumed. */
  private seriesChanged(): void {
    if (this.session.plan?.series) {
      this.session.checkpoint = undefined;
      this.panel.offerResume(undefined);
    }
    this.form.setSeries(this.source.own?.facts ?? {});
    const plan = this.checkSettings();
    if (plan) this.results.expect(plan);
  }

  /** Makes own series the data, as dropping a file asks for; false while a run is under way. */
  private chooseSeries(): boolean {
    if (this.panel.isUnderWay) {
      this.panel.setState(this.panel.state, 'A run is under way: drop files when it has ended.');
      return false;
    }
    this.form.data = 'series';
    this.settingsChanged();
    return true;
  }

  /** One update: of the run that stands still, or the first of a new one. */
  private singleStep(): void {
    if (this.panel.state === 'paused') this.panel.setState('stepping', this.phase);
    else this.begin('stepping');
    if (this.panel.state === 'stepping') this.session.singleStep();
  }

  private togglePause(): void {
    if (this.panel.state === 'paused') {
      this.session.resume();
      this.panel.setState('running', this.phase);
    } else {
      this.session.pause();
      this.panel.setState('paused', 'Paused.');
    }
  }

  private stop(): void {
    this.session.stop();
    this.panel.setState('stopping', 'Stopping…');
  }

  /** Ends a run at once and shows nothing of it any more. The settings stay. */
  private reset(): void {
    this.session.abandon();
    this.form.setEnabled(true);
    this.results.clear(this.checkSettings() ?? planExperiment(DEFAULTS));
    this.source.own?.clear();
    this.panel.clear(READY);
    this.result.reject(new Failure('stopped', 'the run was reset: start it again'));
  }

  /** The run is sure to train: its results take the place of those before. */
  private beginResults(plan: TrainingPlan): void {
    this.isOpening = false;
    this.results.begin(plan);
    this.source.own?.begin();
  }

  private handle(event: JobEvent, plan: TrainingPlan): void {
    this.enter(phaseAfter(event, plan) ?? this.phase);
    this.results.handle(event);
    switch (event.type) {
      case 'ready':
        if (this.isOpening) this.beginResults(plan);
        break;
      case 'step':
        this.panel.showStep(event, plan);
        if (this.panel.state === 'stepping') this.panel.setState('paused', describeStep(event));
        break;
      case 'recovered':
        this.panel.sayRecovered(describeRecovery(event));
        break;
      case 'failed':
        this.fail(event);
        break;
      case 'done':
        if (event.job === 'train') this.finish(event.result, plan);
        break;
    }
  }

  private enter(phase: string): void {
    if (phase === this.phase) return;
    this.phase = phase;
    // An event that was on its way during a pause or a stop must not change the page's status.
    const { state } = this.panel;
    if (state === 'running' || state === 'stepping') this.panel.setState(state, phase);
  }

  private finish(result: TrainResult, plan: TrainingPlan): void {
    this.form.setEnabled(true);
    this.results.finish(result);
    this.panel.offerResume(this.session.checkpoint);
    const said = describeEnd(result) + describeAway(this.session.awaySeconds);
    this.panel.end(said, result.seconds, rateOf(result.history, plan));
    this.result.resolve(result);
    plan.finish?.(result);
  }

  private fail({ code, message }: FailedEvent): void {
    const { checkpoint } = this.session;
    this.form.setEnabled(true);
    this.results.end();
    if (code === 'not-finite') this.panel.offerDownload(checkpoint);
    else this.panel.offerResume(checkpoint);
    this.panel.fail(describeFailure(code, message, checkpoint));
    this.result.reject(new Failure(code, message));
  }
}
