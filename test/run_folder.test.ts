import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAll } from '../src/cli/results.ts';
import { RunFolder } from '../src/cli/run_folder.ts';
import { requireFlags, storedFlags } from '../src/cli/stored_flags.ts';
import { trainCommand } from '../src/cli/train.ts';
import { Failure } from '../src/errors.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { attentionCsv } from '../src/train/csv_lines.ts';
import { historyCsv, kerasHistory } from '../src/train/history.ts';
import { recordOf, type TrainResult } from '../src/train/train_result.ts';
import { madeEnd } from './made_training.ts';

const HISTORY = [
  { epoch: 1, seconds: 7.25, loss: 0.1 + 0.2, accuracy: 1 / 3, valLoss: 1e-7, valAccuracy: 1 },
  { epoch: 2, seconds: 7, loss: 0.25, accuracy: 0.75, valLoss: 0.125, valAccuracy: 0.875 },
];
const RESULT: TrainResult = {
  config: { ...EXPERIMENT, epochs: 2 },
  adapter: {
    vendor: 'v',
    architecture: 'a',
    description: 'odd [ 1,  2 ] "name"\n[\n3  4 ]',
    isSoftware: false,
    features: ['subgroups'],
    limits: { maxBufferSize: 2 ** 31 },
  },
  history: HISTORY,
  attention: { timeSteps: 2, inputDim: 1, values: [0.1 + 0.2, 0.7] },
  parametersSha256: 'ab'.repeat(32),
  stopped: false,
  seconds: 14.25,
  ...madeEnd(EXPERIMENT, HISTORY),
  series: { training: 54000, validation: 6000, test: 0 },
};
const RECORD = recordOf(RESULT);

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'run-folder-'));
});
afterEach(() => rm(parent, { recursive: true }));

/** Writes the results of a run into its folder. */
const finish = (folder: RunFolder, report: string) => writeAll(folder.results(RECORD, () => report, ['load']));
const read = (...names: string[]) => readFile(join(parent, ...names), 'utf8');

describe('RunFolder.create', () => {
  it('makes the folder with those above it, and takes one that is there', async () => {
    for (let i = 0; i < 2; i++) await (await RunFolder.create(join(parent, 'a', 'b'))).close();
    expect(await readdir(join(parent, 'a'))).toEqual(['b']);
  });

  it.each([
    [{ 'history.csv': 'mine' }, 'already has a history.csv, which the run would replace: choose another one'],
    [{ 'model.safetensors': 'mine' }, 'already has a model.safetensors, which the run would replace: choose another'],
    [{ 'run.json': '{"flags":{}}', 'history.json': JSON.stringify(RECORD) }, 'already holds a run, which has ended: '],
    [{ 'run.json': '{"flags":{}}', 'history.json': '{"history":[]}' }, 'already holds a run: choose another one, or '],
    [{ 'run.json': '{"flags":{}}', 'checkpoint.safetensors': '' }, 'already holds a run: choose another one, or go on'],
    [{ 'run.json': '{"flags":{"epochs":3}}' }, 'already holds a run: choose another one, or go on with it by --resume'],
    [{ 'run.json': '{"fl' }, 'already holds a run: choose another one, or go on with it by --resume'],
  ])('refuses one with %j, changes nothing and lets others use it', async (files, message) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(parent, name), content);
    for (let i = 0; i < 2; i++) {
      await expect(RunFolder.create(parent)).rejects.toMatchObject({
        code: 'invalid-option',
        message: expect.stringContaining(`the folder ${parent} ${message}`),
      });
    }
    expect((await readdir(parent)).sort()).toEqual(Object.keys(files).sort());
    for (const [name, content] of Object.entries(files)) expect(await read(name)).toBe(content);
  });

  it('takes one whose run was begun with the same options and has no checkpoint', async () => {
    const first = await RunFolder.create(parent);
    await first.writeRun({ flags: { epochs: 3, json: undefined } });
    await first.writeHistory(HISTORY);
    await first.close();
    await writeFile(join(parent, '.checkpoint.safetensors.123.tmp'), 'half of');
    await RunFolder.create(parent, { json: undefined, epochs: 3 });
    expect((await readdir(parent)).sort()).toEqual(['history.csv', 'run.json']);
  });

  it('lets one of several in, and the next when that one has closed it', async () => {
    const path = join(parent, 'run');
    const tries = await Promise.allSettled(Array.from({ length: 9 }, () => RunFolder.create(path)));
    const refused = tries.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
    expect(refused).toHaveLength(8);
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(Failure);
      expect(reason.message).toBe(
        `another process trains in the folder ${path}: wait until it has ended, or choose another folder`,
      );
    }
    await expect(RunFolder.open(path)).rejects.toThrow('another process trains in the folder');
    for (const it of tries) if (it.status === 'fulfilled') await it.value.close();
    await (await RunFolder.open(path)).close();
  });

  it('says that a folder cannot be made', async () => {
    await writeFile(join(parent, 'file'), '');
    for (const path of [join(parent, 'file'), join(parent, 'file', 'below')]) {
      await expect(RunFolder.create(path)).rejects.toMatchObject({
        code: 'not-saved',
        message: expect.stringContaining(path),
      });
    }
  });
});

describe('RunFolder.open', () => {
  it('removes what a killed process was writing, and nothing else', async () => {
    for (const name of ['.history.csv.123.tmp', 'history.csv', '.mine', '.mine.csv.123.tmp', 'a.tmp'])
      await writeFile(join(parent, name), '');
    await RunFolder.open(parent);
    expect((await readdir(parent)).sort()).toEqual(['.mine', '.mine.csv.123.tmp', 'a.tmp', 'history.csv']);
  });
});

describe('the options that a run keeps', () => {
  const command = trainCommand();
  const check = (flags: object) => () => requireFlags('runs/1', JSON.parse(JSON.stringify(flags)), command);

  it('are taken as train gives them', () => {
    expect(
      check({
        epochs: 3,
        learningRate: 0.01,
        shuffle: false,
        tensorboard: true,
        data: '/a.csv',
        split: 'shuffled',
        schedule: { kind: 'plateau', patience: 3, factor: 0.5 },
        classWeights: 'balanced',
        adapter: 'software',
      }),
    ).not.toThrow();
  });

  it('have absolute paths, except for standard input', () => {
    const flags = { data: '-', test: 'a.csv', model: '/m.onnx', tensorboard: true, units: 3 };
    expect(storedFlags(flags)).toEqual({ ...flags, test: resolve('a.csv') });
  });

  it.each([
    [{ epochs: '3' }, 'has epochs "3", which no option gives'],
    [{ epochs: 2 ** 63 }, 'has epochs 9223372036854776000, which no option gives'],
    [{ learningRate: null }, 'has learningRate null, which'],
    [{ data: 7 }, 'has data 7, which'],
    [{ data: true }, 'has data true, which'],
    [{ runtime: '__proto__' }, 'has runtime "__proto__", which'],
    [{ schedule: { kind: 'step', everyEpochs: { toString: 1 }, factor: 1 } }, 'has schedule object, which'],
    [{ classWeights: [1, 'x'] }, 'has classWeights object, which'],
    [{ constructor: 1 }, 'has constructor 1, which'],
    [{ split: 'shuffled' }, 'has options that no run can have: --split is a setting for own series: leave it out'],
    [{ data: '/a.csv', samples: 9 }, 'no run can have: --samples is a setting of the planted experiment'],
    [{ ['x\n'.repeat(100)]: 1 }, /^the run in runs\/1 has (x ){40}… 1, which no option gives: resume it/],
  ])('%j is refused', (flags, message) => {
    expect(check(flags)).toThrow(message);
    expect(check(flags)).toThrow(Failure);
  });
});

describe('RunFolder', () => {
  it('grows by the line of every epoch', async () => {
    const folder = await RunFolder.create(parent);
    const { open } = await import('node:fs/promises');
    await folder.writeHistory(HISTORY.slice(0, 1));
    const reader = await open(join(parent, 'history.csv')); // It sees only what is added to the file.
    await folder.writeHistory(HISTORY);
    await folder.writeHistory(HISTORY);
    expect(await reader.readFile('utf8')).toBe(historyCsv(HISTORY));
    await reader.close();
    expect(await readdir(parent)).toEqual(['history.csv']);
  });

  it.each([
    ['half a line, as a killed process leaves it', async () => appendFile(join(parent, 'history.csv'), '3,7,0.')],
    ['a later epoch than the checkpoint', async () => appendFile(join(parent, 'history.csv'), '3,7,0.2,1,1,1\n')],
    ['no file', async () => rm(join(parent, 'history.csv'))],
    ['a shorter file', async () => writeFile(join(parent, 'history.csv'), '')],
  ])('has the history alone, whatever is there: %s', async (_, spoil) => {
    const before = await RunFolder.create(parent);
    await before.writeHistory(HISTORY.slice(0, 1));
    await spoil();
    // The process itself, and the one that resumes the run.
    await before.writeHistory(HISTORY);
    expect(await read('history.csv')).toBe(historyCsv(HISTORY));
    await before.close();
    await spoil();
    await (await RunFolder.open(parent)).writeHistory(HISTORY);
    expect(await read('history.csv')).toBe(historyCsv(HISTORY));
  });

  it('ends with all that is known of the run, to the last bit', async () => {
    const folder = await RunFolder.create(parent);
    await finish(folder, '<p>');
    const text = await read('history.json');
    expect(JSON.parse(text)).toEqual(RECORD);
    expect(text).toContain('"values": [0.30000000000000004, 0.7]');
  });

  it('leaves whole files and no temporary ones', async () => {
    const folder = await RunFolder.create(parent);
    await folder.writeHistory(HISTORY);
    await finish(folder, '<p>');
    expect(await finish(folder, '<p>é')).toEqual([]);
    expect((await readdir(parent)).sort()).toEqual(['attention.csv', 'history.csv', 'history.json', 'report.html']);
    expect(await read('report.html')).toBe('<p>é');
  });

  it('keeps the old file, and no temporary one, when writing fails, and writes the others', async () => {
    const folder = await RunFolder.create(parent);
    await mkdir(join(parent, 'report.html', 'in the way'), { recursive: true });
    expect(await finish(folder, 'new')).toEqual([[join(parent, 'report.html'), expect.any(Failure)]]);
    expect((await readdir(parent)).sort()).toEqual(['attention.csv', 'history.csv', 'history.json', 'report.html']);
    expect(await readdir(join(parent, 'report.html'))).toEqual(['in the way']);
  });

  it('never writes into the file that is there: whoever has it open sees it whole', async () => {
    const folder = await RunFolder.create(parent);
    await finish(folder, 'the first, longer one');
    const { open } = await import('node:fs/promises');
    const reader = await open(join(parent, 'report.html'));
    await finish(folder, 'second');
    expect(await reader.readFile('utf8')).toBe('the first, longer one');
    await reader.close();
  });

  it('says that the folder is gone', async () => {
    const folder = await RunFolder.create(join(parent, 'gone'));
    await rm(join(parent, 'gone'), { recursive: true });
    await expect(folder.writeHistory(HISTORY)).rejects.toMatchObject({ code: 'not-saved' });
  });
});

describe('the tables', () => {
  it('history.csv holds full precision and empty cells', () => {
    expect(historyCsv([HISTORY[0], { epoch: 2, seconds: 1, loss: 0.5, accuracy: 0 }])).toBe(
      `epoch,seconds,loss,accuracy,valLoss,valAccuracy
1,7.25,0.30000000000000004,0.3333333333333333,1e-7,1
2,1,0.5,0,,
`,
    );
  });

  it('attention.csv has one column for one channel', () => {
    expect([...attentionCsv(RESULT.attention, ['load'])].join('')).toBe(
      'step,attention\n0,0.30000000000000004\n1,0.7\n',
    );
  });

  it('attention.csv has the mean and each of several channels', () => {
    expect(
      [...attentionCsv({ timeSteps: 2, inputDim: 2, values: [0.5, 0.25, 0.5, 0.75] }, ['vib', 'a,b'])].join(''),
    ).toBe('step,mean,vib,"a,b"\n0,0.375,0.5,0.25\n1,0.625,0.5,0.75\n');
  });

  it('the lists are those of History.history', () => {
    expect(kerasHistory(HISTORY)).toEqual({
      loss: [0.1 + 0.2, 0.25],
      accuracy: [1 / 3, 0.75],
      val_loss: [1e-7, 0.125],
      val_accuracy: [1, 0.875],
    });
    expect(kerasHistory([{ epoch: 1, seconds: 1, loss: 1, accuracy: 0 }])).toEqual({ loss: [1], accuracy: [0] });
    expect(kerasHistory([])).toEqual({ loss: [], accuracy: [] });
  });
});
