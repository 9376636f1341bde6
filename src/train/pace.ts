/** The pace of a run, which can change while it runs: freely, one update at a time, or not at all. */
export class Pace {
  /** Updates of the next submission at most; 0 while it must wait. */
  private most = Number.POSITIVE_INFINITY;
  private wake: () => void = () => {};

  /** The next submission waits. */
  pause(): void {
    this.most = 0;
  }

  resume(): void {
    this.go(Number.POSITIVE_INFINITY);
  }

  /** Lets one update pass and pauses again. */
  singleStep(): void {
    this.go(1);
  }

  /** Updates that the next submission may have; resolves when it may begin. */
  async next(): Promise<number> {
    while (this.most === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const { most } = this;
    if (most === 1) this.most = 0;
    return most;
  }

  private go(most: number): void {
    this.most = most;
    this.wake();
  }
}

/**
 * Sizes submissions so that each takes about `TARGET_MS`: long enough to hide the cost of submitting, short enough that
 * a stop, a pause or the page's own drawing never waits long.
 */
export class Pacer {
  private static readonly TARGET_MS = 100;
  private perBatch: number | undefined;

  next(remaining: number): number {
    const count = this.perBatch === undefined ? 1 : Math.round(Pacer.TARGET_MS / this.perBatch);
    return Math.min(remaining, Math.max(1, count));
  }

  measured(batches: number, ms: number): void {
    this.perBatch = Math.max(ms / batches, 1e-3);
  }
}
