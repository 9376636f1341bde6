import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { RunFolder } from '../src/cli/run_folder.ts';
import { referenceHost } from './reference_host.ts';
import { contentOf, newPath, OPTIONS, output, train, trained, useReferences } from './reference_runs.ts';
import { RUN_FILES } from './run_files.ts';

// A run that was killed, that has ended, or that another process trains.

useReferences();

describe('a run that was killed before its first checkpoint', () => {
  for (const [way, args] of [
    ['the same command', (out: string) => [...OPTIONS, '--epochs', '3', '--out', out]],
    ['--resume', (out: string) => ['--resume', out]],
  ] as const) {
    it(`begins again by ${way}`, async () => {
      const { out, sha } = await trained('--epochs', '3');
      for (const name of RUN_FILES) if (!/^(run.json|history.csv)$/.test(name)) rmSync(join(out, name));
      expect(await train(...args(out))).toBe(sha);
      expect(readdirSync(out).sort()).toEqual(RUN_FILES);
    });
  }

  it('begins again with its log for TensorBoard', async () => {
    const { out, sha } = await trained('--epochs', '3', '--tensorboard');
    for (const name of RUN_FILES) if (name !== 'run.json') rmSync(join(out, name));
    expect(await train('--resume', out)).toBe(sha);
    rmSync(join(out, 'history.json'));
    rmSync(join(out, 'model.safetensors'));
    expect(await train(...OPTIONS, '--out', out, '--epochs', '3', '--tensorboard')).toBe(sha);
  });

  it('is not replaced by a run with other options', async () => {
    const { out } = await trained('--epochs', '3');
    for (const name of RUN_FILES) if (!/^(run.json|history.csv)$/.test(name)) rmSync(join(out, name));
    const before = contentOf(out);
    const other = train(...OPTIONS, '--epochs', '4', '--out', out);
    await expect(other).rejects.toThrow(`already holds a run: choose another one, or go on with it by --resume ${out}`);
    expect(contentOf(out)).toEqual(before);
  });
});

it('a run that was killed between its model and its results writes them when it is resumed', async () => {
  const { out, sha } = await trained('--epochs', '3');
  for (const name of ['history.json', 'report.html']) rmSync(join(out, name));
  expect(await train('--resume', out)).toBe(sha);
  expect(readdirSync(out).sort()).toEqual(RUN_FILES);
});

it('a run that has learned nothing says so, and its record does', async () => {
  const { out } = await trained(...'--epochs 1 --learning-rate 1e-7 --samples 80 --validation-split 0.5'.split(' '));
  expect(output.stdout).toMatch(/\nNot trained yet: on \d+ validation series .*larger --learning-rate\.\nWrote model/);
  const { verdict } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
  expect(verdict).toMatchObject({ learned: false, reason: 'untrained', part: 'validation' });
});

describe('a run that has ended', () => {
  it('says so when it is resumed, and is not changed', async () => {
    const { out, sha } = await trained('--epochs', '3');
    const before = contentOf(out);
    for (const epochs of [[], ['--epochs', '3'], ['--epochs', '2']]) {
      expect(await train('--resume', out, ...epochs)).toBe(sha);
      expect(output.stdout).toBe(
        `The run in ${out} has ended after epoch 3 of 3. Its model is ${join(out, 'model.safetensors')}. Nothing was changed.
SHA-256 ${sha}
A larger --epochs trains it further.
`,
      );
      expect(contentOf(out)).toEqual(before);
    }
  });

  it('says that it does not write its model again then', async () => {
    const { out } = await trained('--epochs', '3', '--json', `${newPath()}.json`);
    await train('--resume', out);
    expect(output.stderr).toBe('');
    await train('--resume', out, '--model', `${out}.onnx`);
    expect(output.stderr).toBe('--model was not written: convert copies the model\n');
    expect(existsSync(`${out}.onnx`)).toBe(false);
  });

  it('says so if it has stopped early', async () => {
    const { out } = await trained('--epochs', '30', '--patience', '1', '--learning-rate', '5');
    const before = contentOf(out);
    await train('--resume', out);
    expect(output.stdout).toMatch(
      /has ended after epoch \d+ of 30, because its loss had stopped falling\. Its model is /,
    );
    expect(contentOf(out)).toEqual(before);
  });

  it('is not recommended to go on by the refusal of a new run', async () => {
    const { out } = await trained('--epochs', '3');
    const again = train(...OPTIONS, '--epochs', '3', '--out', out);
    await expect(again).rejects.toThrow(
      /already holds a run, which has ended: choose another one, or .*larger --epochs$/,
    );
  });

  it('goes on with more epochs, also if it is killed then and resumed without their number', async () => {
    const { out } = await trained('--epochs', '3');
    const { sha } = await trained('--epochs', '6');
    let checkpoints = 0;
    vi.spyOn(HOSTS, 'dawn').mockImplementation(async function* (job, options) {
      for await (const event of referenceHost(job, options)) {
        if (event.type === 'done') throw new Error('killed');
        yield event;
        if (event.type === 'checkpoint') checkpoints++;
      }
    });
    const killed = train('--resume', out, '--epochs', '6', '--checkpoint-seconds', '0');
    await expect(killed).rejects.toThrow('killed');
    expect(checkpoints).toBeGreaterThan(0);
    vi.spyOn(HOSTS, 'dawn').mockImplementation(referenceHost);
    expect(await train('--resume', out)).toBe(sha);
    expect(output.stdout).toContain('Epoch 6/6');
  });
});

describe('a run that cannot go on says so before it asks for an adapter', () => {
  it.each([
    ['with another setting', ['--learning-rate', '0.5', '--epochs', '5'], 'has learningRate 0.001, this run 0.5'],
    ['with another model', ['--units', '3', '--epochs', '5'], 'has units 2, this run 3'],
    ['with a setting too many', ['--patience', '3', '--epochs', '5'], 'has patience undefined, this run 3'],
  ])('%s', async (_, options, message) => {
    const { out } = await trained('--epochs', '3');
    const before = contentOf(out);
    vi.mocked(HOSTS.dawn).mockClear();
    await expect(train('--resume', out, ...options)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    });
    expect(HOSTS.dawn).not.toHaveBeenCalled();
    expect(contentOf(out)).toEqual(before);
  });

  it('from a checkpoint of more epochs than are asked for', async () => {
    const { out } = await trained('--epochs', '3');
    renameSync(join(out, 'model.safetensors'), join(out, 'checkpoint.safetensors'));
    vi.mocked(HOSTS.dawn).mockClear();
    await expect(train('--resume', out, '--epochs', '2')).rejects.toThrow(
      'the checkpoint is of epoch 3, and this run ends with epoch 2',
    );
    expect(HOSTS.dawn).not.toHaveBeenCalled();
  });
});

it('a run in which another process trains is neither resumed nor replaced', async () => {
  const { out } = await trained('--epochs', '3');
  const other = await RunFolder.open(out);
  const message = `another process trains in the folder ${out}: wait until it has ended, or choose another folder`;
  await expect(train('--resume', out, '--epochs', '5')).rejects.toThrow(message);
  await expect(train(...OPTIONS, '--out', out)).rejects.toThrow(message);
  await other.close();
  await train('--resume', out, '--epochs', '5');
  expect(JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')).history).toHaveLength(5);
  expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).flags.epochs).toBe(5);
  expect(output.stderr).toBe('');
});
