import { formatDuration } from '../../text/duration.ts';
import { type Checkpoint, describePlace } from '../../train/checkpoint.ts';
import type { FitEvent } from '../../train/fit_event.ts';
import { byId } from '../dom.ts';
import { formatCount } from '../text.ts';
import type { TrainingPlan } from './training_plan.ts';

/**
 * `checking` and `unavailable`: the adapter has not answered yet, or there is none. `stepping`: a single update is
 * under way, after which the run stands still.
 */
export type TrainingState = 'checking' | 'unavailable' | 'idle' | 'running' | 'stepping' | 'paused' | 'stopping';

type StepEvent = Extract<FitEvent, { type: 'step' }>;

/** The buttons, the place of the training, and what went wrong. */
export class TrainingPanel {
  readonly start = byId('start', HTMLButtonElement);
  /** Resumes a training that ended early. */
  readonly resume = byId('go-on', HTMLButtonElement);
  /** Saves the checkpoint to resume from. */
  readonly download = byId('download-checkpoint', HTMLButtonElement);
  readonly pause = byId('pause', HTMLButtonElement);
  readonly step = byId('step', HTMLButtonElement);
  readonly stop = byId('stop', HTMLButtonElement);
  readonly reset = byId('reset', HTMLButtonElement);
  private readonly view = byId('train', HTMLElement);
  private readonly status = byId('status', HTMLElement);
  private readonly failure = byId('failure', HTMLElement);
  private readonly recovery = byId('recovery', HTMLElement);
  private readonly notKept = byId('not-kept', HTMLElement);
  private readonly progress = byId('progress', HTMLProgressElement);
  private readonly stats = {
    epoch: byId('stat-epoch', HTMLElement),
    step: byId('stat-step', HTMLElement),
    rate: byId('stat-rate', HTMLElement),
    elapsed: byId('stat-elapsed', HTMLElement),
    left: byId('stat-left', HTMLElement),
  };
  private current: TrainingState = 'checking';
  private statusText = '';
  private hindrance: string | undefined;
  private canReset = false;
  private focusLost = false;

  get state(): TrainingState {
    return this.current;
  }

  /** A run goes on and is not being stopped. */
  get isActive(): boolean {
    return ['running', 'stepping', 'paused'].includes(this.current);
  }

  /** A run has started and has not ended. */
  get isUnderWay(): boolean {
    return this.isActive || this.current === 'stopping';
  }

  setState(state: TrainingState, status: string): void {
    this.current = state;
    this.statusText = status;
    this.show();
    this.keepFocus(state === 'idle' ? this.start : this.pause);
  }

  /** Says why no run can start now; undefined if one can. */
  setHindrance(hindrance: string | undefined): void {
    this.hindrance = hindrance;
    this.show();
    if (this.current === 'idle') this.keepFocus(this.start);
  }

  /** Offers to resume from the checkpoint; without one it offers nothing. */
  offerResume(
    checkpoint: Checkpoint | undefined,
    label = checkpoint && `Resume from ${describePlace(checkpoint)}`,
  ): void {
    this.offerDownload(checkpoint);
    this.resume.hidden = checkpoint === undefined;
    this.resume.textContent = label ?? '';
  }

  /** Offers to save this checkpoint, or hides the button. */
  offerDownload(checkpoint: Checkpoint | undefined): void {
    this.download.hidden = checkpoint === undefined;
  }

  /** Offers to resume an unfinished training; it can be reset instead. */
  offerUnfinished(checkpoint: Checkpoint, label: string): void {
    this.canReset = true;
    this.offerResume(checkpoint, label);
    this.show();
  }

  /** Says how the run went on after an interruption. */
  sayRecovered(sentences: string): void {
    say(this.recovery, sentences);
  }

  /** Says why the run is not kept for the next page; undefined if it is kept. */
  sayNotKept(problem: string | undefined): void {
    say(this.notKept, problem);
  }

  /** Shows no run. */
  clear(status: string): void {
    this.canReset = false;
    this.clearNumbers();
    this.offerResume(undefined);
    this.setState('idle', status);
  }

  /** A run starts. Call this before the form is disabled, so that the focus can move on from it. */
  begin(state: 'running' | 'stepping', status: string): void {
    this.canReset = true;
    this.clearNumbers();
    const hadFocus = document.activeElement?.matches('#settings *, #train .run button');
    this.setState(state, status);
    if (hadFocus) (state === 'stepping' ? this.step : this.pause).focus({ preventScroll: true });
    this.offerResume(undefined);
  }

  /** The run ended, early or not. Time and rate are of the whole run; they are absent if no epoch was finished. */
  end(status: string, seconds: number, samplesPerSecond: number | undefined): void {
    this.stats.elapsed.textContent = formatDuration(seconds);
    if (samplesPerSecond !== undefined) this.stats.rate.textContent = formatCount(samplesPerSecond);
    this.stats.left.textContent = '–';
    this.setState('idle', status);
  }

  /** The run ended with an error. Its results so far stay. */
  fail(sentences: string): void {
    this.stats.left.textContent = '–';
    say(this.failure, sentences);
    this.setState('idle', 'Ended by an error.');
  }

  private show(): void {
    const { current: state, hindrance } = this;
    this.view.dataset.state = state;
    this.status.textContent = (state === 'idle' && hindrance) || this.statusText;
    const canStart = state === 'idle' && !hindrance;
    this.start.disabled = !canStart;
    this.resume.disabled = !canStart;
    this.pause.disabled = state !== 'running' && state !== 'paused';
    this.pause.textContent = state === 'paused' ? 'Resume' : 'Pause';
    this.step.disabled = !canStart && state !== 'paused' && state !== 'stepping';
    this.stop.disabled = !this.isActive;
    this.reset.disabled = !this.canReset;
  }

  private clearNumbers(): void {
    for (const element of [this.failure, this.recovery, this.notKept]) say(element, undefined);
    for (const stat of Object.values(this.stats)) stat.textContent = '–';
    this.progress.value = 0;
  }

  /** A disabled control loses the focus, so the keyboard goes on with the button that takes its place. */
  private keepFocus(next: HTMLButtonElement): void {
    const focused = document.activeElement;
    const lost = focused?.matches(':disabled') || (this.focusLost && focused === document.body);
    this.focusLost = lost === true && next.disabled;
    if (lost) next.focus({ preventScroll: true });
  }

  showStep({ epoch, step, steps, seconds, samplesPerSecond }: StepEvent, { config: { epochs } }: TrainingPlan): void {
    const share = (epoch - 1 + step / steps) / epochs;
    this.progress.value = share;
    this.stats.epoch.textContent = `${formatCount(epoch)} / ${formatCount(epochs)}`;
    this.stats.step.textContent = `${formatCount(step)} / ${formatCount(steps)}`;
    this.stats.rate.textContent = formatCount(samplesPerSecond);
    this.stats.elapsed.textContent = formatDuration(seconds);
    this.stats.left.textContent = formatDuration((seconds * (1 - share)) / share);
  }
}

/** Shows a text in its place; without a text the place is hidden. */
function say(place: HTMLElement, text: string | undefined): void {
  place.textContent = text ?? '';
  place.hidden = text === undefined;
}
