import { inspect } from 'node:util';

/** A case of a program that tests run: its name, and work that throws if the case fails. */
export type Case = [name: string, work: () => Promise<void>];

/** Runs the cases one after the other. Returns each name with its error. */
export async function outcomesOf(cases: Case[]): Promise<[name: string, problem: string | undefined][]> {
  const outcomes: [string, string | undefined][] = [];
  for (const [name, work] of cases) {
    const problem = await work().then(
      () => undefined,
      (error) => inspect(error),
    );
    outcomes.push([name, problem]);
  }
  return outcomes;
}
