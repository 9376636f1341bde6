import {
  flag,
  fromZero,
  list,
  number,
  object,
  optional,
  positive,
  type Rule,
  requireFields,
  rule,
  text,
} from '../rules.ts';
import { csvOf } from '../text/csv.ts';
import type { BenchConfig } from './bench_config.ts';
import { type Comparison, compareResults } from './compare.ts';
import type { MedianInterval } from './measure.ts';
import type { BenchEnvironment, BenchRow, Comparable } from './result.ts';
import { requireComparable } from './result_file.ts';

/** The extent of a profile: the same training step repeatedly, or every step of an epoch once. */
export type ProfileLength = 'step' | 'epoch';

/** A kernel of the list. Times (as in `BenchRow`), flops and bytes are of one of its dispatches. */
export interface ProfileRow extends BenchRow {
  /** Dispatches in a step, or in the profiled steps of the epoch. */
  count: number;
  /** Time of all its dispatches: count · mean. */
  totalMs: number;
  meanMs: number;
  p95Ms: number;
  /** Share of the time of all kernels. */
  share: number;
  /** Runs of a dispatch in one timing, because a single run is too short for the timer. */
  repeats: number;
}

export interface TimelineSpan {
  /** Kernel and layer of the dispatch. */
  name: string;
  kernel: string;
  part: 'forward' | 'backward';
  startUs: number;
  durationUs: number;
}

/** The dispatches of one training step, in their order. */
export interface Timeline {
  /** Whether the timer measured begin and end. Otherwise mean times are laid end to end, and gaps are unknown. */
  isMeasured: boolean;
  spans: TimelineSpan[];
}

export interface ProfileEnvironment extends BenchEnvironment {
  /** Only an epoch has samples and a split. */
  config: BenchConfig & { samples?: number; validationSplit?: number };
  /** Every timestamp is a multiple of this; absent with the wall clock. */
  grainNanoseconds?: number;
  /** Whether combined kernels are used. */
  fused: boolean;
}

export interface ProfileResult extends Comparable {
  environment: ProfileEnvironment;
  rows: ProfileRow[];
  length: ProfileLength;
  /** Number of timed steps: repetitions of the same one, or the steps of an epoch. */
  steps: number;
  validationSteps: number;
  /** True if it was stopped before it had timed everything. */
  stopped: boolean;
  /** Wall clock of a training step that is not profiled. */
  stepMs: MedianInterval;
  timeline: Timeline;
}

const COLUMNS = [
  'name',
  'count',
  'totalMs',
  'meanMs',
  'medianMs',
  'lowMs',
  'highMs',
  'p95Ms',
  'share',
  'samples',
  'repeats',
  'flops',
  'bytes',
  'shareOfLimit',
] as const satisfies (keyof ProfileRow)[];

/** The rows as comma-separated values, under the names of the JSON. */
export function profileCsv(rows: ProfileRow[]): string {
  return csvOf(COLUMNS, rows);
}

/** Arithmetic and traffic a second of a dispatch, from its mean time. */
export function attained({ flops, bytes, meanMs }: ProfileRow): { gflops: number; gbs: number } {
  return { gflops: flops / meanMs / 1e6, gbs: bytes / meanMs / 1e6 };
}

/** Share of the timeline in which no dispatch runs; undefined if the timer cannot tell. */
export function gapShare({ isMeasured, spans }: Timeline): number | undefined {
  if (!isMeasured || spans.length === 0) return undefined;
  let idle = 0;
  let end = spans[0].startUs;
  for (const { startUs, durationUs } of spans) {
    idle += Math.max(0, startUs - end);
    end = Math.max(end, startUs + durationUs);
  }
  return idle / (end - spans[0].startUs);
}

const span = object({
  name: text,
  kernel: text,
  startUs: number,
  durationUs: fromZero,
  part: rule('forward or backward', (value) => value === 'forward' || value === 'backward'),
});

/** The fields of a profile beside those that are compared. */
const PROFILE: Record<string, Rule> = {
  length: rule('step or epoch', (value) => value === 'step' || value === 'epoch'),
  environment: object({
    fused: flag,
    grainNanoseconds: optional(positive),
    config: object({ samples: optional(number), validationSplit: optional(number) }),
  }),
  steps: fromZero,
  validationSteps: fromZero,
  stopped: flag,
  stepMs: object({ median: number, low: number, high: number }),
  timeline: object({ isMeasured: flag, spans: list(span) }),
  rows: list(
    object({
      count: fromZero,
      totalMs: fromZero,
      meanMs: fromZero,
      p95Ms: fromZero,
      share: fromZero,
      repeats: fromZero,
    }),
  ),
};

/** Throws invalid-file, naming the mistake, unless `content` is a profile. */
export function requireProfileResult(path: string, content: unknown): asserts content is ProfileResult {
  const wanted = 'a file that profile --json or the page’s profile wrote';
  requireComparable(path, content, wanted);
  requireFields(path, content, PROFILE, wanted);
}

/** Compares two profiles kernel by kernel, by the median time of a dispatch. */
export function compareProfiles(old: ProfileResult, now: ProfileResult): Comparison {
  const comparison = compareResults(old, now);
  const warnings = [...comparison.warnings];
  if (old.length !== now.length) warnings.push(`the lengths differ: then ${old.length}, now ${now.length}`);
  const tiles = [old, now].map(({ environment: { tiles } }) => `${tiles?.forward} and ${tiles?.backward}`);
  if (tiles[0] !== tiles[1]) warnings.push(`the LSTM's tiles differ: then ${tiles[0]}, now ${tiles[1]}`);
  return { ...comparison, warnings };
}
