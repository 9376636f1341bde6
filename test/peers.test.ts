import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type PeerSample, requireSameModel, Sampler } from '../src/bench/peers/peer.ts';
import { comparePairs } from '../src/bench/peers/ratios.ts';
import { type Contestant, takeTurns } from '../src/bench/peers/rounds.ts';

const SLOW_MS = 30;

// Turns take as long as the tests say, however busy the machine is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function contestant(name: string, budgetMs = Number.POSITIVE_INFINITY, turnMs = 0): Contestant<string> {
  return {
    budgetMs,
    async *turn(round) {
      vi.advanceTimersByTime(turnMs);
      yield `${name}${round}`;
    },
  };
}

async function turnsOf(...args: Parameters<typeof takeTurns<string>>): Promise<string[]> {
  const turns: string[] = [];
  for await (const turn of takeTurns(...args)) turns.push(turn);
  return turns;
}

test('everyone takes a turn in every round, and another one begins each', async () => {
  const turns = await turnsOf(contestant('a'), [contestant('b'), contestant('c')], 4);
  expect(turns).toEqual(['a1', 'b1', 'c1', 'b2', 'c2', 'a2', 'c3', 'a3', 'b3', 'a4', 'b4', 'c4']);
});

test('a peer beyond its budget gets no further round; with nobody left it ends', async () => {
  const slow = contestant('s', 1.5 * SLOW_MS, SLOW_MS);
  expect(await turnsOf(contestant('a'), [slow, contestant('b')], 3)).toEqual([
    'a1',
    's1',
    'b1',
    's2',
    'b2',
    'a2',
    'a3',
    'b3',
  ]);
  expect(await turnsOf(contestant('a'), [contestant('s', SLOW_MS / 2, SLOW_MS)], 20)).toEqual(['a1', 's1']);
  expect(await turnsOf(contestant('a'), [], 20)).toEqual([]);
});

test('what waits for the next event counts as the turn of who told it', async () => {
  const turns: string[] = [];
  for await (const turn of takeTurns(contestant('a'), [contestant('p', SLOW_MS / 2)], 20)) {
    turns.push(turn);
    if (turn.startsWith('p')) vi.advanceTimersByTime(SLOW_MS);
  }
  expect(turns).toEqual(['a1', 'p1']);
});

test('an abort ends it before the next turn', async () => {
  const controller = new AbortController();
  const turns: string[] = [];
  for await (const turn of takeTurns(contestant('a'), [contestant('b')], 20, controller.signal)) {
    turns.push(turn);
    if (turn === 'b2') controller.abort();
  }
  expect(turns).toEqual(['a1', 'b1', 'b2']);
});

test('a sample is of as many steps as fill 100 ms, or of one; the first run is warm-up', async () => {
  const counts = async (stepMs: number) => {
    const runs: number[] = [];
    const sampler = new Sampler({
      run: async (steps) => {
        runs.push(steps);
        return steps * stepMs;
      },
    });
    expect(await sampler.sample()).toBeCloseTo(stepMs, 9);
    await sampler.sample();
    return runs;
  };
  expect(await counts(250)).toEqual([1, 1, 1]);
  expect(await counts(8)).toEqual([1, 13, 13]);
  expect(await counts(1e-9)).toEqual([1, 10_000, 10_000]);
});

test('ratios are of samples of the same round', () => {
  const description = { peer: 'p', version: '1', detail: 'CPU' };
  const ours = [1, 2, 3, 4].map((stepMs, i): PeerSample => ({ round: i + 1, stepMs }));
  // Round 2 is missing, round 5 has no partner: ratios 1/10, 3/10, 4/20.
  const theirs = [
    [1, 10],
    [3, 10],
    [4, 20],
    [5, 1],
  ].map(([round, stepMs]): PeerSample => ({ peer: 'p', round, stepMs }));
  const start = [...theirs, ...ours];
  const absent = { peer: 'absent', version: '1', detail: '' };
  const [row, ...others] = comparePairs([start, start, ours], [description, absent]);
  expect(others).toEqual([]);
  expect(row).toMatchObject({ ...description, ratio: 0.2, oursMs: 3, theirsMs: 10, rounds: 6, starts: [0.2, 0.2] });
  expect(row.low).toBeLessThan(0.2);
  expect(row.high).toBeGreaterThan(0.2);
});

test('another model is refused, and so is a loss that is not a number', () => {
  const ours = { parameterCount: 173, firstLoss: 0.7 };
  const check = (theirs: Partial<typeof ours>) => () => requireSameModel('Peer', { ...ours, ...theirs }, ours);
  expect(check({ firstLoss: 0.70005 })).not.toThrow();
  expect(check({ firstLoss: 0.7002 })).toThrow('Peer trains another model: its first loss is 0.7002, ours 0.7');
  expect(check({ firstLoss: Number.NaN })).toThrow('its first loss is NaN');
  expect(check({ parameterCount: 301 })).toThrow('its number of parameters is 301, ours 173; leave it out');
});
