import type { TrainResult } from '../jobs/protocol.ts';

declare global {
  interface Window {
    /** For scripts: the result of the run under way or, before one started, of the first; rejects when it fails. */
    trainResult: Promise<TrainResult>;
  }
}

/** Keeps `window.trainResult` what it says it is. */
export class TrainResultPromise {
  resolve: (result: TrainResult) => void = () => {};
  reject: (error: Error) => void = () => {};
  private taken = false;

  constructor() {
    this.create();
  }

  /** A run starts. The first one's promise is there already: scripts may wait for it before. */
  begin(): void {
    if (this.taken) this.create();
    this.taken = true;
  }

  private create(): void {
    window.trainResult = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    window.trainResult.catch(() => {}); // The page shows a failure itself; with no script waiting it is no error.
  }
}
