import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareResults } from '../src/bench/compare.ts';
import { percent } from '../src/bench/figures.ts';
import { mean, median } from '../src/bench/measure.ts';
import type { BenchResult } from '../src/bench/result.ts';
import { table } from '../src/cli/terminal.ts';
import { cli, newFolder } from './command.ts';
import { runDawnProgram } from './dawn_program.ts';
import { expect, test } from './fixtures.ts';
import type { Ladder } from './ladder.ts';

// Where the variance of a measurement comes from, and how often a build differs from itself. Both are reports: they
// depend on the machine, so nothing here fails because of a figure. `npm run test:aa` runs the long form.

const { ATTENTION_LSTM_AA: COMPARISONS, ATTENTION_LSTM_AA_RUNTIME: RUNTIME = 'dawn' } = process.env;
const isLong = COMPARISONS !== undefined;
const PROCESSES = isLong ? 5 : 2;
const SMALL = ['--time-steps', '8', '--units', '4', '--batch-size', '32', '--seconds', '0.1', '--starts', '2'];

/** Values at the lowest level, lists of them above. */
type Nested = number[] | Nested[];

test.describe.configure({ timeout: isLong ? 24 * 3600_000 : 300_000 });

test('the ladder: how far rounds, buffers, devices and processes are apart', { tag: '@alone' }, async () => {
  const ladders: Ladder[] = [];
  while (ladders.length < PROCESSES) ladders.push(await runDawnProgram<Ladder>('ladder'));
  const [{ names }] = ladders;
  const spreads = names.map((_, dispatch) => {
    const ofDispatch = ladders.map(({ ms }) =>
      ms.map((buffers) => buffers.map((rounds) => rounds.map((times) => Math.log(times[dispatch])))),
    );
    return spreadsOf(ofDispatch);
  });
  const headers = ['spread between', 'rounds', 'buffers', 'devices', 'processes'];
  const cells = names.map((name, i) => [name, ...spreads[i].map(percent)]);
  report(table(headers, cells, ['left', 'right', 'right', 'right', 'right']));
  for (const levels of spreads) {
    expect(levels).toHaveLength(4);
    for (const spread of levels) expect(spread).toBeGreaterThanOrEqual(0);
  }
});

test('A/A: how often a build differs from itself, and how often an interval holds the median of all', {
  tag: '@alone',
}, async () => {
  const results: BenchResult[] = [];
  // One cache, as a user has it: all runs have the same tiles.
  const env = { ATTENTION_LSTM_CACHE: newFolder() };
  while (results.length < 2 * Number(COMPARISONS ?? 1)) {
    const json = join(newFolder(), 'aa.json');
    const options = ['--runtime', RUNTIME, '--adapter', 'software', '--no-epoch', '--json', json];
    const { status, stderr } = await cli(['bench', ...options, ...(isLong ? [] : SMALL)], { env });
    expect(status, stderr).toBe(0);
    results.push(JSON.parse(readFileSync(json, 'utf8')));
  }
  const comparisons = results.flatMap((now, i) => (i % 2 === 1 ? [compareResults(results[i - 1], now)] : []));
  const wrong = comparisons.filter(({ rows }) => rows.some(({ verdict }) => verdict !== 'not told apart'));
  const held = results[0].rows.flatMap(({ name }) => {
    const own = results.flatMap(({ rows }) => rows.filter((row) => row.name === name));
    const truth = median(own.map(({ medianMs }) => medianMs));
    return own.map(({ lowMs, highMs }) => (lowMs <= truth && truth <= highMs ? 1 : 0));
  });
  report(`comparisons that told a difference: ${wrong.length} of ${comparisons.length}`);
  report(`intervals that hold the median of all runs: ${percent(mean(held))} of ${held.length}`);
  expect(comparisons.flatMap(({ warnings }) => warnings)).toEqual([]);
});

function report(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The spread of logarithms at each level, the lowest first: of the medians within the same parent. */
function spreadsOf(values: Nested): number[] {
  const levels: number[][] = [];
  medianOf(values, levels);
  return levels.map((variances) => Math.sqrt(mean(variances)));
}

/** The median of the medians below. Adds the variance of its children to the level of `values`. */
function medianOf(values: Nested, levels: number[][]): number {
  const children = values.map((child) => (typeof child === 'number' ? child : medianOf(child, levels)));
  const center = mean(children);
  const squares = children.reduce((sum, child) => sum + (child - center) ** 2, 0);
  const depth = depthOf(values);
  levels[depth] = [...(levels[depth] ?? []), squares / Math.max(1, children.length - 1)];
  return median(children);
}

function depthOf(values: Nested): number {
  const [first] = values;
  return typeof first === 'number' ? 0 : 1 + depthOf(first);
}
