import type { BenchResult } from '../bench/result.ts';
import type { TrainResult } from '../train/train_result.ts';

/**
 * For scripts. Each promise is of the current run, or of the first run before one has started. It rejects if the run
 * fails.
 */
interface Results {
  trainResult: TrainResult;
  benchmarkResult: BenchResult;
}

declare global {
  interface Window {
    trainResult: Promise<TrainResult>;
    benchmarkResult: Promise<BenchResult>;
  }
}

/** Keeps `window.trainResult` or `window.benchmarkResult` up to date. */
export class ResultPromise<Name extends keyof Results> {
  resolve: (result: Results[Name]) => void = () => {};
  reject: (error: Error) => void = () => {};
  private taken = false;

  constructor(private readonly name: Name) {
    this.create();
  }

  /** A run starts. The first run's promise exists already, because scripts may wait for it before. */
  begin(): void {
    if (this.taken) this.create();
    this.taken = true;
  }

  private create(): void {
    const promise = new Promise<Results[Name]>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    promise.catch(() => {}); // The page shows a failure itself; without a waiting script a rejection is not an error.
    (window as { [N in keyof Results]: Promise<Results[N]> } as Record<string, unknown>)[this.name] = promise;
  }
}
