const LOOK_MS = 1000;
/** If the timer of a page in front is this late, the page was frozen or the computer slept. */
const LATE_MS = 5000;

/**
 * Measures from now on how long the page is away: hidden (browsers slow it down), frozen, or on a sleeping computer.
 */
export class PresenceWatch {
  wasAway = false;
  private ms = 0;
  private isAway = false;
  private lookedAt = performance.now();
  private readonly timer = setInterval(() => this.look(), LOOK_MS);

  /** `onAway` is called when the page is away for the first time, or at once if it is away now. */
  constructor(private readonly onAway: () => void = () => {}) {
    document.addEventListener('visibilitychange', this.look);
    this.look();
  }

  get awaySeconds(): number {
    return this.ms / 1000;
  }

  end(): void {
    this.look();
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.look);
  }

  private readonly look = () => {
    const now = performance.now();
    const passed = now - this.lookedAt;
    const wasFrozen = passed > LATE_MS;
    if (this.isAway || wasFrozen) this.ms += passed;
    this.lookedAt = now;
    this.isAway = document.visibilityState !== 'visible';
    if (this.wasAway || !(this.isAway || wasFrozen)) return;
    this.wasAway = true;
    this.onAway();
  };
}
