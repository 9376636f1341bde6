import type { AdapterReport } from '../gpu/device.ts';
import type { Timer } from '../gpu/profiler.ts';
import { csvOf } from '../text/csv.ts';
import type { Check } from '../verify/check.ts';
import type { BenchConfig } from './bench_config.ts';
import type { EpochShare } from './epoch.ts';
import type { Limits } from './limits.ts';
import type { MedianInterval } from './measure.ts';
import type { PeerRow } from './peers/ratios.ts';
import type { Score } from './score.ts';
import type { RatedPoint } from './swept_sizes.ts';

/** One thing that was timed: a whole step, a part of it or one dispatch. */
export interface BenchRow {
  name: string;
  /** Median of the samples and its 95 % interval, in milliseconds. */
  medianMs: number;
  lowMs: number;
  highMs: number;
  samples: number;
  /** Arithmetic, and the least traffic, from the kernels' own cost. */
  flops: number;
  bytes: number;
  /** What the adapter's limits allow at best / the median. Above 1 where caches beat the copy's bandwidth. */
  shareOfLimit: number;
}

export interface BenchEnvironment {
  adapter: AdapterReport;
  /** The LSTM's tiles, forward and backward. */
  tiles: { forward: string; backward: string };
  timer: Timer;
  /** Times of single dispatches that the timer gave and that cannot be. */
  droppedTimes: number;
  /** What the browser, or the runtime, calls itself; absent where it says nothing. */
  userAgent?: string;
  /** What a page knows besides: browser and operating system with their versions. */
  browser?: string;
  platform?: string;
  /** Of this package. */
  version?: string;
  config: BenchConfig;
}

/** What two results are compared by. */
export interface Comparable {
  environment: BenchEnvironment;
  limits: Limits;
  rows: BenchRow[];
}

export interface BenchResult extends Comparable {
  /** When it was measured, as ISO 8601. */
  date: string;
  /** What was held against references before anything was timed; all of it passed. */
  correctness: Check[];
  /** Absent where none was asked for, and where the run is invalid. */
  score?: Score;
  /** Why the figures do not count, a sentence each; absent where they do. */
  invalid?: string[];
  /** Multiply-adds of the LSTM's forward and backward kernels / the peak measured in the same moment. */
  lstmShareOfPeak: MedianInterval;
  /** Our time / each peer's. */
  ratios: PeerRow[];
  epoch?: EpochShare;
  sweeps?: RatedPoint[];
}

/** The result as one that does not count: it has no score, and says why. */
export function invalidate(result: BenchResult, reasons: string[]): BenchResult {
  if (reasons.length === 0) return result;
  return { ...result, score: undefined, invalid: [...(result.invalid ?? []), ...reasons] };
}

const COLUMNS = ['name', 'medianMs', 'lowMs', 'highMs', 'samples', 'flops', 'bytes', 'shareOfLimit'] as const;

/** The rows as comma-separated values, under the names that they have in the JSON. */
export function benchCsv(rows: BenchRow[]): string {
  return csvOf(COLUMNS, rows);
}
