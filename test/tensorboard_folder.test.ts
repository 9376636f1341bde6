import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunFolder } from '../src/cli/run_folder.ts';
import { TensorBoardFolder } from '../src/cli/tensorboard_folder.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { readLog } from './tensorboard_reader.ts';

async function begin(option?: string) {
  const run = await RunFolder.create(mkdtempSync(join(tmpdir(), 'run-')));
  const folder = await TensorBoardFolder.begin(option ?? true, { folder: run, isBegun: false }, EXPERIMENT);
  if (!folder) throw new Error('no log was begun');
  const said: string[] = [];
  const epoch = (number: number) =>
    folder.handle(
      { type: 'epoch', epochs: 9, steps: 1, epoch: number, seconds: 1, loss: 1 / number, accuracy: 0.5, valLoss: 2 },
      (line) => said.push(line),
    );
  const path = option ?? join(run.path, 'tensorboard');
  const file = (name: string) => join(path, name, readdirSync(join(path, name))[0]);
  const steps = async (name: string) =>
    (await readLog(readFileSync(file(name)))).scalars.get('epoch_loss')?.map(({ step }) => step);
  return { path, said, epoch, file, steps };
}

test('the log is in the run’s folder or where it is wanted, and each epoch is on the disk at once', async () => {
  const { path, epoch, file, steps, said } = await begin();
  expect((await readLog(readFileSync(file('train')))).graph).toHaveLength(7);
  expect(readdirSync(path)).toEqual(['train']);
  for (const number of [1, 2, 3]) {
    await epoch(number);
    const expected = [0, 1, 2].slice(0, number);
    expect([await steps('train'), await steps('validation')]).toEqual([expected, expected]);
  }
  expect(said).toEqual([]);
  expect(file('train')).toMatch(/train\/events\.out\.tfevents\.\d{10}\.[^/]+$/);
  const elsewhere = await begin(join(path, 'another'));
  await elsewhere.epoch(1);
  expect(await elsewhere.steps('validation')).toEqual([0]);
});

test('without the option there is none', async () => {
  const run = await RunFolder.create(mkdtempSync(join(tmpdir(), 'run-')));
  expect(await TensorBoardFolder.begin(undefined, { folder: run, isBegun: false }, EXPERIMENT)).toBeUndefined();
  expect(readdirSync(run.path)).toEqual([]);
});

test('a folder that holds a log, or that cannot be made, is refused before anything is trained', async () => {
  const { path } = await begin();
  await expect(begin(path)).rejects.toMatchObject({
    code: 'invalid-option',
    message: `the folder ${path} already holds a log: give --tensorboard another one`,
  });
  const file = join(path, 'file');
  writeFileSync(file, 'mine');
  await expect(begin(file)).rejects.toMatchObject({
    code: 'not-saved',
    message: `the folder ${file} cannot be written (ENOTDIR): give --tensorboard another one`,
  });
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('half a record, as a full disk leaves it, is cut off before the next one', async () => {
  const { epoch, file, steps } = await begin();
  await epoch(1);
  appendFileSync(file('train'), readFileSync(file('train')).subarray(0, 20));
  await expect(steps('train')).rejects.toThrow();
  await epoch(2);
  expect(await steps('train')).toEqual([0, 1]);
});

test('a file that cannot be written is reported once, and later epochs are written when they can be', async () => {
  const { path, said, epoch, steps } = await begin();
  await epoch(1);
  renameSync(join(path, 'train'), join(path, 'away'));
  await epoch(2);
  await epoch(3);
  expect(said).toEqual([
    `Not saved: the TensorBoard log cannot be written to ${path} (ENOENT): free some space, training goes on`,
  ]);
  renameSync(join(path, 'away'), join(path, 'train'));
  await epoch(4);
  expect(await steps('train')).toEqual([0, 3]);
  renameSync(join(path, 'train'), join(path, 'away'));
  await epoch(5);
  expect(said).toHaveLength(2);
});
