/** A system that takes its turn in every round, telling of it. */
export interface Contestant<Event> {
  /** Milliseconds for all of its turns; after that it gets no more. */
  budgetMs: number;
  turn(round: number): AsyncGenerator<Event, void>;
}

/**
 * The baseline and the others take turns, so that a slow moment of the machine slows them all; another one begins each
 * round. Ends after `rounds`, when no other has budget left, or after an abort.
 */
export async function* takeTurns<Event>(
  baseline: Contestant<Event>,
  others: Contestant<Event>[],
  rounds: number,
  signal?: AbortSignal,
): AsyncGenerator<Event, void> {
  const spent = new Map<Contestant<Event>, number>();
  for (let round = 1; round <= rounds; round++) {
    const within = others.filter((other) => (spent.get(other) ?? 0) < other.budgetMs);
    if (within.length === 0) return;
    for (const contestant of rotate([baseline, ...within], round - 1)) {
      if (signal?.aborted) return;
      const started = performance.now();
      yield* contestant.turn(round);
      spent.set(contestant, (spent.get(contestant) ?? 0) + performance.now() - started);
    }
  }
}

function rotate<T>(values: T[], by: number): T[] {
  const first = by % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}
