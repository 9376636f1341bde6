import type { ExperimentConfig } from '../model/config.ts';
import type { FitEvent } from '../train/fit.ts';
import { byId } from './dom.ts';
import { asSentence, formatCount, formatDuration } from './text.ts';

/** `checking` and `unavailable`: no adapter yet, or none at all. */
export type RunState = 'checking' | 'unavailable' | 'idle' | 'running' | 'paused' | 'stopping';

type StepEvent = Extract<FitEvent, { type: 'step' }>;

/** The buttons, where the run is, and what went wrong. */
export class RunPanel {
  readonly start = byId('start', HTMLButtonElement);
  readonly pause = byId('pause', HTMLButtonElement);
  readonly stop = byId('stop', HTMLButtonElement);
  private readonly view = byId('train', HTMLElement);
  private readonly status = byId('status', HTMLElement);
  private readonly failure = byId('failure', HTMLElement);
  private readonly progress = byId('progress', HTMLProgressElement);
  private readonly stats = {
    epoch: byId('stat-epoch', HTMLElement),
    step: byId('stat-step', HTMLElement),
    rate: byId('stat-rate', HTMLElement),
    elapsed: byId('stat-elapsed', HTMLElement),
    left: byId('stat-left', HTMLElement),
  };
  private current: RunState = 'checking';
  private focusLost = false;

  get state(): RunState {
    return this.current;
  }

  setState(state: RunState, status: string): void {
    this.current = state;
    this.view.dataset.state = state;
    this.status.textContent = status;
    const active = state === 'running' || state === 'paused';
    this.start.disabled = state !== 'idle';
    this.pause.disabled = !active;
    this.stop.disabled = !active;
    this.pause.textContent = state === 'paused' ? 'Resume' : 'Pause';
    this.keepFocus(state === 'idle' ? this.start : this.pause);
  }

  /** A control that is disabled loses the focus; whoever uses the keyboard goes on with the button that takes its place. */
  private keepFocus(next: HTMLButtonElement): void {
    const focused = document.activeElement;
    const lost = focused?.matches(':disabled') || (this.focusLost && focused === document.body);
    this.focusLost = lost === true && next.disabled;
    if (lost) next.focus({ preventScroll: true });
  }

  /** A run starts; call it before the form is disabled, so that the focus can go on from there. */
  begin(status: string): void {
    this.failure.hidden = true;
    this.failure.textContent = '';
    for (const stat of Object.values(this.stats)) stat.textContent = '–';
    this.progress.value = 0;
    const hadFocus = document.activeElement !== document.body;
    this.setState('running', status);
    if (hadFocus) this.pause.focus({ preventScroll: true });
  }

  /** The run ended, early or not: nothing is left, and the time is the run's own. */
  end(status: string, seconds: number): void {
    this.stats.elapsed.textContent = formatDuration(seconds);
    this.stats.left.textContent = '–';
    this.setState('idle', status);
  }

  /** The run ended by an error; what it showed until then stays. */
  fail(message: string): void {
    this.stats.left.textContent = '–';
    this.failure.textContent = asSentence(message);
    this.failure.hidden = false;
    this.setState('idle', 'Ended by an error.');
  }

  showStep({ epoch, step, steps, seconds, samplesPerSecond }: StepEvent, { epochs }: ExperimentConfig): void {
    const share = (epoch - 1 + step / steps) / epochs;
    this.progress.value = share;
    this.stats.epoch.textContent = `${formatCount(epoch)} / ${formatCount(epochs)}`;
    this.stats.step.textContent = `${formatCount(step)} / ${formatCount(steps)}`;
    this.stats.rate.textContent = formatCount(samplesPerSecond);
    this.stats.elapsed.textContent = formatDuration(seconds);
    this.stats.left.textContent = formatDuration((seconds * (1 - share)) / share);
  }
}
