import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'playwright/test';
import type { BenchConfig } from '../src/bench/bench_config.ts';
import type { PeerRow } from '../src/bench/peers/ratios.ts';
import { comparePeers, type PeersReport, type PeersRequest, peersTable } from '../src/cli/peers.ts';
import { StatusLine } from '../src/cli/status_line.ts';
import { TileCache } from '../src/cli/tuning.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import type { Job } from '../src/jobs/protocol.ts';
import { fakePyTorch, fakePython } from '../test/fake_python.ts';
import { newFolder } from './command.ts';
import { collect } from './jobs.ts';

const CONFIG: BenchConfig = {
  batchSize: 32,
  timeSteps: 8,
  inputDim: 3,
  units: 4,
  singleAttentionVector: false,
  seed: 1337,
};
const ROUNDS = 2;
const STARTS = 2;

let firstLoss = Number.NaN;

test.beforeAll(async () => {
  const job: Job = { type: 'peers', config: CONFIG, tfjs: [], outside: [], rounds: 1, seconds: 1 };
  const events = await collect(runInDawn, job);
  const baseline = events.find((event) => event.type === 'peer-baseline');
  expect(baseline?.parameterCount).toBe(8 * 8 + 8 + 4 * 4 * (3 + 4 + 1) + 4 + 1);
  firstLoss = baseline?.firstLoss ?? Number.NaN;
});

/** Runs the comparison with `python` as the machine's Python. */
async function compare(
  python: string,
  request: Pick<PeersRequest, 'runtime' | 'peers'>,
  config = CONFIG,
): Promise<PeersReport> {
  const before = process.env.PYTHON;
  process.env.PYTHON = python;
  try {
    const status = new StatusLine({ isTTY: false, columns: 80, color: false, write: () => {} });
    const tiles = await TileCache.open(join(newFolder(), 'tiles.json'));
    const tuning = { off: true };
    return await comparePeers({
      config,
      adapter: 'auto',
      rounds: ROUNDS,
      starts: STARTS,
      tiles,
      tuning,
      status,
      ...request,
    });
  } finally {
    if (before === undefined) delete process.env.PYTHON;
    else process.env.PYTHON = before;
  }
}

function expectPlausible(row: PeerRow): void {
  expect(row.rounds).toBe(STARTS * ROUNDS);
  for (const value of [row.low, row.oursMs, row.theirsMs]) expect(value).toBeGreaterThan(0);
  expect(row.ratio).toBeGreaterThanOrEqual(row.low);
  expect(row.ratio).toBeLessThanOrEqual(row.high);
}

test('TensorFlow.js trains the same model in the same browser, PyTorch takes its turns beside it', async () => {
  const peers: PeersRequest['peers'] = ['tfjs-wasm', 'tfjs-cpu', 'pytorch'];
  const report = await compare(fakePyTorch(firstLoss), { runtime: 'chrome', peers });
  expect(report.notes).toEqual([]);
  expect(report.rows.map(({ peer, version }) => `${peer} ${version.split('.')[0]}`)).toEqual([
    'PyTorch eager 9',
    'PyTorch CUDA graph 9',
    'TensorFlow.js WASM 4',
    'TensorFlow.js CPU 4',
  ]);
  report.rows.forEach(expectPlausible);
  expect(report.rows[0].theirsMs).toBeCloseTo(5, 9);
  // "no threads" if the page is not isolated from other origins.
  expect(report.rows[2].detail).toMatch(/^SIMD, threads: [1-8]$/);
  expect(Object.keys(report.rows[2]).sort()).toEqual([
    'detail',
    'high',
    'low',
    'oursMs',
    'peer',
    'ratio',
    'rounds',
    'starts',
    'theirsMs',
    'version',
  ]);
  const lines = peersTable(report).split('\n');
  expect(lines).toHaveLength(2 + 4 + 1 + 4);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('TensorFlow.js has the single attention vector too', async () => {
  const config = { ...CONFIG, singleAttentionVector: true };
  const { rows } = await compare('python3', { runtime: 'chrome', peers: ['tfjs-cpu'] }, config);
  rows.forEach(expectPlausible);
});

test('on Dawn TensorFlow.js is left out, and so is what is missing; named, each is an error', async () => {
  const { rows, notes } = await compare(fakePyTorch(firstLoss), { runtime: 'dawn', peers: true });
  expect(rows.map(({ peer }) => peer)).toEqual(['PyTorch eager', 'PyTorch CUDA graph']);
  const sentence = 'TensorFlow.js runs in a browser only: use --runtime chrome, or leave the tfjs peers out';
  expect(notes).toEqual([sentence]);
  await expect(compare('python3', { runtime: 'dawn', peers: ['tfjs-wasm'] })).rejects.toThrow(sentence);

  const missing = '/nowhere/python3';
  expect((await compare(missing, { runtime: 'dawn', peers: true })).notes).toHaveLength(2);
  await expect(compare(missing, { runtime: 'dawn', peers: ['pytorch'] })).rejects.toThrow(
    /^no python3 with torch found/,
  );
});

test('a PyTorch that trains another model, or dies, gives no further ratio', async () => {
  const other = fakePyTorch(firstLoss + 1e-3);
  await expect(compare(other, { runtime: 'dawn', peers: ['pytorch'] })).rejects.toThrow(
    /^PyTorch trains another model: its first loss is 0\.\d+, ours 0\.\d+; leave it out$/,
  );
  const { rows, notes } = await compare(other, { runtime: 'dawn', peers: true });
  expect(rows).toEqual([]);
  expect(notes[0]).toContain('PyTorch trains another model');

  const dying = fakePython("process.stdin.once('data', () => process.exit(3))");
  await expect(compare(dying, { runtime: 'dawn', peers: ['pytorch'] })).rejects.toThrow(/python3: ended with 3\)/);
});

test('the job stands still while an outside peer takes its turn', async () => {
  // A step of this model takes far longer than an event takes to arrive.
  const config: BenchConfig = { ...CONFIG, batchSize: 512, timeSteps: 64, units: 16 };
  const job: Job = { type: 'peers', config, tfjs: [], outside: ['other'], rounds: 2, seconds: 600 };
  let stepMs = Number.NaN;
  let releasedAt = Number.NaN;
  let waitedMs = Number.NaN;
  for await (const event of runInDawn(job, { adapter: 'software', log: () => {} })) {
    if (event.type === 'failed') throw new Error(event.message);
    // In the second round the other one begins, and takes long enough for one of our samples.
    if (event.type === 'peer-turn' && event.round === 2) {
      await sleep(3 * stepMs);
      releasedAt = performance.now();
    }
    if (event.type === 'peer-sample') {
      stepMs = event.stepMs;
      waitedMs = performance.now() - releasedAt;
    }
  }
  // The sample was taken after the other's turn: since then at least the time of its step has passed.
  expect(waitedMs, `a step took ${stepMs} ms`).toBeGreaterThan(stepMs);
});
