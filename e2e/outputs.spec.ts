import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { packagePath } from '../src/hosts/package_path.ts';
import { cli, newFolder, PROMPT_SECONDS } from './command.ts';

test.setTimeout(300_000);

const MAIN = packagePath('dist/node/main.js');
const TRAIN = [
  'train',
  '--samples',
  '400',
  '--time-steps',
  '12',
  '--attention-column',
  '4',
  '--units',
  '4',
  '--epochs',
];
const DAWN = ['--runtime', 'dawn', '--adapter', 'software', '--no-tune'];
const CSV = Array.from({ length: 40 }, (_, n) => `${n % 7},${(n * n) % 5},${n % 3},${n % 2 ? 'up' : 'down'}\n`).join(
  '',
);

/** Runs a shell's line, in which `$RUN` is the command line. Returns its exit code and its output. */
function shell(line: string): Promise<{ status: number | null; output: string }> {
  const env = { ...process.env, RUN: `${process.execPath} ${MAIN}`, ATTENTION_LSTM_CACHE: newFolder() };
  const child = spawn('bash', ['-o', 'pipefail', '-c', line], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}

for (const [what, to] of [
  ['a closed pipe', '2>&1 | head -2'],
  ['a full device', '> /dev/full 2>&1'],
  ['a closed standard output', '>&- 2>&-'],
]) {
  test(`${what} ends no training`, async () => {
    const out = join(newFolder(), 'run');
    const { output } = await shell(`$RUN ${[...TRAIN, '30', ...DAWN, '--out', out].join(' ')} ${to}`);
    expect(output).not.toMatch(/at .*\.js:\d+/);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
    expect(JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')).history).toHaveLength(30);
  });
}

test('other commands end quietly when their output is closed', async () => {
  const { output } = await shell('$RUN doctor | head -1; $RUN --help | head -1; $RUN bench --help > /dev/full');
  expect(output.trim().split('\n')).toHaveLength(2);
});

test('a closed terminal ends no training', async () => {
  const out = join(newFolder(), 'run');
  const { status } = await cli([...TRAIN, '60', ...DAWN, '--out', out], {
    onOutput: (text, child) => {
      if (text.includes('Epoch 2/60') && !child.killed) child.kill('SIGHUP');
    },
  });
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')).history).toHaveLength(60);
});

test('a device, a folder, and a link to one are no models and no series', async () => {
  const folder = newFolder();
  symlinkSync('/dev/zero', join(folder, 'model.onnx'));
  symlinkSync('/dev/zero', join(folder, 'zero.csv'));
  mkdirSync(join(folder, 'series.csv'));
  const convert = await cli(['convert', join(folder, 'model.onnx'), join(folder, 'new.onnx')]);
  expect([convert.status, convert.stderr]).toEqual([1, expect.stringContaining('model.onnx is a device or socket')]);
  for (const [name, what] of [
    ['zero.csv', 'a device or socket'],
    ['series.csv', 'a folder'],
  ]) {
    const { status, stderr } = await cli(['train', '--data', join(folder, name), ...DAWN]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`${name} is ${what}: give a file of labelled series`),
    ]);
  }
});

test('series come from standard input and from a named pipe', async () => {
  const folder = newFolder();
  const file = join(folder, 'series.csv');
  writeFileSync(file, CSV);
  const train = `$RUN train --epochs 1 --batch-size 8 ${DAWN.join(' ')} --data`;
  for (const line of [
    `cat ${file} | ${train} - --out ${folder}/a`,
    `${train} <(cat ${file}) --out ${folder}/b`,
    `mkfifo ${folder}/pipe; cat ${file} > ${folder}/pipe & ${train} ${folder}/pipe --out ${folder}/c`,
  ]) {
    const { status, output } = await shell(line);
    expect([status, output]).toEqual([0, expect.stringMatching(/40 series of 3 steps[\s\S]*SHA-256 [0-9a-f]{64}/)]);
  }
});

test('a file of line ends alone is refused at once', async () => {
  const file = join(newFolder(), 'ends.csv');
  writeFileSync(file, '\n'.repeat(5e7));
  const { stderr, seconds } = await cli(['train', '--data', file, ...DAWN]);
  expect(stderr).toContain('it holds no series: give one row or more');
  process.stdout.write(`50 MB of line ends: ${seconds.toFixed(2)} s\n`);
  expect(seconds).toBeLessThan(PROMPT_SECONDS);
});
