import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { RUN_FILES } from '../test/run_files.ts';
import { cli, newFolder } from './command.ts';

test.setTimeout(300_000);

const OPTIONS = [
  '--time-steps',
  '12',
  '--attention-column',
  '4',
  '--units',
  '8',
  '--batch-size',
  '64',
  '--samples',
  '2000',
  '--epochs',
  '40',
  '--runtime',
  'dawn',
  '--adapter',
  'software',
  '--no-tune',
  '--checkpoint-seconds',
  '0.1',
];
const hashOf = (stdout: string) => /SHA-256 ([0-9a-f]{64})/.exec(stdout)?.[1];
const epochsOf = (stdout: string) => [...stdout.matchAll(/Epoch (\d+)\/40/g)].map(([, epoch]) => Number(epoch));
/** A run's history except the seconds. */
const historyOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'history.json'), 'utf8')).history.map(
    ({ seconds: _, ...record }: object & { seconds: number }) => record,
  );

let whole: { hash: string | undefined; history: unknown };
test.beforeAll(async () => {
  const out = join(newFolder(), 'whole');
  const { stdout } = await cli(['train', ...OPTIONS, '--out', out]);
  whole = { hash: hashOf(stdout), history: historyOf(out) };
  expect(whole.hash).toBeDefined();
});

/** Trains until an epoch's line, then ends the process by a signal. Returns the folder. */
async function interrupted(signal: NodeJS.Signals, options = OPTIONS): Promise<string> {
  const out = join(newFolder(), 'run');
  const { stdout } = await cli(['train', ...options, '--out', out], {
    onOutput: (output, child) => {
      if (output.includes('Epoch 9/40') && !child.killed) child.kill(signal);
    },
  });
  expect(epochsOf(stdout)).not.toContain(40);
  return out;
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`after ${signal} a run goes on to the same bits, from where it was`, async () => {
    const out = await interrupted(signal);
    const { status, stdout, stderr } = await cli(['train', '--resume', out]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    // At most a tenth of a second is trained again, not the whole run.
    expect(epochsOf(stdout)[0]).toBeGreaterThan(1);
    expect(hashOf(stdout)).toBe(whole.hash);
    expect(historyOf(out)).toEqual(whole.history);
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
  });
}

test('if the newest checkpoint is broken, the one before is used, with a warning', async () => {
  const out = await interrupted('SIGKILL');
  expect(readdirSync(out)).toEqual(expect.arrayContaining(['checkpoint.before.safetensors']));
  truncateSync(join(out, 'checkpoint.safetensors'), 5000);
  const { stdout, stderr } = await cli(['train', '--resume', out]);
  expect(stderr).toMatch(/^Warning: checkpoint\.safetensors .*; going on from checkpoint\.before\.safetensors\n$/);
  expect(hashOf(stdout)).toBe(whole.hash);
});

test('a finished run goes on with more epochs, and only with its own settings', async () => {
  const out = join(newFolder(), 'run');
  await cli(['train', ...OPTIONS, '--epochs', '20', '--out', out]);
  const other = await cli(['train', '--resume', out, '--epochs', '40', '--units', '9']);
  expect(other.stderr).toContain('the checkpoint has units 8, this run 9: resume it with its own settings');
  const same = await cli(['train', '--resume', out]);
  expect(same.stdout).toContain('has ended after epoch 20 of 20. ');
  expect(same.status).toBe(0);
  const more = await cli(['train', '--resume', out, '--epochs', '40']);
  expect(epochsOf(more.stdout)[0]).toBe(21);
  expect(hashOf(more.stdout)).toBe(whole.hash);
});

test('own series go on with early stopping as if nothing had been, and only with the same series', async () => {
  const folder = newFolder();
  const data = join(folder, 'series.csv');
  const line = (n: number) => {
    const values = Array.from({ length: 12 }, (_, t) => Math.sin(n * 12.9898 + t * 78.233));
    return [...values, values[3] + values[5] > 0 ? 'up' : 'down'].join(',');
  };
  const rows = Array.from({ length: 1000 }, (_, n) => `${line(n)}\n`);
  writeFileSync(data, rows.join(''));
  const options = [
    '--data',
    data,
    '--validation-split',
    '0.2',
    '--split',
    'stratified',
    '--patience',
    '30',
    '--units',
    '8',
    '--epochs',
    '40',
    '--runtime',
    'dawn',
    '--adapter',
    'software',
    '--no-tune',
    '--batch-size',
    '32',
    '--learning-rate',
    '0.02',
    '--checkpoint-seconds',
    '0.1',
  ];
  const uninterrupted = await cli(['train', ...options, '--out', join(folder, 'whole')]);
  expect(uninterrupted.stderr).toBe('');
  const out = await interrupted('SIGKILL', options);
  const { stdout, stderr } = await cli(['train', '--resume', out]);
  expect(stderr).toBe('');
  expect(hashOf(stdout)).toBe(hashOf(uninterrupted.stdout));
  expect(readFileSync(join(out, 'model.safetensors')).length).toBeGreaterThan(1000);

  writeFileSync(data, rows.slice(0, 900).join(''));
  const changed = await cli(['train', '--resume', out, '--epochs', '70']);
  expect(changed.status).toBe(1);
  expect(changed.stderr).toContain(`the series are not those that the run in ${out} began with`);
});

test.describe('a folder without anything to go on from', () => {
  for (const [what, content, message] of [
    ['no run', undefined, /run\.json cannot be read .*: give the folder of a run/],
    ['a run of nothing', '{}', /run\.json has no flags: give the folder of a run/],
  ] as const) {
    test(`${what} is refused in a sentence`, async () => {
      const folder = newFolder();
      if (content) writeFileSync(join(folder, 'run.json'), content);
      const { status, stderr } = await cli(['train', '--resume', folder]);
      expect(stderr).toMatch(message);
      expect(status).toBe(1);
    });
  }
});

test('of several commands that start at once in one folder, one trains; a killed one keeps nobody out', async () => {
  const out = join(newFolder(), 'run');
  const start = (kill: boolean) =>
    cli(['train', ...OPTIONS, '--out', out], {
      onOutput: (output, child) => {
        if (kill && output.includes('Epoch 2/40') && !child.killed) child.kill('SIGKILL');
      },
    });
  const [trained, ...refused] = (await Promise.all([true, true, true].map(start))).sort((a, b) => {
    return Number(b.stdout.includes('Epoch')) - Number(a.stdout.includes('Epoch'));
  });
  expect(trained.status).toBeNull();
  for (const { status, stdout, stderr } of refused) {
    expect(stdout).not.toContain('Epoch');
    expect(stderr).toContain(`another process trains in the folder ${out}: wait until it has ended`);
    expect(status).toBe(2);
  }
  const [resumed, second] = (await Promise.all([1, 2].map(() => cli(['train', '--resume', out])))).sort((a, b) => {
    return Number(a.status) - Number(b.status);
  });
  expect(hashOf(resumed.stdout)).toBe(whole.hash);
  // The second one comes while the first one trains, or after its end.
  if (second.status !== 0) expect(second.stderr).toContain(`another process trains in the folder ${out}: `);
  else expect(second.stdout).toContain('has ended after epoch 40 of 40');
});
