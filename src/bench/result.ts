import { Failure } from '../errors.ts';
import type { AdapterReport } from '../gpu/device.ts';
import type { Timer } from '../gpu/profiler.ts';
import type { ModelConfig } from '../model/config.ts';
import type { EpochShare } from './epoch.ts';
import type { MedianInterval } from './measure.ts';
import type { Limits } from './roofline.ts';
import type { RatedPoint } from './sweeps.ts';

/** The sizes that are measured. */
export interface BenchConfig extends ModelConfig {
  batchSize: number;
  /** Of data, initial values and order. */
  seed: number;
}

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

/** Our time / a peer's, measured in the same run. */
export interface PeerRatio {
  peer: string;
  version: string;
  ratio: number;
  low: number;
  high: number;
}

export interface BenchEnvironment {
  adapter: Pick<AdapterReport, 'vendor' | 'architecture' | 'description' | 'isSoftware' | 'features'>;
  timer: Timer;
  /** Times of single dispatches that the timer gave and that cannot be. */
  droppedTimes: number;
  /** What the browser, or the runtime, calls itself; absent where it says nothing. */
  userAgent?: string;
  config: BenchConfig;
}

export interface BenchResult {
  environment: BenchEnvironment;
  limits: Limits;
  rows: BenchRow[];
  /** Multiply-adds of the LSTM's forward and backward kernels / the peak measured in the same moment. */
  lstmShareOfPeak: MedianInterval;
  ratios: PeerRatio[];
  epoch?: EpochShare;
  sweeps?: RatedPoint[];
}

const COLUMNS = ['name', 'medianMs', 'lowMs', 'highMs', 'samples', 'flops', 'bytes', 'shareOfLimit'] as const;

/** The rows as comma-separated values, under the names that they have in the JSON. */
export function benchCsv(rows: BenchRow[]): string {
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column]))]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

/** Throws invalid-file, naming what is wrong, where `content` is no result that can be compared with. */
export function requireBenchResult(path: string, content: unknown): asserts content is BenchResult {
  const wrong = (what: string) => new Failure('invalid-file', `${path} ${what}: give a file that bench --json wrote`);
  const { environment, limits, rows } = (content ?? {}) as Partial<BenchResult>;
  for (const [name, value] of Object.entries({ environment, limits })) {
    if (typeof value !== 'object' || value === null) throw wrong(`has no ${name}`);
  }
  if (!environment?.config || !environment.adapter) throw wrong('has no config and adapter in its environment');
  for (const name of ['multiplyAddGflops', 'copyGBs'] as const) {
    if (!isPositive(limits?.[name])) throw wrong(`has limits.${name} ${limits?.[name]}, not a positive number`);
  }
  if (!Array.isArray(rows) || rows.length === 0) throw wrong('has no rows');
  rows.forEach((row, i) => {
    if (typeof row?.name !== 'string') throw wrong(`has rows[${i}] without a name`);
    for (const column of ['medianMs', 'lowMs', 'highMs'] as const) {
      if (!isPositive(row[column])) throw wrong(`has rows[${i}].${column} ${row[column]}, not a positive number`);
    }
    for (const column of ['flops', 'bytes'] as const) {
      if (!(row[column] >= 0)) throw wrong(`has rows[${i}].${column} ${row[column]}, not a number from 0`);
    }
  });
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
