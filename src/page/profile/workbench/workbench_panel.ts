import type { JobEvent } from '../../../jobs/protocol.ts';
import { byId } from '../../dom.ts';
import { asSentence } from '../../text.ts';
import { PanelStatus } from '../panel_status.ts';

type ProgressEvent = Extract<JobEvent, { type: 'progress' }>;

/** The workbench's buttons, the progress of its job, and failures. */
export class WorkbenchPanel {
  readonly run = byId('workbench-run', HTMLButtonElement);
  readonly stop = byId('workbench-stop', HTMLButtonElement);
  readonly reset = byId('workbench-reset', HTMLButtonElement);
  readonly copy = byId('workbench-copy', HTMLButtonElement);
  readonly status = new PanelStatus('workbench', '');

  /** Sets the buttons: a run is under way, or a new one is hindered for a reason, or can start. */
  enable(isRunning: boolean, hindrance: string | undefined): void {
    const focused = document.activeElement;
    this.run.disabled = isRunning || hindrance !== undefined;
    this.stop.disabled = !isRunning;
    this.status.hinder(isRunning ? undefined : hindrance);
    // The keyboard's focus moves to the button that replaces a disabled one.
    if (focused === this.run && isRunning) this.stop.focus();
    if (focused === this.stop && !isRunning) this.run.focus();
  }

  showProgress({ what, done, of }: ProgressEvent): void {
    this.status.say(`${asSentence(what).slice(0, -1)}${of > 1 ? `, ${done} of ${of}` : ''}…`);
  }
}
