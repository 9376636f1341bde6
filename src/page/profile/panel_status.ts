import { byId } from '../dom.ts';
import { asSentence } from '../text.ts';

/** The messages of a panel: its status, announcements for screen readers, and failures. */
export class PanelStatus {
  private readonly status: HTMLElement;
  private readonly announcement: HTMLElement;
  private readonly failure: HTMLElement;

  /** The elements' ids are `PANEL-status`, `PANEL-announcement` and `PANEL-failure`; `said` is the first status. */
  constructor(
    panel: string,
    private said: string,
  ) {
    this.status = byId(`${panel}-status`, HTMLElement);
    this.announcement = byId(`${panel}-announcement`, HTMLElement);
    this.failure = byId(`${panel}-failure`, HTMLElement);
  }

  /** Says why nothing can start, or repeats the last status. */
  hinder(hindrance: string | undefined): void {
    this.status.textContent = hindrance ?? this.said;
  }

  /** A run starts, so the last failure disappears. */
  begin(text: string): void {
    this.failure.hidden = true;
    this.announce(text);
  }

  say(text: string): void {
    this.said = text;
    this.status.textContent = text;
  }

  /** Also announces the text to screen readers. */
  announce(text: string): void {
    this.say(text);
    this.announcement.textContent = text;
  }

  fail(message: string): void {
    this.failure.textContent = asSentence(message);
    this.failure.hidden = false;
    this.announce('Ended by an error.');
  }
}
