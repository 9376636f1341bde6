import type { BenchStart } from '../src/bench/bench_starts.ts';
import type { ProfileStart } from '../src/bench/profile_result.ts';
import { result } from './bench_results.ts';
import { RESULT as PROFILE } from './profile_results.ts';

const { environment, limits } = result([]);

/** A start of a benchmark whose times are `factor` times those of the first. */
export function benchStart(factor: number, over: Partial<BenchStart> = {}): BenchStart {
  const ms = [3, 1, Number.NaN, 2].map((time) => factor * time);
  const rows = [{ name: 'training step', flops: 1e6, bytes: 1e3, ms }];
  const epoch = { trainingSteps: 8, validationSteps: 1, seconds: 1, kernelSeconds: 0.9 / factor };
  return { environment, correctness: [], limits, rows, lstmShareOfPeak: 0.3 / factor, epoch, ...over };
}

/** A start of a profile whose batches took `factor` times these milliseconds. */
export function profileStart(factor: number, ms: number[]): ProfileStart {
  const kernel = { name: 'adam', flops: 10, bytes: 20, count: 1, repeats: 2 };
  const kernels = [{ ...kernel, ms: ms.map((time) => factor * time), dispatched: ms.length }];
  const { environment, timeline } = PROFILE;
  const figures = { limits, steps: ms.length, validationSteps: 0, stepMs: factor, droppedTimes: 1 };
  return { environment, length: 'epoch', stopped: false, kernels, timeline, ...figures };
}
