import { shown } from '../rules.ts';
import { quote } from '../text/quote.ts';
import { formatChange } from './figures.ts';
import { type Limits, limitMs } from './limits.ts';
import type { BenchRow, Comparable } from './result.ts';

export type Verdict = 'slower' | 'faster' | 'same' | 'missing' | 'new';

export interface RowComparison {
  name: string;
  verdict: Verdict;
  oldMs?: number;
  newMs?: number;
  /**
   * New / old median, as measured or scaled by the machine's own change, whichever is nearer to 1. Absent unless both
   * have the row.
   */
  change?: number;
}

export interface Comparison {
  rows: RowComparison[];
  /** New / old of the adapter's limits. */
  limits: Limits;
  /** Whether the limits differ by more than noise, so that rows are also compared after scaling. */
  isNormalised: boolean;
  /** Reasons why the two results may not be comparable. */
  warnings: string[];
}

/** Smaller changes count as noise, however narrow the intervals are. */
export const NOISE = 0.05;

/**
 * Matches the rows by name. A row is slower if the medians' intervals do not meet and the medians are more than 5 %
 * apart. If a limit also moved by over 5 %, the machine may have changed. Then a row counts as slower only if it is
 * slower both as measured and after scaling by the change of the limits' least time for it. Both, because a kernel may
 * not be bound by what the limit measures: on a shared machine the multiply-add peak doubled while the kernels kept
 * their times. Between two adapters nothing is scaled, because the machines are what is compared.
 */
export function compareResults(old: Comparable, now: Comparable): Comparison {
  const limits = {
    multiplyAddGflops: now.limits.multiplyAddGflops / old.limits.multiplyAddGflops,
    copyGBs: now.limits.copyGBs / old.limits.copyGBs,
  };
  const isSameAdapter = old.environment.adapter.description === now.environment.adapter.description;
  const isNormalised =
    isSameAdapter && Object.values(limits).some((change) => Math.abs(Math.log(change)) > Math.log(1 + NOISE));
  const newRows = new Map(now.rows.map((row) => [row.name, row]));
  const rows = old.rows.map((row): RowComparison => {
    const newRow = newRows.get(row.name);
    newRows.delete(row.name);
    if (!newRow) return { name: row.name, verdict: 'missing', oldMs: row.medianMs };
    // The old row's cost for both: less work in the new row is a gain of the code, not of the machine.
    const machine = isNormalised ? limitMs(row, now.limits) / limitMs(row, old.limits) : 1;
    return compareRow(row, newRow, [1, machine]);
  });
  for (const { name, medianMs } of newRows.values()) rows.push({ name, verdict: 'new', newMs: medianMs });
  return { rows, limits, isNormalised, warnings: differences(old, now) };
}

/** `machines` are the changes of the machine to divide by. The verdict must be the same under each. */
function compareRow(old: BenchRow, now: BenchRow, machines: number[]): RowComparison {
  const verdicts = new Set(machines.map((machine) => verdictOf(old, now, machine)));
  const changes = machines.map((machine) => now.medianMs / machine / old.medianMs);
  const change = changes.reduce((a, b) => (Math.abs(Math.log(b)) < Math.abs(Math.log(a)) ? b : a));
  const [verdict] = verdicts.size === 1 ? verdicts : (['same'] as const);
  return { name: old.name, verdict, oldMs: old.medianMs, newMs: now.medianMs, change };
}

function verdictOf(old: BenchRow, now: BenchRow, machine: number): Verdict {
  const change = now.medianMs / machine / old.medianMs;
  if (change > 1 + NOISE && now.lowMs / machine > old.highMs) return 'slower';
  if (change < 1 / (1 + NOISE) && now.highMs / machine < old.lowMs) return 'faster';
  return 'same';
}

function differences(old: Comparable, now: Comparable): string[] {
  const warnings: string[] = [];
  const adapters = [old, now].map(({ environment }) => environment.adapter.description);
  if (adapters[0] !== adapters[1]) warnings.push(`the adapters differ: then ${adapters[0]}, now ${adapters[1]}`);
  const timers = [old, now].map(({ environment }) => environment.timer);
  if (timers[0] !== timers[1]) warnings.push(`the timers differ: then ${timers[0]}, now ${timers[1]}`);
  for (const [name, value] of Object.entries(now.environment.config)) {
    const before = (old.environment.config as unknown as Record<string, unknown>)[name];
    if (before !== value) warnings.push(`${shown(name)} differs: then ${quote(before)}, now ${quote(value)}`);
  }
  return warnings;
}

/** The verdict on a row as text: slower +12 %, same (+1 %), new. */
export function describeVerdict({ verdict, change }: RowComparison): string {
  if (change === undefined) return verdict;
  return verdict === 'same' ? `same (${formatChange(change)})` : `${verdict} ${formatChange(change)}`;
}
