import { shown } from '../rules.ts';
import { quote } from '../text/quote.ts';
import { type Change, chanceOf, changeOf, holm, smallestChange } from './estimate.ts';
import { digits, formatChange } from './figures.ts';
import { type Limits, limitMs } from './limits.ts';
import { median } from './measure.ts';
import { type BenchRow, type Comparable, startsOf } from './result.ts';

export type Verdict = 'slower' | 'faster' | 'not told apart' | 'missing' | 'new';

export interface RowComparison {
  name: string;
  verdict: Verdict;
  oldMs?: number;
  newMs?: number;
  /**
   * New / old, as measured or with what the machine may have changed taken out, whichever is nearer to 1. Absent unless
   * both have the row.
   */
  change?: number;
  /**
   * The smallest factor of a change that this comparison would have found with a probability of 90 %; absent unless
   * both have the row.
   */
  smallest?: number;
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

export interface CompareOptions {
  /** The starts of the two took turns, so the machine was the same for both. */
  inTurns?: boolean;
}

/** Between two moments, smaller changes count as the machine's. */
export const NOISE = 0.05;
/** A change that all rows share may be the machine's up to this factor: other load, another clock. */
const DRIFT = 1.15;
/** A larger factor than this is no change that anybody looks for. */
const MOST_SHOWN = 100;
/** Fewer rows than this have no change that all of them share. */
const SHARED_ROWS = 5;

/**
 * Matches the rows by name. A row is slower or faster if its starts tell so: Welch's test of their logarithms, with
 * Holm's correction over the rows, so that the chance of any such verdict without a change is at most 5 %.
 *
 * Unless the starts took turns, the machine may have changed between the two results. Then a row counts as slower only
 * if it is slower by over 5 % as measured, after scaling by the change of the limits' least time for it (if a limit
 * moved by over 5 %), and after scaling by the change that all rows share. All of them, because a kernel may not be
 * bound by what the limit measures: on a shared machine the multiply-add peak doubled while the kernels kept their
 * times. Between two adapters nothing is scaled, because the machines are what is compared.
 */
export function compareResults(old: Comparable, now: Comparable, { inTurns = false }: CompareOptions = {}): Comparison {
  const limits = {
    multiplyAddGflops: now.limits.multiplyAddGflops / old.limits.multiplyAddGflops,
    copyGBs: now.limits.copyGBs / old.limits.copyGBs,
  };
  const mayDrift = !inTurns && old.environment.adapter.description === now.environment.adapter.description;
  const isNormalised =
    mayDrift && Object.values(limits).some((change) => Math.abs(Math.log(change)) > Math.log(1 + NOISE));
  const pairs = pairRows(old.rows, now.rows);
  const shared = mayDrift ? sharedChange(pairs) : 1;
  const tested = pairs.map(({ then, row, change }) => {
    // The old row's cost for both: less work in the new row is a gain of the code, not of the machine.
    const machine = isNormalised ? limitMs(then, now.limits) / limitMs(then, old.limits) : 1;
    return testRow({ then, row, change }, [1, machine, shared], inTurns ? 0 : NOISE);
  });
  const told = holm(tested.map(({ chance }) => chance));
  const compared = pairs.map((pair, i) => describeRow(pair, tested[i], told[i], pairs.length));
  return { rows: ordered(compared, old.rows, now.rows), limits, isNormalised, warnings: differences(old, now) };
}

/** A row of both results. */
interface Pair {
  then: BenchRow;
  row: BenchRow;
  change: Change;
}

function pairRows(old: BenchRow[], now: BenchRow[]): Pair[] {
  const newRows = new Map(now.map((row) => [row.name, row]));
  return old.flatMap((then) => {
    const row = newRows.get(then.name);
    return row ? [{ then, row, change: changeOf(startsOf(then), startsOf(row)) }] : [];
  });
}

function sharedChange(pairs: Pair[]): number {
  if (pairs.length < SHARED_ROWS) return 1;
  return Math.min(DRIFT, Math.max(1 / DRIFT, median(pairs.map(({ change }) => change.change))));
}

interface Tested {
  /** The chance of such a row without a change, whichever of the machine's changes is true. */
  chance: number;
  change: number;
  /** What a change must exceed, whatever its error: the machine's possible changes, and noise. */
  floor: number;
}

/** `machines` are the possible changes of the machine. */
function testRow({ change }: Pair, machines: number[], noise: number): Tested {
  const changes = machines.map((machine) => change.change / machine);
  const nearest = changes.reduce((a, b) => (Math.abs(Math.log(b)) < Math.abs(Math.log(a)) ? b : a));
  const sides = new Set(changes.map((value) => Math.sign(Math.log(value))));
  const isBeyond = sides.size === 1 && Math.abs(Math.log(nearest)) > Math.log(1 + noise);
  const chance = isBeyond ? Math.max(...machines.map((machine) => chanceOf(change, machine))) : 1;
  return { chance, change: nearest, floor: (Math.max(...machines) / Math.min(...machines)) * (1 + noise) };
}

function describeRow(
  { then, row, change }: Pair,
  { change: nearest, floor }: Tested,
  isTold: boolean,
  count: number,
): RowComparison {
  const verdict = isTold ? (nearest > 1 ? 'slower' : 'faster') : 'not told apart';
  const smallest = Math.max(floor, smallestChange(change, count));
  return { name: then.name, verdict, oldMs: then.medianMs, newMs: row.medianMs, change: nearest, smallest };
}

/** The compared rows in the order of the old result, with the missing ones, and the new ones at the end. */
function ordered(compared: RowComparison[], old: BenchRow[], now: BenchRow[]): RowComparison[] {
  const byName = new Map(compared.map((row) => [row.name, row]));
  const known = old.map(
    ({ name, medianMs }): RowComparison => byName.get(name) ?? { name, verdict: 'missing', oldMs: medianMs },
  );
  const added = now.filter(({ name }) => !old.some((row) => row.name === name));
  return [...known, ...added.map(({ name, medianMs }): RowComparison => ({ name, verdict: 'new', newMs: medianMs }))];
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
  for (const [when, { rows }] of [
    ['then', old],
    ['now', now],
  ] as const) {
    if (rows.some((row) => startsOf(row).length < 2)) {
      warnings.push(`the result of ${when} has one start, which tells nothing of another: measure it again`);
    }
  }
  return warnings;
}

/** The verdict on a row as text: slower +12 %, not told apart (8 %), new. In brackets: what would have been found. */
export function describeVerdict({ verdict, change, smallest }: RowComparison): string {
  if (change === undefined || smallest === undefined) return verdict;
  if (verdict !== 'not told apart') return `${verdict} ${formatChange(change)}`;
  if (smallest > MOST_SHOWN) return verdict;
  return `${verdict} (${smallest >= 2 ? `× ${digits(smallest)}` : `${Math.ceil(100 * (smallest - 1))} %`})`;
}
