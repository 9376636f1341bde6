import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { createProgram } from '../src/cli/program.ts';
import { sha256 } from '../src/data/sha256.ts';
import { readModel } from '../src/formats/model_file.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import { createArena, packArena } from '../src/model/parameters.ts';
import type { EpochRecord } from '../src/train/history.ts';
import { RUN_FILES } from '../test/run_files.ts';
import { cli, newFolder, PROMPT_SECONDS } from './command.ts';

test.setTimeout(300_000);

const TINY = '--samples 200 --time-steps 8 --attention-column 3 --units 4 --batch-size 32 --epochs 2'.split(' ');

for (const runtime of ['chrome', 'dawn']) {
  test(`train on ${runtime} prints what Keras prints and leaves its files`, async () => {
    const out = join(newFolder(), 'run');
    const json = join(newFolder(), 'result.json');
    const { status, stdout, stderr } = await cli([
      'train',
      ...TINY,
      '--runtime',
      runtime,
      '--out',
      out,
      '--json',
      json,
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('Train on 180 samples, validate on 20 samples');
    expect(stdout).toMatch(
      /Epoch 1\/2\n6\/6 - \d+s - loss: 0\.\d{4} - accuracy: 0\.\d{4} - val_loss: 0\.\d{4} - val_accuracy: \d\.\d{4}\nEpoch 2\/2\n6\/6/,
    );
    expect(stdout).toContain('planted');
    expect([...stdout].filter((character) => character < ' ' && character !== '\n')).toEqual([]);
    // A terminal wraps sentences by itself.
    const lines = stdout.split('\n').filter((line) => !line.startsWith('Not trained yet'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(80, out.length + 70));
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
    expect(readFileSync(join(out, 'history.csv'), 'utf8').trim().split('\n')).toHaveLength(3);
    expect(readFileSync(join(out, 'attention.csv'), 'utf8').trim().split('\n')).toHaveLength(9);
    const history = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
    expect(history.history.map((record: EpochRecord) => typeof record.valAccuracy)).toEqual(['number', 'number']);
    const result = JSON.parse(readFileSync(json, 'utf8'));
    expect(result).toEqual(history);
    expect(result.evaluation.validation.samples).toBe(20);
    expect(result.config.units).toBe(4);
  });
}

test('the parameters that early stopping restores are reported and written, and the run goes on from its last epoch', async () => {
  const out = join(newFolder(), 'run');
  const sizes = '--samples 200 --time-steps 12 --attention-column 4 --units 4 --batch-size 32'.split(' ');
  const stopping = '--learning-rate 0.3 --patience 2 --runtime dawn --adapter software'.split(' ');
  const { stdout, stderr } = await cli(['train', ...sizes, ...stopping, '--epochs', '40', '--out', out]);
  expect(stderr).toBe('');
  const best = Number(/these are the parameters of epoch (\d+), the best/.exec(stdout)?.[1]);
  const read = readModel('model', readFileSync(join(out, 'model.safetensors')));
  const sha = await sha256(packArena(createArena(read.config), read.parameters));
  expect(stdout).toContain(`SHA-256 ${sha}`);
  const { history, bestEpoch, parametersSha256 } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
  expect({ bestEpoch, parametersSha256 }).toEqual({ bestEpoch: best, parametersSha256: sha });
  const losses = history.map(({ valLoss }: EpochRecord) => valLoss);
  expect(losses.indexOf(Math.min(...losses)) + 1).toBe(best);
  expect(read.checkpoint).toMatchObject({ epoch: best + 2, best: { epoch: best } });
  const lead = `The parameters are those of epoch ${best}, the best.`;
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(lead);
});

test('a folder with a file that a run would replace is refused and kept', async () => {
  const out = newFolder();
  writeFileSync(join(out, 'history.json'), 'mine');
  const { status, stderr } = await cli(['train', ...TINY, '--out', out]);
  expect(status).toBe(2);
  expect(stderr).toContain(`${out} already has a history.json`);
  expect(readFileSync(join(out, 'history.json'), 'utf8')).toBe('mine');
});

test('Ctrl-C stops in order: files are written and the exit code says so', async () => {
  const out = join(newFolder(), 'run');
  let interrupted = false;
  const { status, stdout } = await cli(['train', ...TINY, '--epochs', '5000', '--runtime', 'dawn', '--out', out], {
    onOutput: (text, child) => {
      if (!interrupted && text.includes('Epoch 2/5000')) {
        interrupted = true;
        child.kill('SIGINT');
      }
    },
  });
  expect(status).toBe(130);
  expect(stdout).toContain('Stopped after');
  expect(readdirSync(out).sort()).toEqual(RUN_FILES);
});

const BAD: [string, string[], number, RegExp][] = [
  ['batch 0', ['train', '--batch-size', '0'], 2, /--batch-size is 0: give a whole number from 1 to 65536/],
  ['NaN', ['train', '--learning-rate', 'NaN'], 2, /--learning-rate is NaN: give a number/],
  ['text for a number', ['train', '--epochs', 'many'], 2, /--epochs is many: give a whole number/],
  ['an empty number', ['train', '--epochs', ''], 2, /--epochs is empty: give a whole number/],
  ['an unknown option', ['train', '--epoch', '3'], 2, /unknown option '--epoch'[\s\S]*--epochs/],
  ['an unknown command', ['trian'], 2, /unknown command 'trian'/],
  [
    'a column past the series',
    ['train', '--time-steps', '8'],
    2,
    /--attention-column is 10, but there are 8 time steps/,
  ],
  ['an unknown runtime', ['train', '--runtime', 'node'], 2, /Allowed choices are chrome, dawn/],
  [
    'an unknown kernel',
    ['verify', '--kernel', 'adm', '--runtime', 'dawn'],
    2,
    /there is no kernel adm: give one of .*adam/,
  ],
  ['a file that is not there', ['verify', 'missing.json'], 1, /missing\.json cannot be read .*: give a reference file/],
  ['an unknown peer', ['bench', '--peers', 'tfjs'], 2, /Allowed choices are tfjs-webgpu, tfjs-wasm, tfjs-cpu, pytorch/],
  ['no seconds', ['bench', '--seconds', '0'], 2, /--seconds is 0: give a number from 0\.1 to 3600/],
  [
    'an old result that is not there',
    ['bench', '--compare', 'missing.json'],
    1,
    /missing\.json cannot be read .*: give a file that bench --json wrote/,
  ],
  ['a folder that cannot be made', ['train', '--out', '/dev/null/run'], 1, /\/dev\/null\/run cannot be written/],
];
for (const [what, args, code, message] of BAD) {
  test(`${what}: one sentence and exit ${code}`, async () => {
    const { status, stderr, stdout, seconds } = await cli(args);
    expect(status).toBe(code);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(seconds).toBeLessThan(PROMPT_SECONDS);
  });
}

test('an absent browser is named', async () => {
  const { status, stderr, seconds } = await cli(['train', ...TINY, '--out', join(newFolder(), 'run')], {
    env: { CHROME_PATH: '/nowhere/chrome' },
  });
  expect(status).toBe(1);
  expect(stderr).toContain('CHROME_PATH is /nowhere/chrome, which is not a program that can be run');
  expect(seconds).toBeLessThan(PROMPT_SECONDS);
});

test('a browser that never answers is given up after 8 s, and is not waited for any longer', async () => {
  const fake = join(newFolder(), 'chrome');
  writeFileSync(fake, '#!/bin/sh\nexec sleep 600\n');
  chmodSync(fake, 0o755);
  const { status, stderr, seconds } = await cli(['train', ...TINY, '--out', join(newFolder(), 'run')], {
    env: { CHROME_PATH: fake },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/did not start in 8 s: run it by hand to see why, or set CHROME_PATH/);
  expect(seconds).toBeLessThan(PROMPT_SECONDS);
});

test('no adapter: Dawn without any driver says what to install', async () => {
  const { status, stderr, seconds } = await cli(
    ['train', ...TINY, '--runtime', 'dawn', '--adapter', 'high-performance', '--out', join(newFolder(), 'run')],
    { env: { VK_ICD_FILENAMES: '/nowhere/icd.json', VK_DRIVER_FILES: '/nowhere/icd.json' } },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Error: .*adapter/);
  expect(seconds).toBeLessThan(PROMPT_SECONDS);
});

test('verify prints a table and exits 1 on a miss', async () => {
  const golden = packagePath('test/golden/tiny.json');
  const file = JSON.parse(readFileSync(golden, 'utf8'));
  file.expected.gradients.output_bias[0] *= 1.01;
  const wrong = join(newFolder(), 'wrong.json');
  writeFileSync(wrong, JSON.stringify(file));
  const { status, stdout } = await cli(['verify', golden, wrong, '--kernel', 'adam', '--runtime', 'dawn']);
  expect(status).toBe(1);
  const lines = stdout.split('\n');
  const misses = lines.filter((line) => line.includes('MISS'));
  // One with single kernels, and one with every tile.
  const ways = lines.filter((line) => line.startsWith('wrong.json, '));
  expect(ways.length).toBeGreaterThan(1);
  expect(misses).toHaveLength(ways.length);
  for (const miss of misses) expect(miss).toMatch(/^ {2}gradient of output_bias +(1\.0|9\.9)e-[23] +1e-4 +MISS$/);
  expect(stdout.indexOf('wrong.json')).toBeLessThan(stdout.indexOf('MISS'));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(new RegExp(`\\d+ passed, ${ways.length} failed on `));
});

test('verify refuses a file of another kind', async () => {
  const other = join(newFolder(), 'other.json');
  writeFileSync(other, '{"kind": "poem"}');
  const half = join(newFolder(), 'half.json');
  writeFileSync(half, '{"kind": "model-step", "config": {}}');
  const { status, stderr } = await cli(['verify', other, '--runtime', 'dawn']);
  expect(status).toBe(1);
  expect(stderr).toContain('other.json has kind "poem": give a model-step, layers-step or dataset file');
  const again = await cli(['verify', half, '--runtime', 'dawn']);
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('half.json has config.timeSteps undefined, not a whole number from 1 to 1024: give');
});

test('doctor names browser, adapters and limits', async () => {
  const { status, stdout } = await cli(['doctor']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/browser +\//);
  for (const runtime of ['chrome', 'dawn']) expect(stdout).toContain(`--runtime ${runtime}`);
  expect(stdout.match(/maxStorageBufferBindingSize +[\d,]+/g)).toHaveLength(2);
});

test('every command has --help', async () => {
  for (const command of [[], ...createProgram().commands.map((command) => [command.name()])]) {
    const { status, stdout } = await cli([...command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: attention-lstm');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  }
});
