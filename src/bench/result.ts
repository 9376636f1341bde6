import type { AdapterReport } from '../gpu/device.ts';
import type { Timer } from '../gpu/profiler.ts';
import { csvOf } from '../text/csv.ts';
import type { Check } from '../verify/check.ts';
import type { BenchConfig } from './bench_config.ts';
import type { EpochShare } from './epoch.ts';
import type { MedianInterval } from './estimate.ts';
import type { Limits } from './limits.ts';
import type { PeerRow } from './peers/ratios.ts';
import type { Score } from './score.ts';
import type { RatedPoint } from './swept_sizes.ts';

/** One timed thing: a whole step, a part of it, or one dispatch. */
export interface BenchRow {
  name: string;
  /** Median of the starts and its 95 % interval, in milliseconds. */
  medianMs: number;
  lowMs: number;
  highMs: number;
  /** Rounds of all starts together. */
  samples: number;
  /** The median of each start, in milliseconds. Absent in files of format 1: their rounds are of one start. */
  starts?: number[];
  /** Arithmetic, and the least traffic, from the kernels' own cost. */
  flops: number;
  bytes: number;
  /** The least time that the adapter's limits allow / the median. Above 1 if caches beat the copy's bandwidth. */
  shareOfLimit: number;
}

/** The medians of a row's starts. A row of format 1 is of one start. */
export function startsOf({ starts, medianMs }: BenchRow): number[] {
  return starts ?? [medianMs];
}

export interface BenchEnvironment {
  adapter: AdapterReport;
  /** The LSTM's tiles, forward and backward. */
  tiles: { forward: string; backward: string };
  timer: Timer;
  /** Number of dispatch times that were impossible and left out. */
  droppedTimes: number;
  /** The browser's or runtime's name for itself; absent if it gives none. */
  userAgent?: string;
  /** Known to a page only: browser and operating system with their versions. */
  browser?: string;
  platform?: string;
  /** Version of this package. */
  version?: string;
  config: BenchConfig;
}

/** The number of the form of results. Format 1, without a number, knew of no starts. */
export const FORMAT = 2;

/** The part of a result that is compared. */
export interface Comparable {
  /** At most `FORMAT`; absent in files of format 1. */
  format?: number;
  environment: BenchEnvironment;
  limits: Limits;
  rows: BenchRow[];
}

export interface BenchResult extends Comparable {
  /** Time of the measurement, as ISO 8601. */
  date: string;
  /** The comparisons with references before anything was timed. All have passed. */
  correctness: Check[];
  /** Absent if no score was asked for, or if the run is invalid. */
  score?: Score;
  /** Reasons why the figures do not count, one sentence each; absent if they count. */
  invalid?: string[];
  /** Multiply-adds a second of the LSTM's forward and backward kernels / the peak measured at the same moment. */
  lstmShareOfPeak: MedianInterval;
  /** Our time / each peer's time. */
  ratios: PeerRow[];
  epoch?: EpochShare;
  sweeps?: RatedPoint[];
}

/** Marks a result as invalid: it loses its score and says why. */
export function invalidate(result: BenchResult, reasons: string[]): BenchResult {
  if (reasons.length === 0) return result;
  return { ...result, score: undefined, invalid: [...(result.invalid ?? []), ...reasons] };
}

const COLUMNS = ['name', 'medianMs', 'lowMs', 'highMs', 'samples', 'flops', 'bytes', 'shareOfLimit'] as const;

/** The rows as comma-separated values, under the names of the JSON. */
export function benchCsv(rows: BenchRow[]): string {
  return csvOf(COLUMNS, rows);
}
