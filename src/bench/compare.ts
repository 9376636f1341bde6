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
  /** New / old median, as measured or with the machine's own change taken out, whichever is nearer to 1; absent where one is. */
  change?: number;
}

export interface Comparison {
  rows: RowComparison[];
  /** New / old, of what the adapter does at best. */
  limits: Limits;
  /** Whether the limits differ by more than noise, and their change is reckoned with. */
  isNormalised: boolean;
  /** Why the two may not be comparable. */
  warnings: string[];
}

/** A smaller change is none, however narrow the intervals are. */
export const NOISE = 0.05;

/**
 * Matches the rows by name. A row is slower when the intervals of the two medians do not meet and the medians are more than
 * 5 % apart. Where a limit has changed by more than 5 % the machine itself may have been faster or slower then: such a row must
 * be slower as measured and also when the new times are divided by new / old of what the limits leave its arithmetic and traffic
 * at least. For what holds a kernel up need not be what a limit measures: on a shared machine the peak of multiply-adds was
 * seen to double while the kernels kept their time. Between two adapters nothing is taken out: there the machine is what is compared.
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
    // The old row's cost on both: less work in the new one is a gain of the code, not of the machine.
    const machine = isNormalised ? limitMs(row, now.limits) / limitMs(row, old.limits) : 1;
    return compareRow(row, newRow, [1, machine]);
  });
  for (const { name, medianMs } of newRows.values()) rows.push({ name, verdict: 'new', newMs: medianMs });
  return { rows, limits, isNormalised, warnings: differences(old, now) };
}

/** `machines` are the changes of the machine to reckon with: the verdict must be the same under each. */
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

/** What became of a row, as text: slower +12 %, same (+1 %), new. */
export function describeVerdict({ verdict, change }: RowComparison): string {
  if (change === undefined) return verdict;
  return verdict === 'same' ? `same (${formatChange(change)})` : `${verdict} ${formatChange(change)}`;
}
