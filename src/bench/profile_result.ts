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
import { rowsOf } from './bench_starts.ts';
import { type Comparison, compareResults } from './compare.ts';
import { estimate, type MedianInterval } from './estimate.ts';
import { type Limits, typicalLimits } from './limits.ts';
import { finite, mean, percentile } from './measure.ts';
import { type BenchEnvironment, type BenchRow, type Comparable, FORMAT } from './result.ts';
import { requireComparable } from './result_file.ts';
import type { Start } from './start.ts';

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
  /** Number of timed steps in all starts: repetitions of the same one, or the steps of an epoch. */
  steps: number;
  validationSteps: number;
  /** True if it was stopped before it had timed everything. */
  stopped: boolean;
  /** Wall clock of a training step that is not profiled. */
  stepMs: MedianInterval;
  timeline: Timeline;
}

/** The times of a kernel in one start. Flops and bytes are of one of its dispatches. */
export interface KernelTimes {
  name: string;
  /** The mean of its dispatches in each step; NaN if the timer failed. */
  ms: number[];
  flops: number;
  bytes: number;
  /** Dispatches in a step, and in all steps of this start. */
  count: number;
  dispatched: number;
  repeats: number;
}

export interface MeasuredProfile {
  limits: Limits;
  /** Training and validation steps that were timed. */
  steps: number;
  validationSteps: number;
  /** Wall clock of a training step as training submits it, not profiled: the median. */
  stepMs: number;
  kernels: KernelTimes[];
  droppedTimes: number;
  timeline: Timeline;
}

/** What one start of a profile has measured. */
export interface ProfileStart extends MeasuredProfile, Pick<Start, 'peak'> {
  environment: ProfileEnvironment;
  length: ProfileLength;
  stopped: boolean;
}

/** The profile of all starts, of which at least one has timed a step. */
export function profileResultOf(starts: ProfileStart[]): ProfileResult {
  const [{ environment, length, timeline }] = starts;
  const sum = (of: (start: ProfileStart) => number) => starts.reduce((total, start) => total + of(start), 0);
  const limits = typicalLimits(starts.map(({ limits }) => limits));
  return {
    format: FORMAT,
    environment: { ...environment, droppedTimes: sum(({ droppedTimes }) => droppedTimes) },
    length,
    limits,
    steps: sum(({ steps }) => steps),
    validationSteps: sum(({ validationSteps }) => validationSteps),
    stopped: starts.some(({ stopped }) => stopped),
    stepMs: estimate(starts.map(({ stepMs }) => stepMs)),
    rows: profileRows(starts, limits),
    timeline,
  };
}

function profileRows(starts: ProfileStart[], limits: Limits): ProfileRow[] {
  const rows = starts[0].kernels.map(({ count, repeats }, i): ProfileRow => {
    const kernels = starts.map(({ kernels }) => kernels[i]).filter(({ ms }) => ms.length > 0);
    const [row] = rowsOf(
      kernels.map((kernel) => [kernel]),
      limits,
    );
    const all = finite(kernels.flatMap(({ ms }) => ms));
    const meanMs = mean(all);
    const dispatched = kernels.reduce((sum, { dispatched }) => sum + dispatched, 0);
    const counted = starts[0].length === 'step' ? count : dispatched;
    const figures = { count: counted, totalMs: counted * meanMs, meanMs, p95Ms: percentile(all, 0.95) };
    return { ...row, ...figures, repeats, share: 0 };
  });
  const total = rows.reduce((sum, { totalMs }) => sum + totalMs, 0);
  return rows.map((row) => ({ ...row, share: row.totalMs / total }));
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
