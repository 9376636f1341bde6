/**
 * Sizes submissions so that each takes about `TARGET_MS`: long enough to hide the cost of submitting, short enough that a
 * stop, a pause or the page's own drawing never waits long.
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
