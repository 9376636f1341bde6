import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import type { BenchResult, BenchRow } from '../src/bench/result.ts';
import { requireBenchResult } from '../src/bench/result_file.ts';
import { dispatchName } from '../src/gpu/kernel.ts';
import { KERAS_ADAM } from '../src/model/config.ts';
import { createPlan } from '../src/model/plan.ts';
import type { Check } from '../src/verify/check.ts';
import { cli, newFolder, type Outcome, PROMPT_SECONDS } from './command.ts';
import { runDawnProgram } from './dawn_program.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(300_000);

const CONFIG = { timeSteps: 8, inputDim: 1, units: 4, singleAttentionVector: false };
const SMALL = '--time-steps 8 --units 4 --batch-size 32 --seconds 0.3'.split(' ');
const ROW_KEYS = ['bytes', 'flops', 'highMs', 'lowMs', 'medianMs', 'name', 'samples', 'shareOfLimit', 'starts'];

/** The rows that a result must have: three sums, and every dispatch of the plan. */
function expectedRows(): string[] {
  const plan = createPlan({ config: CONFIG, batchSize: 32, samples: 128, slots: 1, adam: KERAS_ADAM });
  return [
    'training step',
    'forward only',
    'LSTM forward + backward',
    ...[...plan.forward, ...plan.backward].map(dispatchName),
  ];
}

async function bench(runtime: string, args: string[]): Promise<{ outcome: Outcome; result: BenchResult }> {
  const json = join(newFolder(), 'bench.json');
  const outcome = await cli([
    'bench',
    ...SMALL,
    '--runtime',
    runtime,
    '--adapter',
    'software',
    '--json',
    json,
    ...args,
  ]);
  expect(outcome.stderr).toBe('');
  return { outcome, result: JSON.parse(readFileSync(json, 'utf8')) };
}

function requireResult(result: BenchResult, runtime: string): void {
  requireBenchResult('the result', result);
  const { environment, limits, rows, ratios, lstmShareOfPeak, correctness } = result;
  expect(correctness.map(({ name }) => name)).toEqual(expectedRows().slice(3));
  expect(environment).toMatchObject({ runtime, timer: 'timestamp', droppedTimes: 0 });
  expect(environment.adapter.isSoftware).toBe(true);
  expect(environment.config).toMatchObject({ ...CONFIG, batchSize: 32 });
  expect(Object.keys(limits)).toEqual(['multiplyAddGflops', 'copyGBs']);
  for (const limit of Object.values(limits)) expect(limit).toBeGreaterThan(0);
  expect(ratios).toEqual([]);
  expect(rows.map(({ name }) => name)).toEqual(expectedRows());
  for (const row of rows) requireRow(row);
  expect(lstmShareOfPeak.median).toBeGreaterThan(0);
  expect(lstmShareOfPeak.median).toBeLessThan(1);
}

function requireRow(row: BenchRow): void {
  expect(Object.keys(row).sort()).toEqual(ROW_KEYS);
  expect(row.lowMs).toBeLessThanOrEqual(row.medianMs);
  expect(row.highMs).toBeGreaterThanOrEqual(row.medianMs);
  expect(row.samples, row.name).toBeGreaterThanOrEqual(6);
  expect(row.starts, row.name).toHaveLength(6);
  expect(row.shareOfLimit, row.name).toBeGreaterThan(0);
  expect(row.shareOfLimit, row.name).toBeLessThanOrEqual(1.2);
}

/** A busy machine alone makes a step a hundred times as long. */
const BEYOND_DOUBT = 1e5;

/** The file of a result in which every time is `factor` times as long and has no spread. */
function changed(result: BenchResult, factor: number): string {
  const rows = result.rows.map((row) => {
    const medianMs = factor * row.medianMs;
    return { ...row, medianMs, lowMs: medianMs, highMs: medianMs, starts: Array(6).fill(medianMs) };
  });
  const path = join(newFolder(), 'old.json');
  writeFileSync(path, JSON.stringify({ ...result, rows }));
  return path;
}

let onDawn: BenchResult;

test('bench on dawn: every row beside the limits, an epoch, JSON and CSV', { tag: '@alone' }, async () => {
  const csv = join(newFolder(), 'bench.csv');
  const { outcome, result } = await bench('dawn', ['--csv', csv]);
  expect(outcome.status).toBe(0);
  requireResult(result, 'dawn');
  onDawn = result;
  const { epoch } = result;
  expect(epoch?.outsideKernels).toBeLessThan(1);
  expect(epoch?.kernelSeconds).toBeGreaterThan(0);
  const lines = readFileSync(csv, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(1 + result.rows.length);
  const { starts: _, ...first } = result.rows[0];
  expect(lines[1]).toBe(Object.values(first).join(','));
  expect([...outcome.stdout].filter((character) => character < ' ' && character !== '\n')).toEqual([]);
  expect(Math.max(...outcome.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('bench on chrome: compared with a faster past it exits 1 and says what became slower', {
  tag: '@alone',
}, async () => {
  const { outcome, result } = await bench('chrome', ['--no-epoch', '--compare', changed(onDawn, 1 / BEYOND_DOUBT)]);
  expect(outcome.status).toBe(1);
  requireResult(result, 'chrome');
  expect(result.epoch).toBeUndefined();
  expect(outcome.stdout).toMatch(/^training step .* slower × [\d.e+]+$/m);
  expect(outcome.stdout).toContain(`${result.rows.length} of ${result.rows.length} became slower`);
});

test('compared with a slower past and a vanished row it exits 0', { tag: '@alone' }, async () => {
  const slower = JSON.parse(readFileSync(changed(onDawn, BEYOND_DOUBT), 'utf8'));
  slower.rows[1].name = 'softmax of old';
  slower.environment.config.units = 5;
  const old = join(newFolder(), 'old.json');
  writeFileSync(old, JSON.stringify(slower));
  const { outcome } = await bench('dawn', ['--no-epoch', '--compare', old]);
  expect(outcome.status).toBe(0);
  expect(outcome.stdout).toMatch(/^training step .* faster × [\d.e-]+$/m);
  expect(outcome.stdout).toMatch(/^softmax of old .* missing$/m);
  expect(outcome.stdout).toMatch(/^forward only .* new$/m);
  expect(outcome.stdout).toContain('Warning: units differs: then 5, now 4');
  expect(outcome.stdout).toContain('Nothing became slower');
});

test('a batch of copies has the loss and the gradients of its series, one of other series has not', async () => {
  const [same, other] = await runDawnProgram<Check[][]>('copied_batch');
  expect(same.map(({ passed }) => passed)).toEqual(Array(8).fill(true));
  expect(other.map(({ passed }) => passed)).toEqual(Array(8).fill(false));
});

test('a score of other sizes than the experiment’s is refused', async () => {
  const { status, stderr } = await cli(['bench', '--score', ...SMALL, '--runtime', 'dawn', '--adapter', 'software']);
  expect(status).toBe(2);
  expect(stderr).toContain('timeSteps is 8, but a score is of timeSteps 64: give that, or measure without a score');
});

test('a file that no benchmark wrote is refused before anything is measured', async () => {
  const other = join(newFolder(), 'other.json');
  writeFileSync(other, '{"rows": []}');
  const { status, stderr, stdout, seconds } = await cli(['bench', '--compare', other]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Error: .*other\.json has no environment: give a file that bench --json wrote\n$/);
  expect(stdout).toBe('');
  expect(seconds).toBeLessThan(PROMPT_SECONDS);
});
