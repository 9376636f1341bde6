/** Drawings that wait. Each frame draws one of them, so that no task keeps the page from answering. */
const waiting: (() => void)[] = [];

/** Calls `draw` in a frame of its own, after the drawings that wait already. */
function drawInFrame(draw: () => void): void {
  waiting.push(draw);
  if (waiting.length === 1) requestAnimationFrame(drawNext);
}

function drawNext(): void {
  const draw = waiting.shift();
  if (waiting.length > 0) requestAnimationFrame(drawNext);
  draw?.();
}

/** Calls `draw` at most once per interval for any number of requests, when the browser draws anyway. */
export class Refresher {
  private pending = false;
  private last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly draw: () => void,
    private readonly intervalMs = 100,
  ) {}

  request(): void {
    if (this.pending) return;
    this.pending = true;
    const wait = Math.max(0, this.last + this.intervalMs - performance.now());
    setTimeout(() => drawInFrame(() => this.refresh()), wait);
  }

  private refresh(): void {
    this.pending = false;
    this.last = performance.now();
    this.draw();
  }
}
