import type { ProfileLength, ProfileResult } from '../../bench/profile_result.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import { formatDuration } from '../../text/duration.ts';
import { byId } from '../dom.ts';
import { asSentence, formatCount } from '../text.ts';
import { describeTotal } from './describe_profile.ts';
import { PanelStatus } from './panel_status.ts';

type ProgressEvent = Extract<JobEvent, { type: 'progress' }>;

/** The buttons, the progress of a profile, and failures. */
export class ProfilePanel {
  readonly step = byId('profile-step', HTMLButtonElement);
  readonly epoch = byId('profile-epoch', HTMLButtonElement);
  readonly stop = byId('profile-stop', HTMLButtonElement);
  private readonly unfused = byId('profile-unfused', HTMLInputElement);
  private readonly progress = byId('profile-progress', HTMLProgressElement);
  readonly status = new PanelStatus('profile', 'Nothing profiled yet.');
  /** The time at which the first round was over, and the number of rounds then. */
  private first: { at: number; done: number } | undefined;

  get fused(): boolean {
    return !this.unfused.checked;
  }

  /** Sets the buttons: a run is under way, or a new one is hindered for a reason, or can start. */
  enable(isRunning: boolean, hindrance: string | undefined): void {
    const focused = document.activeElement;
    const canStart = !isRunning && hindrance === undefined;
    for (const button of [this.step, this.epoch]) button.disabled = !canStart;
    this.stop.disabled = !isRunning;
    this.unfused.disabled = isRunning;
    this.status.hinder(isRunning ? undefined : hindrance);
    // The keyboard's focus moves to the button that replaces a disabled one.
    if (focused?.matches(':disabled') && focused.closest('#profile')) (isRunning ? this.stop : this.step).focus();
  }

  /** A run starts. */
  begin(length: ProfileLength): void {
    this.progress.value = 0;
    this.first = undefined;
    this.status.begin(length === 'step' ? 'Preparing to profile a step…' : 'Preparing to profile an epoch…');
  }

  showProgress({ what, done, of }: ProgressEvent): void {
    this.progress.value = done / of;
    const rounds = of > 1 ? ` ${formatCount(done)} of ${formatCount(of)}` : '';
    this.status.say(`${asSentence(what).slice(0, -1)}:${rounds}${this.left(done, of)}`.replace(/:$/, '…'));
  }

  /** The time left, from the second round on. */
  private left(done: number, of: number): string {
    if (done === 0) return '';
    const now = performance.now();
    this.first ??= { at: now, done };
    const seconds = (now - this.first.at) / 1000;
    const rounds = done - this.first.done;
    return rounds > 0 ? `, ${formatDuration((seconds * (of - done)) / rounds)} left` : '';
  }

  end(result: ProfileResult): void {
    this.progress.value = 1;
    this.status.announce(`Profiled. ${describeTotal(result)}.`);
  }
}
