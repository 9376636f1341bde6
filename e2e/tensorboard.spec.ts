import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright/test';
import type { EpochRecord } from '../src/train/history.ts';
import { RUN_FILES } from '../test/run_files.ts';
import { type ReadLog, readLog, readRecords } from '../test/tensorboard_reader.ts';
import { cli, newFolder } from './command.ts';
import { expect, test } from './fixtures.ts';
import { button, LONG, reached, SMALL, status, train } from './train_page.ts';

const TINY = '--samples 200 --time-steps 8 --attention-column 3 --units 4 --batch-size 32 --adapter software'.split(
  ' ',
);
const PARAMETERS = [
  'attention/bias',
  'attention/kernel',
  'lstm/bias',
  'lstm/kernel',
  'lstm/recurrent_kernel',
  'output/bias',
  'output/kernel',
];

/** A run's only file. */
function fileOf(log: string, run: string): string {
  const names = readdirSync(join(log, run));
  expect(names).toHaveLength(1);
  return join(log, run, names[0]);
}

/** Reads a log from the disk and checks every checksum. */
async function readFolder(path: string): Promise<Record<string, ReadLog>> {
  const logs: Record<string, ReadLog> = {};
  for (const run of readdirSync(path)) logs[run] = await readLog(readFileSync(fileOf(path, run)));
  return logs;
}

/** Expects the history as scalars; histograms, images and attention of these epochs; and the model's graph. */
function expectLog({ train, validation }: Record<string, ReadLog>, history: EpochRecord[], watched: number[]): void {
  const values = (log: ReadLog, tag: string) => log.scalars.get(tag)?.map(({ value }) => value);
  const float32 = (key: keyof EpochRecord) => history.map((record) => Math.fround(record[key] ?? Number.NaN));
  expect(values(train, 'epoch_loss')).toEqual(float32('loss'));
  expect(values(train, 'epoch_accuracy')).toEqual(float32('accuracy'));
  expect(values(validation, 'epoch_loss')).toEqual(float32('valLoss'));
  expect(values(validation, 'epoch_accuracy')).toEqual(float32('valAccuracy'));
  const steps = (series: { step: number }[] | undefined) => series?.map(({ step }) => step + 1);
  expect([...train.images.keys()].sort()).toEqual(PARAMETERS.map((name) => `${name}/image`));
  for (const name of PARAMETERS) {
    expect(steps(train.histograms.get(`${name}/histogram`))).toEqual(watched);
    expect(steps(train.images.get(`${name}/image`))).toEqual(watched);
  }
  const attention = train.histograms.get('attention/mean_by_step/histogram');
  expect(steps(attention)).toEqual(watched);
  for (const { buckets } of attention ?? []) {
    expect(buckets.reduce((sum, [, , share]) => sum + share, 0)).toBeCloseTo(1, 5);
  }
  expect(train.graph?.map(({ op }) => op)).toContain('LSTM');
}

test('train --tensorboard: each epoch is on the disk before the next has ended, and the bits are those of a run without', async () => {
  const folder = newFolder();
  const out = join(folder, 'run');
  const log = join(out, 'tensorboard');
  const options = [...TINY, '--epochs', '12', '--runtime', 'dawn'];
  const seen = new Map<number, number>();
  const logged = await cli(['train', ...options, '--out', out, '--tensorboard'], {
    onOutput: (text) => {
      const ended = text.match(/^6\/6 - /gm)?.length ?? 0;
      if (ended > 0) seen.set(ended, statSync(fileOf(log, 'train')).size);
    },
  });
  expect(logged.stderr).toBe('');
  expect(logged.status).toBe(0);
  expect(logged.stdout).toContain(`To see the log: tensorboard --logdir ${log}`);
  const records = await readRecords(readFileSync(fileOf(log, 'train')));
  // The version, the graph, then for each epoch its metrics, attention and parameters.
  expect(records).toHaveLength(2 + 3 * 12);
  expect(seen.size).toBeGreaterThan(3);
  for (const [ended, size] of seen) {
    const before = records.slice(0, 2 + 3 * (ended - 1)).reduce((sum, { length }) => sum + 16 + length, 0);
    expect(size, `when epoch ${ended} has ended`).toBeGreaterThanOrEqual(before);
  }
  const { history: epochs } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
  expectLog(
    await readFolder(log),
    epochs,
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  const plain = await cli(['train', ...options, '--out', join(folder, 'plain')]);
  const hash = /SHA-256 ([0-9a-f]{64})/;
  expect(hash.exec(logged.stdout)?.[1]).toBe(hash.exec(plain.stdout)?.[1]);
  expect(readdirSync(join(folder, 'plain')).sort()).toEqual(RUN_FILES);
});

test('train --data --tensorboard DIR: numbers, in Chrome, where the folder is wanted', async () => {
  const folder = newFolder();
  const rows = Array.from({ length: 40 }, (_, n) => `${n / 40},${n % 7},${n / 40},${n % 5}`);
  writeFileSync(join(folder, 'series.csv'), ['y,a,b,c', ...rows, ''].join('\n'));
  const data = ['--data', join(folder, 'series.csv'), '--task', 'regression', '--validation-split', '0'];
  const sizes = ['--units', '4', '--batch-size', '8', '--epochs', '3', '--adapter', 'software', '--runtime', 'chrome'];
  const log = join(folder, 'log');
  const places = ['--out', join(folder, 'run'), '--tensorboard', log];
  const { stderr, status } = await cli(['train', ...data, ...sizes, ...places]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { train, ...others } = await readFolder(log);
  expect(others).toEqual({});
  const { history: epochs } = JSON.parse(readFileSync(join(folder, 'run', 'history.json'), 'utf8'));
  expect(train.scalars.get('epoch_mean_absolute_error')?.map(({ value }) => value)).toEqual(
    epochs.map(({ meanAbsoluteError }: EpochRecord) => Math.fround(meanAbsoluteError ?? Number.NaN)),
  );
  expect(train.images.get('attention/kernel/image')).toHaveLength(3);
  const again = await cli(['train', ...data, ...sizes, '--out', join(folder, 'again'), '--tensorboard', log]);
  expect(again.stderr).toContain(`the folder ${log} already holds a log`);
  expect(again.status).toBe(2);
});

/** Clicks the button and reads the download. */
async function saved(page: Page): Promise<Record<string, ReadLog>> {
  const coming = page.waitForEvent('download');
  await button(page, 'Download TensorBoard log').click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe('tensorboard.zip');
  const files = unzipSync(await readFile(await download.path()));
  expect(Object.keys(files)).toEqual([
    expect.stringMatching(/^train\/events\.out\.tfevents\.\d+\.browser$/),
    expect.stringMatching(/^validation\/events\.out\.tfevents\.\d+\.browser$/),
  ]);
  const [trained, validated] = await Promise.all(Object.values(files).map(readLog));
  return { train: trained, validation: validated };
}

test('the page saves the log of a run', async ({ page }) => {
  await page.goto('./');
  await expect(button(page, 'Download TensorBoard log')).toBeDisabled();
  await train(page, SMALL, 3);
  const { history } = await page.evaluate(() => window.trainResult);
  expectLog(await saved(page), history, [1, 2, 3]);
  await expect(page.locator('#tensorboard-notice')).toHaveText('');
  await button(page, 'Reset').click();
  await expect(button(page, 'Download TensorBoard log')).toBeDisabled();
});

test('of a long run, while it goes on: all metrics, and what was watched of some epochs', async ({ page }) => {
  await page.goto(`./?${LONG}&run=1`);
  await reached(page, 80);
  const { train: log } = await saved(page);
  const epochs = log.scalars.get('epoch_loss')?.map(({ step }) => step + 1) ?? [];
  expect(epochs.length).toBeGreaterThanOrEqual(80);
  expect(epochs).toEqual(epochs.map((_, i) => i + 1));
  const watched = log.images.get('lstm/kernel/image')?.map(({ step }) => step + 1) ?? [];
  expect(watched.length).toBeLessThanOrEqual(64);
  expect(watched.length).toBeGreaterThan(32);
  expect(watched.slice(0, 3)).toEqual([1, 3, 5]);
  await expect(page.locator('#tensorboard-notice')).toHaveText(
    `tensorboard.zip has the metrics of all ${epochs.length} epochs, and parameters and attention of ${watched.length} of them.`,
  );
  await button(page, 'Stop').click();
  await expect(status(page)).toHaveText(/^Stopped after /, { timeout: 180_000 });
});
