import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { softmaxMultiplyForward } from '../shaders/softmax_multiply.ts';
import type { ProfileResult } from '../src/bench/profile_result.ts';
import type { Trace } from '../src/formats/trace.ts';
import { cli, newFolder, PROMPT_SECONDS } from './command.ts';

test.describe.configure({ mode: 'serial' });

const SIZES = '--time-steps 16 --units 8 --batch-size 64 --samples 640'.split(' ');
const ON_DAWN = [...SIZES, '--runtime', 'dawn', '--adapter', 'software'];
let ofStep: ProfileResult;

test('a step: the table within 80 columns, the profile as JSON, and a trace', async () => {
  const [json, trace] = ['profile.json', 'trace.json'].map((name) => join(newFolder(), name));
  const { status, stdout, stderr } = await cli(['profile', ...ON_DAWN, '--json', json, '--trace', trace]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  ofStep = JSON.parse(readFileSync(json, 'utf8'));
  expect(ofStep).toMatchObject({ length: 'step', stopped: false, environment: { runtime: 'dawn', fused: true } });
  expect(stdout).toMatch(/^kernel +count +total ms +mean ms +p95 ms +share$/m);
  expect(stdout).toMatch(/^kernel +MFLOP +MB +GFLOP\/s +GB\/s +of limit$/m);
  for (const { name } of ofStep.rows) expect(stdout.match(new RegExp(`^${name} `, 'gm'))).toHaveLength(2);
  expect(stdout).toMatch(/^timestamps, multiples of \d+ ns$/m);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(ofStep.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);

  const { traceEvents, otherData }: Trace = JSON.parse(readFileSync(trace, 'utf8'));
  expect(otherData.adapter).toBe(ofStep.environment.adapter.description);
  const events = traceEvents.filter(({ ph }) => ph === 'X');
  expect(events.map(({ name }) => name)).toEqual(ofStep.timeline.spans.map(({ name }) => name));
});

test('an epoch of single kernels on chrome, compared with a faster past, exits 1', async () => {
  const old = join(newFolder(), 'old.json');
  const rows = ofStep.rows.map((row) => {
    const medianMs = row.medianMs / 1000;
    return { ...row, medianMs, lowMs: medianMs, highMs: medianMs, starts: Array(6).fill(medianMs) };
  });
  writeFileSync(old, JSON.stringify({ ...ofStep, rows }));
  const options = ['--epoch', '--unfused', '--adapter', 'software', '--compare', old];
  const { status, stdout, stderr } = await cli(['profile', ...SIZES, ...options]);
  expect(stderr).toBe('');
  expect(status).toBe(1);
  expect(stdout).toContain('An epoch of 9 training and 1 validation steps, single kernels');
  expect(stdout).toMatch(/^softmax_forward +10 /m);
  expect(stdout).toMatch(/^softmax_backward +9 /m);
  expect(stdout).toMatch(/^lstm_forward .* slower × [\d.]+$/m);
  expect(stdout).toMatch(/^softmax_multiply_forward .* missing$/m);
  expect(stdout).toMatch(/^softmax_forward .* new$/m);
  expect(stdout).toContain('Warning: the lengths differ: then step, now epoch');
});

test('--wgsl prints what training runs, and times nothing', async () => {
  const { status, stdout, seconds } = await cli(['profile', ...ON_DAWN, '--wgsl', 'softmax_multiply_forward']);
  expect(status).toBe(0);
  expect(stdout).toBe(
    `// softmax_multiply_forward\n${softmaxMultiplyForward.code({ rows: 16, samples: 64 }, 'lane').trim()}\n`,
  );
  expect(seconds).toBeLessThan(PROMPT_SECONDS);
  const other = await cli(['profile', ...ON_DAWN, '--no-tune', '--wgsl', 'softmax_forward']);
  expect(other.status).toBe(2);
  expect(other.stderr).toMatch(/^Error: this training runs no kernel softmax_forward: give one of gather_batch, /);
});

test('it refuses impossible options before it measures anything', async () => {
  const bench = join(newFolder(), 'bench.json');
  const { timeline: _, ...rest } = ofStep;
  writeFileSync(bench, JSON.stringify(rest));
  const compared = await cli(['profile', ...ON_DAWN, '--compare', bench]);
  expect(compared.status).toBe(1);
  expect(compared.stderr).toMatch(/bench\.json has no timeline: give a file that profile --json .* wrote\n$/);
  const both = await cli(['profile', '--wgsl', 'adam', '--epoch']);
  expect(both.status).toBe(2);
  expect(both.stderr).toContain("'--wgsl <kernel>' cannot be used with option '--epoch'");
});
