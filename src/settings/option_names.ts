import { Failure } from '../errors.ts';
import { quote } from '../text/quote.ts';

/** Changes of single letters by which a wrong name may differ from the nearest one. */
const MOST_CHANGES = 2;
/** Longer than any name. */
const LONGEST = 40;

/**
 * Throws invalid-option if options are no object, or have a name that `call` does not know: with the nearest name that
 * it knows, or with all of them. An option that is undefined is as good as none.
 */
export function requireOptions(call: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || options instanceof AbortSignal) {
    throw new Failure('invalid-option', `${call} takes its options by name: give an object with ${known.join(', ')}`);
  }
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (!unknown) return;
  const [name] = unknown;
  const nearest = nearestName(name, known);
  const next = nearest ? `do you mean ${nearest}?` : `the names are ${known.join(', ')}`;
  throw new Failure('invalid-option', `${call} has no option ${quote(name)}: ${next}`);
}

/** The known name that a wrong one probably stands for: case and marks do not count, up to two letters may differ. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name.slice(0, LONGEST));
  const [nearest] = known
    .map((other) => ({ other, changes: changesBetween(letters, lettersOf(other)) }))
    .sort((a, b) => a.changes - b.changes);
  const most = Math.min(MOST_CHANGES, Math.floor(letters.length / 2));
  return nearest && nearest.changes <= most ? nearest.other : undefined;
}

const lettersOf = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Letters to insert, remove or replace between two words: Levenshtein's distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + Number(a[i] !== b[j])));
    }
    row = next;
  }
  return row[b.length];
}
