import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { readModel } from '../src/formats/model_file.ts';
import type { SavedModel } from '../src/formats/saved_model.ts';
import { cli, newFolder } from './command.ts';

test.setTimeout(300_000);

const TOO_LARGE =
  'the loss is not a finite number in step 1 of epoch 1: the series or the numbers to predict are too large, so scale them down';

const HOST = ['--runtime', 'dawn', '--adapter', 'software'];
const RUN = [...HOST, '--no-tune', '--units', '4', '--epochs', '6'];

/** A file of 60 series of 8 steps, from values and labels by series and step. */
function csv(value: (n: number, t: number) => unknown, label: (n: number) => unknown): string {
  const path = join(newFolder(), 'series.csv');
  const row = (n: number) => [...Array.from({ length: 8 }, (_, t) => value(n, t)), label(n)].join(',');
  const header = [...Array.from({ length: 8 }, (_, t) => `t${t}`), 'label'].join(',');
  writeFileSync(path, [header, ...Array.from({ length: 60 }, (_, n) => row(n)), ''].join('\n'));
  return path;
}

const random = new NumpyRandom(1);
const noise = () => random.normal();
const classes = (n: number) => 'ab'[n % 2];

/** Trains on a file, with a single update an epoch. The outcome has the run's folder. */
async function train(data: string, ...options: string[]) {
  const out = join(newFolder(), 'run');
  const outcome = await cli(['train', '--data', data, '--batch-size', '60', ...RUN, ...options, '--out', out]);
  return { ...outcome, out };
}

/** The model that a run has left; all of its values are finite. */
function finiteModel(out: string): SavedModel {
  const model = readModel('model', readFileSync(join(out, 'model.safetensors')));
  const { state } = model.checkpoint ?? {};
  for (const values of [...Object.values(model.parameters), ...Object.values(state ?? {})] as Float32Array[]) {
    expect(values.every(Number.isFinite)).toBe(true);
  }
  return model;
}

test('a loss that is not a number ends the run at its step, and the state after the epoch before is kept', async () => {
  const data = csv(noise, classes);
  const options = ['--batch-size', '27', '--epochs', '40', '--learning-rate', '7e36'];
  const { status, stderr, out } = await train(data, ...options);
  expect(status).toBe(1);
  const [, failed, finished, kept] =
    /^Error: the loss is no longer a finite number in step \d of epoch (\d+): use a smaller learning rate than 7e\+36; the history of epochs 1 to (\d+) is kept in .*; the parameters of epoch (\d+) are in .*model\.safetensors\n$/
      .exec(stderr)
      ?.map(Number) ?? [];
  expect(failed, stderr).toBeGreaterThan(2);
  expect([finished, kept]).toEqual([failed - 1, failed - 1]);
  expect(readFileSync(join(out, 'history.csv'), 'utf8').trim().split('\n')).toHaveLength(failed);
  const { history, checkpoint, parameters } = finiteModel(out);
  expect(history).toHaveLength(kept);
  expect(checkpoint).toMatchObject({ epoch: kept, step: 0 });
  // The parameters are not the initial ones.
  expect(Math.max(...parameters.output_kernel.map(Math.abs))).toBeGreaterThan(1e36);
  const used = await cli(['predict', '--model', join(out, 'model.safetensors'), '--data', data, ...HOST]);
  expect(used.stderr).toBe('');
  expect(used.stdout).toMatch(/Accuracy \d\.\d{4} on 60 series/);
});

test('within the first epoch the last checkpoint is kept', async () => {
  const { status, stderr, out } = await train(csv(noise, classes), '--batch-size', '9', '--learning-rate', '1e38');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Error: the loss is no longer a finite number in step \d of epoch 1: .*; the parameters of /);
  expect(finiteModel(out).history).toEqual([]);
  expect(readdirSync(out).sort()).toEqual(['model.safetensors', 'run.json']);
});

test('numbers too large to predict are told before any update, and are not the learning rate’s fault', async () => {
  const { status, stderr, out } = await train(
    csv(noise, (n) => (n - 29.5) * 1e30),
    '--no-standardise',
  );
  expect(status).toBe(1);
  expect(stderr).toContain(`Error: ${TOO_LARGE}; the parameters of the start are in `);
  expect(finiteModel(out).checkpoint).toMatchObject({ epoch: 0, step: 0 });
});

test('a learning rate of 1e6 and series of ±1e30 train, to finite parameters', async () => {
  const large = csv((n, t) => ((7 * n + 3 * t) % 5 < 2 ? 1e30 : -1e30), classes);
  for (const [data, ...options] of [
    [csv(noise, classes), '--learning-rate', '1e6'],
    [large],
    [large, '--no-standardise', '--clip-norm', '1'],
  ]) {
    const { status, stderr, out } = await train(data, ...options);
    expect(stderr, options.join(' ')).toBe('');
    expect(status).toBe(0);
    const { history } = finiteModel(out);
    expect(history.flatMap(({ loss, valLoss }) => [loss, valLoss]).every(Number.isFinite)).toBe(true);
    expect(history).toHaveLength(6);
  }
});

test('series with an infinite value are refused before anything is written, and NaN is filled', async () => {
  const { status, stderr, out } = await train(csv((n, t) => (n === 3 && t === 2 ? 'inf' : noise()), classes));
  expect(status).toBe(1);
  expect(stderr).toContain('series.csv, row 5, column "t2": "inf" is not finite: replace it, or leave the series out');
  expect(existsSync(out)).toBe(false);
  const gap = await train(csv((n, t) => (n === 3 && t === 2 ? 'NaN' : noise()), classes));
  expect([gap.status, gap.stdout]).toEqual([0, expect.stringContaining('1 missing values are filled')]);
  finiteModel(gap.out);
});
