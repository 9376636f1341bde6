import { byId } from '../dom.ts';
import { asSentence } from '../text.ts';
import { describeTimeLeft, type ExpectedPhase, type RunPhase, TimeLeft } from './time_left.ts';

/** `checking` and `unavailable`: the adapter has not answered yet, or there is none. */
export type PanelState = 'checking' | 'unavailable' | 'idle' | 'running';

const TICK_MS = 1000;

/** Announcements for screen readers when a phase begins. */
const ANNOUNCED: Record<RunPhase, string> = {
  preparing: 'Preparing.',
  checking: 'Checking the kernels.',
  measuring: 'Measuring the kernels.',
  epochs: 'Measuring epochs.',
  score: 'Measuring the score.',
  sweeps: 'Measuring the sweeps.',
  starts: 'Measuring again with new devices.',
  peers: 'Taking turns with TensorFlow.js.',
};

/** The buttons, the progress, the time left, and failures. */
export class BenchmarkPanel {
  readonly start = byId('bench-start', HTMLButtonElement);
  readonly stop = byId('bench-stop', HTMLButtonElement);
  private readonly view = byId('bench', HTMLElement);
  private readonly status = byId('bench-status', HTMLElement);
  private readonly announcement = byId('bench-announcement', HTMLElement);
  private readonly left = byId('bench-left', HTMLElement);
  private readonly progress = byId('bench-progress', HTMLProgressElement);
  private readonly failure = byId('bench-failure', HTMLElement);
  private current: PanelState = 'checking';
  private timeLeft: TimeLeft | undefined;
  private began = 0;
  private ticking: ReturnType<typeof setInterval> | undefined;

  get state(): PanelState {
    return this.current;
  }

  setState(state: PanelState, status: string): void {
    const active = document.activeElement;
    const hadFocus = active === this.start || active === this.stop;
    this.current = state;
    this.view.dataset.state = state;
    this.status.textContent = status;
    this.start.disabled = state !== 'idle';
    this.stop.disabled = state !== 'running';
    // A disabled button loses the focus, so the keyboard goes on with the other button.
    const next = state === 'running' ? this.stop : this.start;
    if (hadFocus && !next.disabled) next.focus({ preventScroll: true });
  }

  begin(phases: ExpectedPhase[]): void {
    this.failure.hidden = true;
    this.failure.textContent = '';
    this.progress.value = 0;
    this.timeLeft = new TimeLeft(phases);
    this.began = performance.now() / 1000;
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    this.setState('running', 'Opening the adapter…');
    this.tick();
  }

  /** Shows the current part, in words, and its progress. */
  show(phase: RunPhase, what: string, done: number, of: number): void {
    this.timeLeft?.update(phase, done, of);
    this.status.textContent = what;
    this.announce(ANNOUNCED[phase]);
    this.tick();
  }

  end(status: string): void {
    clearInterval(this.ticking);
    this.timeLeft = undefined;
    this.left.textContent = '';
    this.setState('idle', status);
    this.announce(status);
  }

  /** The run ended with an error. */
  fail(message: string): void {
    this.end('Ended by an error; there is no result.');
    this.failure.textContent = asSentence(message);
    this.failure.hidden = false;
  }

  /** Announces a text to screen readers, once. */
  private announce(what: string): void {
    if (this.announcement.textContent !== what) this.announcement.textContent = what;
  }

  private tick(): void {
    if (!this.timeLeft) return;
    const { seconds } = this.timeLeft;
    const elapsed = performance.now() / 1000 - this.began;
    this.left.textContent = describeTimeLeft(seconds);
    // A growing estimate must not move the bar back.
    this.progress.value = Math.max(this.progress.value, elapsed / (elapsed + seconds));
  }
}
