import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { cli, newFolder } from './command.ts';
import { descendants, kill } from './processes.ts';

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
  '1000',
  '--epochs',
  '40',
  '--adapter',
  'software',
  '--no-tune',
  '--checkpoint-seconds',
  '0.1',
];
const hashOf = (stdout: string) => /SHA-256 ([0-9a-f]{64})/.exec(stdout)?.[1];
const epochsOf = (stdout: string) => [...stdout.matchAll(/Epoch (\d+)\/40/g)].map(([, epoch]) => Number(epoch));
const ALL = Array.from({ length: 40 }, (_, i) => i + 1);

/** Kills the command's process whose command line matches, once at the line of each of these epochs. */
function killer(command: RegExp, epochs: number[]): (stdout: string, child: ChildProcess) => void {
  const left = [...epochs];
  return (stdout, child) => {
    if (left.length === 0 || !stdout.includes(`Epoch ${left[0]}/40`)) return;
    left.shift();
    const found = descendants(child.pid ?? 0).find((process) => command.test(process.command));
    if (found) kill(found.pid);
  };
}

for (const [runtime, command, epochs, sentence] of [
  ['dawn', /dawn_process/, [1, 9, 25], 'Dawn’s process ended and was started again'],
  ['chrome', /--type=gpu-process/, [9, 25], 'The GPU was lost and came back'],
] as const) {
  test(`a run in ${runtime} whose driver dies goes on to the same bits`, async () => {
    const options = ['train', ...OPTIONS, '--runtime', runtime, '--out'];
    const whole = await cli([...options, join(newFolder(), 'whole')]);
    const out = join(newFolder(), 'run');
    const { status, stdout, stderr } = await cli([...options, out], { onOutput: killer(command, [...epochs]) });
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(epochs.length);
    for (const line of lines) expect(line).toContain(`${sentence}: training goes on from `);
    expect(status).toBe(0);
    expect(hashOf(stdout)).toBe(hashOf(whole.stdout));
    expect(epochsOf(stdout)).toEqual(ALL);
    expect(stdout.match(/^Adapter: /gm)).toHaveLength(1);
    const { history } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
    expect(history.map(({ epoch }: { epoch: number }) => epoch)).toEqual(ALL);
    expect(readdirSync(out)).toContain('model.safetensors');
  });
}

test('a run whose folder cannot be written for a while says so once, trains on and saves again', async () => {
  const options = ['train', ...OPTIONS, '--runtime', 'dawn', '--out'];
  const whole = await cli([...options, join(newFolder(), 'whole')]);
  const out = join(newFolder(), 'run');
  const aside = `${out}-aside`;
  const { status, stdout, stderr } = await cli([...options, out], {
    onOutput: (stdout) => {
      if (existsSync(aside)) {
        if (!stdout.includes('Epoch 20/40')) return;
        rmSync(out);
        renameSync(aside, out);
      } else if (stdout.includes('Epoch 5/40') && !stdout.includes('Epoch 20/40')) {
        renameSync(out, aside);
        writeFileSync(out, '');
      }
    },
  });
  expect(status).toBe(0);
  const lines = stderr.trim().split('\n');
  expect(
    lines.map((line) => /Not saved: \S+\/run\/(\w+)\S* cannot be written \(ENOTDIR\): /.exec(line)?.[1]).sort(),
  ).toEqual(['checkpoint', 'history']);
  expect(hashOf(stdout)).toBe(hashOf(whole.stdout));
  const { history } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
  expect(history.map(({ epoch }: { epoch: number }) => epoch)).toEqual(ALL);
  expect(readdirSync(out)).toContain('model.safetensors');
});

test('a run that waits for its driver ends at once when it is stopped', async () => {
  const out = join(newFolder(), 'run');
  let isStopped = false;
  const killDrivers = (child: ChildProcess) => {
    // Kills every one that comes, until the command has been waiting for a while.
    for (const { pid, command } of descendants(child.pid ?? 0)) {
      if (command.includes('dawn_process')) kill(pid);
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const { status, stderr, seconds } = await cli(['train', ...OPTIONS, '--runtime', 'dawn', '--out', out], {
    onOutput: (stdout, child) => {
      if (!stdout.includes('Epoch 9/40')) return;
      timer ??= setInterval(() => killDrivers(child), 100);
    },
    onError: (stderr, child) => {
      if (isStopped || !stderr.includes('next try is in 4 s')) return;
      isStopped = true;
      child.kill('SIGINT');
    },
  });
  clearInterval(timer);
  expect(isStopped).toBe(true);
  expect(stderr).toMatch(/Dawn’s process ended: waiting for it, the next try is in 1 s\.\n/);
  expect(stderr).toMatch(
    /Error: stopped while it waited to go on; the history of epochs 1 to \d+ is kept in .*; train --resume .* goes on from/,
  );
  expect(status).not.toBe(0);
  expect(seconds).toBeLessThan(60);
});
