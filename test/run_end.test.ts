import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { sha256 } from '../src/data/sha256.ts';
import { Failure } from '../src/errors.ts';
import { readModelFile } from '../src/library/model_files.ts';
import { createArena, packArena } from '../src/model/parameters.ts';
import { referenceHost } from './reference_host.ts';
import { newPath, OPTIONS, output, train, trained, useReferences } from './reference_runs.ts';
import { RUN_FILES } from './run_files.ts';

/** Whether a file's disk is full. */
const disk = vi.hoisted(() => ({ isFull: (_path: string): boolean => false }));
vi.mock('node:fs/promises', async (load) => {
  const actual = await load<typeof import('node:fs/promises')>();
  const writeFile: typeof actual.writeFile = async (path, content, options) => {
    if (disk.isFull(String(path))) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    return actual.writeFile(path, content, options);
  };
  return { ...actual, writeFile };
});

useReferences();
afterEach(() => {
  disk.isFull = () => false;
});

describe('the end of a run', () => {
  /** Spoils something while the last epoch is trained; gives the failure, and the model that it names. */
  async function failing(spoil: () => void, ...options: string[]): Promise<{ message: string; model: string }> {
    vi.spyOn(HOSTS, 'dawn').mockImplementation(async function* (job, host) {
      for await (const event of referenceHost(job, host)) {
        if (event.type === 'done') spoil();
        yield event;
      }
    });
    const failure = await train(...OPTIONS, '--epochs', '3', ...options).catch((error: Failure) => error);
    if (!(failure instanceof Failure)) throw new Error('everything was written');
    expect(failure.code).toBe('not-saved');
    const { message } = failure;
    return { message, model: / the model is in ([^:]+):/.exec(message)?.[1] ?? '' };
  }

  const shaOf = async (path: string) => {
    const { config, parameters } = await readModelFile(path);
    return sha256(packArena(createArena(config), parameters));
  };
  const FILES = ['model.safetensors', 'history.csv', 'attention.csv', 'report.html', 'history.json'];
  const told = (out: string, reason: string) => FILES.map((name) => `${join(out, name)} (${reason})`).join(', ');

  it.each([
    ['moved away', 'ENOENT', (out: string) => renameSync(out, `${out}-moved`)],
    [
      'replaced by a file',
      'ENOTDIR',
      (out: string) => {
        renameSync(out, `${out}-moved`);
        writeFileSync(out, '');
      },
    ],
  ])('leaves the model in the temporary folder if the run’s folder was %s, and says so', async (_, reason, spoil) => {
    const { sha } = await trained('--epochs', '3');
    const out = newPath();
    const { message, model } = await failing(() => spoil(out), '--out', out);
    expect(message).toBe(
      `${told(out, reason)} cannot be written; the model is in ${model}: free some space or choose another folder`,
    );
    expect(await shaOf(model)).toBe(sha);
    expect(model.startsWith(tmpdir())).toBe(true);
    expect(output.stdout).toContain(`SHA-256 ${sha}`);
    expect(output.stdout).not.toContain('Wrote');
  });

  it('tries every target: --model and --json are written, and the model is not put elsewhere', async () => {
    const { sha } = await trained('--epochs', '3');
    const out = newPath();
    const [kept, json] = [`${out}.onnx`, `${out}.json`];
    const spoil = () => renameSync(out, `${out}-moved`);
    const { message, model } = await failing(spoil, '--out', out, '--model', kept, '--json', json);
    expect(message.startsWith(`${told(out, 'ENOENT')} cannot be written; the model is in ${kept}: `)).toBe(true);
    expect(model).toBe(kept);
    expect(await shaOf(kept)).toBe(sha);
    expect(JSON.parse(readFileSync(json, 'utf8')).parametersSha256).toBe(sha);
  });

  it('names every target that cannot be written, and keeps the folder whole', async () => {
    const out = newPath();
    const [kept, json, log] = [`${out}.onnx`, `${out}.json`, `${out}-log`];
    const spoil = () => {
      for (const path of [kept, json]) mkdirSync(path);
    };
    const places = ['--model', kept, '--json', json, '--tensorboard', log];
    const { message } = await failing(spoil, '--out', out, ...places);
    expect(message).toBe(
      `--model ${kept} (EISDIR), --json ${json} (EISDIR) cannot be written: choose other places; ${out} has everything else`,
    );
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
  });

  it('names a log that lacks records', async () => {
    const out = newPath();
    const log = `${out}-log`;
    vi.spyOn(HOSTS, 'dawn').mockImplementation(async function* (job, host) {
      for await (const event of referenceHost(job, host)) {
        if (event.type === 'epoch' && event.epoch === 2) renameSync(log, `${log}-moved`);
        if (event.type === 'epoch' && event.epoch === 3) renameSync(`${log}-moved`, log);
        yield event;
      }
    });
    const failing = train(...OPTIONS, '--epochs', '3', '--out', out, '--tensorboard', log);
    await expect(failing).rejects.toThrow(
      `all records of the log in ${log} (ENOENT) cannot be written: choose other places; ${out} has everything else`,
    );
  });

  it('takes the room of the older checkpoint for the model if the disk is full', async () => {
    const { sha } = await trained('--epochs', '3');
    const out = newPath();
    const before = join(out, 'checkpoint.before.safetensors');
    let fullness = 0;
    const spoil = () => {
      expect(existsSync(before)).toBe(true);
      disk.isFull = (path) => path.startsWith(out) && existsSync(before) && fullness++ >= 0;
    };
    await expect(failing(spoil, '--out', out, '--checkpoint-seconds', '0')).rejects.toThrow('everything was written');
    expect(fullness).toBe(1);
    expect(await shaOf(join(out, 'model.safetensors'))).toBe(sha);
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
  });

  it('leaves the model in the temporary folder if the disk stays full, and no half files', async () => {
    const { sha } = await trained('--epochs', '3');
    const out = newPath();
    const spoil = () => {
      disk.isFull = (path) => path.startsWith(out);
    };
    const { message, model } = await failing(spoil, '--out', out, '--checkpoint-seconds', '0');
    expect(message).toContain(`${join(out, 'model.safetensors')} (ENOSPC), `);
    expect(message).toContain(`; train --resume ${out} then goes on from the last checkpoint`);
    expect(await shaOf(model)).toBe(sha);
    expect(readdirSync(out).sort()).toEqual(['checkpoint.safetensors', 'history.csv', 'run.json']);
    disk.isFull = () => false;
    vi.spyOn(HOSTS, 'dawn').mockImplementation(referenceHost);
    expect(await train('--resume', out)).toBe(sha);
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
  });

  it('goes on from the checkpoint, and writes what is missing, once the folder can be written', async () => {
    const { sha } = await trained('--epochs', '3');
    const out = newPath();
    const report = join(out, 'report.html');
    const { message } = await failing(() => mkdirSync(report), '--out', out, '--checkpoint-seconds', '0');
    expect(message).toMatch(
      /report\.html \(\w+\) cannot be written; the model is in .*; train --resume .* then goes on/,
    );
    rmSync(report, { recursive: true });
    vi.spyOn(HOSTS, 'dawn').mockImplementation(referenceHost);
    expect(await train('--resume', out)).toBe(sha);
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
  });

  it('leaves the newest parameters of a run that fails in the temporary folder if no checkpoint could be written', async () => {
    const out = newPath();
    vi.spyOn(HOSTS, 'dawn').mockImplementation(async function* (job, host) {
      for await (const event of referenceHost(job, host)) {
        if (event.type === 'ready') renameSync(out, `${out}-moved`);
        if (event.type === 'done') yield { type: 'failed', code: 'internal', message: 'a mistake' };
        else yield event;
      }
    });
    const run = train(...OPTIONS, '--epochs', '3', '--out', out, '--checkpoint-seconds', '0');
    const failure = await run.catch((error: Failure) => error);
    const { message } = failure instanceof Failure ? failure : new Error('it did not fail');
    const [, place] = /^a mistake; the parameters of .*epoch \d are in (.*)$/.exec(message) ?? [message];
    expect((await readModelFile(place)).checkpoint?.epoch).toBe(2);
  });
});
