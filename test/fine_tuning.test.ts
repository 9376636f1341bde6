import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { writeModelPath } from '../src/cli/model_paths.ts';
import { readModelFile } from '../src/library/model_files.ts';
import { DEFAULTS } from '../src/settings/table.ts';
import { prepareSeries } from '../src/train/prepare_series.ts';
import { referenceHost } from './reference_host.ts';
import { newPath, output, train, trained, useReferences } from './reference_runs.ts';
import { read } from './series_files.ts';

// `train --from` begins with the parameters of a trained model.

useReferences();

/** The experiment's options that are no dimension of the model. */
const SERIES = '--samples 40 --attention-column 1'.split(' ');
const FROZEN = ['--learning-rate', '0', '--epochs', '1'];

const historyOf = (out: string) => JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
const modelOfRun = (out: string) => join(out, 'model.safetensors');

/** Series of two channels whose sum tells the class, in a unit far from 1. */
function csv(labelOf: (sum: number) => unknown, first: number): string {
  const rows = Array.from({ length: 24 }, (_, n) => {
    const values = Array.from({ length: 8 }, (_, i) => 1000 + ((37 * (n + first) + 11 * i * i) % 17));
    return `${values.join(',')},${labelOf(values.reduce((sum, value) => sum + value))}`;
  });
  return `${['a_0,a_1,a_2,a_3,b_0,b_1,b_2,b_3,label', ...rows].join('\n')}\n`;
}
const byClass = (sum: number) => (sum % 2 === 0 ? 'even' : 'odd');
const byNumber = (sum: number) => 1000 * sum + 0.5;

function files(labelOf: (sum: number) => unknown): string[] {
  const [data, test] = [`${newPath()}.csv`, `${newPath()}.csv`];
  writeFileSync(data, csv(labelOf, 0));
  writeFileSync(test, csv(labelOf, 5));
  return ['--data', data, '--test', test];
}

/** Trains a small model on such series; gives its folder. */
async function ownRun(data: string[], ...options: string[]): Promise<string> {
  const out = newPath();
  await train(...data, '--units', '3', '--epochs', '2', '--out', out, ...options);
  return out;
}

describe('a model that is trained on at the learning rate 0 predicts as before', () => {
  it.each(['safetensors', 'onnx', 'keras', 'json'])('from .%s', async (ending) => {
    const { out, sha } = await trained('--epochs', '2');
    const file = `${newPath()}.${ending}`;
    await writeModelPath(file, await readModelFile(modelOfRun(out)), 'the model');
    const again = newPath();
    expect(await train('--from', file, ...SERIES, ...FROZEN, '--out', again)).toBe(sha);
    expect(historyOf(again).evaluation).toEqual(historyOf(out).evaluation);
  });

  it.each([
    ['classes', byClass, []],
    ['numbers', byNumber, []],
    ['series that are not standardised', byClass, ['--no-standardise']],
  ])('on other series: %s', async (_, labelOf, options) => {
    const data = files(labelOf);
    const out = await ownRun(data, ...options);
    const again = newPath();
    await train('--from', modelOfRun(out), '--data', data[3], '--test', data[3], ...FROZEN, '--out', again);
    expect(historyOf(again).evaluation.test).toEqual(historyOf(out).evaluation.test);
    const [before, after] = [await readModelFile(modelOfRun(out)), await readModelFile(modelOfRun(again))];
    expect(after.standardisation).toEqual(before.standardisation);
    expect(after.parameters).toEqual(before.parameters);
    expect(after.series).toEqual(before.series);
  });
});

it('a run from a model begins with its loss, and its optimiser anew', async () => {
  const { out } = await trained('--epochs', '2');
  const [frozen, first] = [newPath(), newPath()];
  await train('--from', modelOfRun(out), ...SERIES, ...FROZEN, '--out', frozen);
  await train('--from', modelOfRun(out), ...SERIES, '--batch-size', '64', '--epochs', '1', '--out', first);
  expect(historyOf(first).history[0].loss).toBeCloseTo(historyOf(frozen).history[0].loss, 6);
  expect(historyOf(first).parametersSha256).not.toBe(historyOf(frozen).parametersSha256);
  const { checkpoint } = await readModelFile(modelOfRun(first));
  expect(checkpoint?.history).toHaveLength(1);
});

describe('a run from a model that is killed goes on to the same bits without the file', () => {
  const OPEN = [...SERIES, '--epochs', '4', '--batch-size', '8'];

  async function killed(isTime: (epochs: number) => boolean) {
    const { out: base } = await trained('--epochs', '2');
    const file = `${newPath()}.onnx`;
    await writeModelPath(file, await readModelFile(modelOfRun(base)), 'the model');
    const sha = await train('--from', file, ...OPEN, '--out', newPath());
    const out = newPath();
    let checkpoints = 0;
    vi.spyOn(HOSTS, 'dawn').mockImplementation(async function* (job, options) {
      for await (const event of referenceHost(job, options)) {
        if (isTime(checkpoints)) throw new Error('killed');
        yield event;
        if (event.type === 'checkpoint') checkpoints++;
      }
    });
    await expect(train('--from', file, ...OPEN, '--out', out, '--checkpoint-seconds', '0')).rejects.toThrow('killed');
    vi.spyOn(HOSTS, 'dawn').mockImplementation(referenceHost);
    rmSync(file);
    return { out, sha };
  }

  it.each([
    ['before its first checkpoint', 0],
    ['after its second checkpoint', 2],
  ])('%s', async (_, count) => {
    const { out, sha } = await killed((checkpoints) => checkpoints === count);
    expect(existsSync(join(out, 'checkpoint.safetensors'))).toBe(count > 0);
    expect(await train('--resume', out)).toBe(sha);
    const further = await train('--resume', out, '--epochs', '6');
    expect(further).toMatch(/^\w{64}$/);
    expect(further).not.toBe(sha);
  });

  it('and says so if its folder has lost the model', async () => {
    const { out } = await killed((checkpoints) => checkpoints === 1);
    renameSync(join(out, 'initial.safetensors'), join(out, 'elsewhere'));
    await expect(train('--resume', out)).rejects.toThrow(
      /initial\.safetensors cannot be read \(ENOENT\): give the folder/,
    );
  });
});

describe('an option that the model contradicts is refused by name', () => {
  const KEEPS = 'leave it out, because a trained model keeps its structure and its standardisation';
  it.each([
    ['--units 64', `--units is 64, but MODEL has 2: ${KEEPS}`],
    ['--time-steps 9', `--time-steps is 9, but MODEL has 4: ${KEEPS}`],
    ['--single-attention-vector', `--single-attention-vector does not fit MODEL: ${KEEPS}`],
  ])('%s', async (options, message) => {
    const { out } = await trained('--epochs', '1');
    const from = train('--from', modelOfRun(out), ...SERIES, ...options.split(' '));
    await expect(from).rejects.toMatchObject({
      code: 'invalid-option',
      message: message.replace('MODEL', modelOfRun(out)),
    });
    expect(await train('--from', modelOfRun(out), ...SERIES, '--units', '2', ...FROZEN, '--out', newPath())).not.toBe(
      '',
    );
  });

  it('but other words for its own layers are not', async () => {
    const { out, sha } = await trained('--epochs', '1', '--preset', 'stacked');
    const from = ['--from', modelOfRun(out), ...SERIES, ...FROZEN];
    expect(await train(...from, '--out', newPath())).toBe(sha);
    expect(await train(...from, '--preset', 'stacked', '--units', '2', '--out', newPath())).toBe(sha);
    await expect(train(...from, '--preset', 'before')).rejects.toThrow('--preset does not fit');
    await expect(train(...from, '--preset', 'stacked', '--units', '4')).rejects.toThrow('is 4, but');
  });

  it('also for own series, and the experiment takes no model of them', async () => {
    const data = files(byClass);
    const out = await ownRun(data);
    const from = ['--from', modelOfRun(out)];
    await expect(train(...from, ...data, '--no-standardise')).rejects.toThrow('--no-standardise does not fit');
    await expect(train(...from, ...data, '--task', 'regression')).rejects.toThrow('--task is regression, but');
    await expect(train(...from)).rejects.toThrow(
      "the model of --from was trained on standardised series, and the experiment's are not: give series of its own kind",
    );
    const raw = await ownRun(data, '--no-standardise');
    const other = `${newPath()}.csv`;
    writeFileSync(
      other,
      csv((sum) => (sum % 2 === 0 ? 'even' : 'prime'), 0),
    );
    await expect(train('--from', modelOfRun(raw), '--data', other)).rejects.toThrow(
      '"prime" is not one of the classes',
    );
  });

  it('and so is one that goes on with another run', async () => {
    await expect(train('--from', 'm.onnx', '--resume', 'run')).rejects.toThrow();
    expect(output.stderr).toContain("option '--from <model>' cannot be used with option '--resume <dir>'");
  });
});

it('a model keeps its kind of output, its gates and its standardisation whatever the series say', async () => {
  const set = await read('train.csv', csv(byClass, 0));
  const { timeSteps, inputDim } = set;
  const output = { kind: 'categorical' as const, classes: 2 };
  const model = { timeSteps, inputDim, units: 5, singleAttentionVector: true, output, gateSlope: 0.2 };
  const standardisation = { mean: [1, 2], deviation: [3, 4] };
  const prepared = prepareSeries(set, { ...DEFAULTS, modelConfig: model, trained: { standardisation } });
  expect(prepared.config).toMatchObject(model);
  expect(prepared.standardisation).toEqual(standardisation);
  expect(prepareSeries(set, { ...DEFAULTS, modelConfig: model, trained: {} }).standardisation).toBeUndefined();
  expect(prepareSeries(set, { ...DEFAULTS, modelConfig: model }).standardisation).toBeDefined();
});
