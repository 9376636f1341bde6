import type { Check } from '../verify/check.ts';
import { type EpochStart, epochShareOf } from './epoch.ts';
import { estimate } from './estimate.ts';
import { type Limits, limitMs, typicalLimits } from './limits.ts';
import { finite, median, possibleTimes } from './measure.ts';
import { type BenchEnvironment, type BenchResult, type BenchRow, type Comparable, FORMAT, startsOf } from './result.ts';
import type { TimedSeries } from './rows.ts';
import { describeThrottling, type ScoreStart, scoreOf } from './score.ts';
import type { Start } from './start.ts';
import type { RatedPoint } from './swept_sizes.ts';

/** What one start of a benchmark has measured. */
export interface BenchStart extends Pick<Start, 'peak'> {
  environment: BenchEnvironment;
  /** Of the first start; the others check nothing. */
  correctness: Check[];
  limits: Limits;
  rows: TimedSeries[];
  lstmShareOfPeak: number;
  score?: ScoreStart;
  epoch?: EpochStart;
  /** Of the first start. */
  sweeps?: RatedPoint[];
}

/** The result of all starts. */
export function benchResultOf(starts: BenchStart[]): BenchResult {
  const [first] = starts;
  const limits = typicalLimits(starts.map(({ limits }) => limits));
  const droppedTimes = starts.reduce((sum, { environment }) => sum + environment.droppedTimes, 0);
  const epochs = starts.flatMap(({ epoch }) => epoch ?? []);
  return {
    format: FORMAT,
    date: new Date().toISOString(),
    environment: { ...first.environment, droppedTimes },
    correctness: first.correctness,
    limits,
    rows: rowsOf(
      starts.map(({ rows }) => rows),
      limits,
    ),
    lstmShareOfPeak: estimate(starts.map(({ lstmShareOfPeak }) => lstmShareOfPeak)),
    ...scoreOrReason(starts.flatMap(({ score }) => score ?? [])),
    ratios: [],
    epoch: epochs.length > 0 ? epochShareOf(epochs) : undefined,
    sweeps: first.sweeps,
  };
}

/** The rows of all starts, which have the same names in the same order. */
export function rowsOf(starts: TimedSeries[][], limits: Limits): BenchRow[] {
  return starts[0].map(({ name, flops, bytes }, i) => {
    // A start whose timer failed every time has no say.
    const rounds = starts.map((rows) => finite(rows[i].ms)).filter(({ length }) => length > 0);
    possibleTimes(name, rounds.flat());
    const medians = rounds.map(median);
    const { median: medianMs, low: lowMs, high: highMs } = estimate(medians);
    const samples = rounds.reduce((sum, { length }) => sum + length, 0);
    const shareOfLimit = limitMs({ flops, bytes }, limits) / medianMs;
    return { name, medianMs, lowMs, highMs, samples, starts: medians, flops, bytes, shareOfLimit };
  });
}

/** What several results of one build have measured, with the starts of all. */
export function pooled(results: Comparable[]): Comparable {
  const limits = typicalLimits(results.map(({ limits }) => limits));
  const rows = results[0].rows.map((first): BenchRow => {
    const own = results.flatMap(({ rows }) => rows.find(({ name }) => name === first.name) ?? []);
    const starts = own.flatMap(startsOf);
    const { median: medianMs, low: lowMs, high: highMs } = estimate(starts);
    const samples = own.reduce((sum, row) => sum + row.samples, 0);
    return { ...first, medianMs, lowMs, highMs, samples, starts, shareOfLimit: limitMs(first, limits) / medianMs };
  });
  return { format: FORMAT, environment: results[0].environment, limits, rows };
}

/** The score, or the reason why there is none. */
function scoreOrReason(starts: ScoreStart[]): Pick<BenchResult, 'score' | 'invalid'> {
  if (starts.length === 0) return {};
  const throttling = describeThrottling(starts.flatMap(({ rounds }) => rounds));
  return throttling ? { invalid: [throttling] } : { score: scoreOf(starts) };
}
