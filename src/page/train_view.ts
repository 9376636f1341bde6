import { Failure } from '../errors.ts';
import { type RunningJob, startJob } from '../hosts/worker_client.ts';
import type { JobEvent, TrainResult } from '../jobs/protocol.ts';
import type { Tuning } from '../jobs/tuning.ts';
import { type ExperimentConfig, trainingSamples } from '../model/config.ts';
import type { FailedEvent } from './adapter_badge.ts';
import { showModel } from './model_table.ts';
import { ResultsView } from './results_view.ts';
import { RunPanel } from './run_panel.ts';
import { SettingsForm } from './settings_form.ts';
import { formatCount, formatDuration } from './text.ts';
import { keepTiles, knownTiles } from './tile_store.ts';
import { TrainResultPromise } from './train_result.ts';

const READY = 'Nothing trained yet. Start with these settings, or change them first.';

/** Training as a person sees it: settings, buttons, and what the running job's events show. */
export class TrainView {
  private readonly form: SettingsForm;
  private readonly panel = new RunPanel();
  private readonly results = new ResultsView();
  private readonly result = new TrainResultPromise();
  private job: RunningJob | undefined;
  /** What the job is doing, in words; shown again after a pause. */
  private phase = '';

  /** How jobs come to their tiles; until the store has answered, as if it were empty. */
  private tuning: Tuning = { known: {} };

  constructor(initial: ExperimentConfig) {
    void knownTiles().then((tuning) => {
      this.tuning = tuning;
    });
    this.form = new SettingsForm(initial);
    this.form.onChange(() => this.checkSettings());
    this.form.onSubmit(() => this.start());
    this.panel.pause.addEventListener('click', () => this.togglePause());
    this.panel.stop.addEventListener('click', () => this.stop());
    this.checkSettings();
  }

  /** There is an adapter: training can start. */
  enable(): void {
    this.panel.setState('idle', READY);
  }

  /** There is none: the adapter's own place says why. */
  disable({ code, message }: FailedEvent): void {
    this.panel.setState('unavailable', 'Training needs a WebGPU adapter; see above what to do.');
    this.result.reject(new Failure(code, message));
  }

  /** Starts a run with the form's settings, or points at the first that does not fit. */
  start(): void {
    if (this.panel.state !== 'idle') return;
    const config = this.checkSettings();
    if (!config) {
      this.form.focusFirstMisfit();
      return;
    }
    this.phase = 'Opening the adapter…';
    this.panel.begin(this.phase);
    this.form.setEnabled(false);
    this.results.reset(config);
    this.result.begin();
    const { tuning } = this;
    this.job = startJob({ type: 'train', config, watch: { metrics: true, attention: true }, tuning }, (event) =>
      this.handle(event, config),
    );
  }

  private checkSettings(): ExperimentConfig | undefined {
    const config = this.form.check();
    if (config) showModel(config);
    return config;
  }

  private togglePause(): void {
    if (this.panel.state === 'paused') {
      this.job?.resume();
      this.panel.setState('running', this.phase);
    } else {
      this.job?.pause();
      this.panel.setState('paused', 'Paused.');
    }
  }

  private stop(): void {
    this.job?.stop();
    this.panel.setState('stopping', 'Stopping…');
  }

  private handle(event: JobEvent, config: ExperimentConfig): void {
    switch (event.type) {
      case 'adapter':
        this.enter('Preparing the data…');
        break;
      case 'model':
        this.enter('Choosing the kernels…');
        break;
      case 'tiles':
        this.tuning = { known: { ...this.tuning.known, [event.key]: event.tiles } };
        void keepTiles(this.tuning);
        break;
      case 'data':
        this.enter('Compiling the kernels…');
        break;
      case 'ready':
        this.enter(describeTraining(config));
        break;
      case 'step':
        this.panel.showStep(event, config);
        this.results.addStep(event);
        break;
      case 'epoch':
        this.results.addEpoch(event);
        break;
      case 'attention':
        this.results.setAttention(event.attention);
        break;
      case 'failed':
        this.fail(event);
        break;
      case 'done':
        if (event.job === 'train') this.finish(event.result);
        break;
    }
  }

  private enter(phase: string): void {
    this.phase = phase;
    // An event that was under way when somebody paused or stopped changes nothing of what the page says.
    if (this.panel.state === 'running') this.panel.setState('running', phase);
  }

  private finish(result: TrainResult): void {
    this.form.setEnabled(true);
    this.results.finish(result);
    this.panel.end(describeEnd(result), result.seconds);
    this.result.resolve(result);
  }

  private fail({ code, message }: FailedEvent): void {
    this.form.setEnabled(true);
    this.results.end();
    this.panel.fail(message);
    this.result.reject(new Failure(code, message));
  }
}

function describeTraining({ samples, validationSplit }: ExperimentConfig): string {
  const training = trainingSamples(samples, validationSplit);
  const validation = samples - training;
  const validating = validation > 0 ? `, validating on ${formatCount(validation)}` : '';
  return `Training on ${formatCount(training)} series${validating}.`;
}

function describeEnd({ stopped, history, config, seconds }: TrainResult): string {
  const time = formatDuration(seconds);
  if (!stopped) return `Trained ${formatCount(config.epochs)} ${config.epochs === 1 ? 'epoch' : 'epochs'} in ${time}.`;
  return `Stopped after ${formatCount(history.length)} of ${formatCount(config.epochs)} epochs, ${time}.`;
}
