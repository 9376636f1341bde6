/** Counts the seconds of training alone: it stands still while the consumer pauses the run or the attention is measured. */
export class Stopwatch {
  /** Absent while it stands still. */
  private started: number | undefined = performance.now();

  /** `elapsed` are milliseconds that count already. */
  constructor(private elapsed = 0) {}

  get seconds(): number {
    return (this.elapsed + (this.started === undefined ? 0 : performance.now() - this.started)) / 1000;
  }

  /** Stands still from this call until the returned function is called; within another pause it changes nothing. */
  pause(): () => void {
    if (this.started === undefined) return () => {};
    this.elapsed += performance.now() - this.started;
    this.started = undefined;
    return () => {
      this.started = performance.now();
    };
  }
}
