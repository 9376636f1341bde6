const INTERVAL_MS = 100;

/** Calls `draw` for any number of requests at most ten times a second, when the browser draws anyway. */
export class Refresher {
  private pending = false;
  private last = Number.NEGATIVE_INFINITY;

  constructor(private readonly draw: () => void) {}

  request(): void {
    if (this.pending) return;
    this.pending = true;
    const wait = Math.max(0, this.last + INTERVAL_MS - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.refresh()), wait);
  }

  private refresh(): void {
    this.pending = false;
    this.last = performance.now();
    this.draw();
  }
}
