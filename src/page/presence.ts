const LOOK_MS = 1000;
/** A page in front whose timer is this late was frozen, or its computer asleep. */
const LATE_MS = 5000;

/** Watches from now on how long the page is away: hidden, when browsers hold it back, frozen, or on a computer that sleeps. */
export class PresenceWatch {
  wasAway = false;
  private ms = 0;
  private isAway = false;
  private lookedAt = performance.now();
  private readonly timer = setInterval(() => this.look(), LOOK_MS);

  /** `onAway` is called when it is away for the first time, also at once. */
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
