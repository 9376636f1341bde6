import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { readModelPath } from '../src/cli/model_paths.ts';
import { RunFolder } from '../src/cli/run_folder.ts';
import { trainCommand } from '../src/cli/train.ts';
import { sha256 } from '../src/data/sha256.ts';
import { Failure } from '../src/errors.ts';
import { createArena, packArena } from '../src/model/parameters.ts';
import { referenceHost } from './reference_host.ts';

// A run that was killed, begins at once or has ended, with the float64 references in the place of a GPU.

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

const RUN_FILES = ['attention.csv', 'history.csv', 'history.json', 'model.safetensors', 'report.html', 'run.json'];

let folder = '';
let printed = '';
let said = '';
let count = 0;
const newOut = () => join(folder, `run-${count++}`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
  vi.stubEnv('ATTENTION_LSTM_CACHE', folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.spyOn(HOSTS, 'dawn').mockImplementation(referenceHost);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  disk.isFull = () => false;
  vi.restoreAllMocks();
});

const OPTIONS = [
  '--samples',
  '40',
  '--time-steps',
  '4',
  '--attention-column',
  '1',
  '--units',
  '2',
  '--batch-size',
  '8',
];

async function train(...args: string[]): Promise<string> {
  printed = '';
  said = '';
  await trainCommand().parseAsync([...args, '--runtime', 'dawn'], { from: 'user' });
  return /SHA-256 ([0-9a-f]{64})/.exec(printed)?.[1] ?? '';
}

/** Trains to the end. */
async function trained(...options: string[]): Promise<{ out: string; sha: string }> {
  const out = newOut();
  return { out, sha: await train(...OPTIONS, '--out', out, ...options) };
}

/** Every file of a folder, with its content and the time at which it was written. */
function contentOf(out: string): unknown {
  return readdirSync(out)
    .sort()
    .map((name) => [name, readFileSync(join(out, name), 'latin1'), statSync(join(out, name)).mtimeMs]);
}

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

describe('a run that has ended', () => {
  it('says so when it is resumed, and is not changed', async () => {
    const { out, sha } = await trained('--epochs', '3');
    const before = contentOf(out);
    for (const epochs of [[], ['--epochs', '3'], ['--epochs', '2']]) {
      expect(await train('--resume', out, ...epochs)).toBe(sha);
      expect(printed).toBe(
        `The run in ${out} has ended after epoch 3 of 3. Its model is ${join(out, 'model.safetensors')}. Nothing was changed.
SHA-256 ${sha}
A larger --epochs trains it further.
`,
      );
      expect(contentOf(out)).toEqual(before);
    }
  });

  it('says that it does not write other files then', async () => {
    const { out } = await trained('--epochs', '3', '--json', `${newOut()}.json`);
    await train('--resume', out);
    expect(said).toBe('');
    await train('--resume', out, '--model', `${out}.onnx`);
    expect(said).toBe(
      '--model and --json were not written: convert copies the model, and history.json has the result\n',
    );
    expect(existsSync(`${out}.onnx`)).toBe(false);
  });

  it('says so if it has stopped early', async () => {
    const { out } = await trained('--epochs', '30', '--patience', '1', '--learning-rate', '5');
    const before = contentOf(out);
    await train('--resume', out);
    expect(printed).toMatch(/has ended after epoch \d+ of 30, because its loss had stopped falling\. Its model is /);
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
    expect(printed).toContain('Epoch 6/6');
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
  expect(said).toBe('');
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
    const { config, parameters } = await readModelPath(path);
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
    const out = newOut();
    const { message, model } = await failing(() => spoil(out), '--out', out);
    expect(message).toBe(
      `${told(out, reason)} cannot be written; the model is in ${model}: free some space or choose another folder`,
    );
    expect(await shaOf(model)).toBe(sha);
    expect(model.startsWith(tmpdir())).toBe(true);
    expect(printed).toContain(`SHA-256 ${sha}`);
    expect(printed).not.toContain('Wrote');
  });

  it('tries every target: --model and --json are written, and the model is not put elsewhere', async () => {
    const { sha } = await trained('--epochs', '3');
    const out = newOut();
    const [kept, json] = [`${out}.onnx`, `${out}.json`];
    const spoil = () => renameSync(out, `${out}-moved`);
    const { message, model } = await failing(spoil, '--out', out, '--model', kept, '--json', json);
    expect(message.startsWith(`${told(out, 'ENOENT')} cannot be written; the model is in ${kept}: `)).toBe(true);
    expect(model).toBe(kept);
    expect(await shaOf(kept)).toBe(sha);
    expect(JSON.parse(readFileSync(json, 'utf8')).parametersSha256).toBe(sha);
  });

  it('names every target that cannot be written, and keeps the folder whole', async () => {
    const out = newOut();
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
    const out = newOut();
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
    const out = newOut();
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
    const out = newOut();
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
    const out = newOut();
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
    const out = newOut();
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
    expect((await readModelPath(place)).checkpoint?.epoch).toBe(2);
  });
});

describe('a run folder from somebody else', () => {
  /** A run that goes on, whose options name these paths. */
  async function foreign(paths: (out: string) => object): Promise<{ out: string; victim: string }> {
    const { out } = await trained('--epochs', '2');
    const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    const flags = { ...run.flags, epochs: 3, ...paths(out) };
    writeFileSync(join(out, 'run.json'), JSON.stringify({ ...run, flags }));
    const victim = newOut();
    mkdirSync(victim);
    return { out, victim };
  }

  it.each([
    ['--model', (victim: string) => ({ model: join(victim, 'm.onnx') })],
    ['--json', (victim: string) => ({ json: join(victim, 'r.json') })],
    ['--json', (victim: string) => ({ json: relative('.', join(victim, 'r.json')) })],
    ['--tensorboard', (victim: string) => ({ tensorboard: victim })],
  ])('does not write where its %s says, but in itself, until the option is given again', async (option, flags) => {
    const { out, victim } = await foreign(() => ({}));
    const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    const stored = flags(victim);
    const paths = { force: true, out: victim, resume: victim, ...stored };
    writeFileSync(join(out, 'run.json'), JSON.stringify({ ...run, flags: { ...run.flags, ...paths } }));
    await train('--resume', out);
    const [path] = Object.values(stored);
    expect(said).toBe(
      `the run names ${option} ${path}, which is outside its folder: give the option again to write there\n`,
    );
    expect(readdirSync(victim)).toEqual([]);
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
    await train('--resume', out, '--epochs', '4', option, path);
    expect(said).toBe('');
    expect(readdirSync(victim)).not.toEqual([]);
  });

  it.each([
    ['--model', { model: 'link/m.onnx' }, 'link'],
    ['--model', { model: 'm.json' }, 'weights.bin'],
    ['--json', { json: 'r.json' }, 'r.json'],
    ['--tensorboard', { tensorboard: true }, 'tensorboard'],
    ['--tensorboard', { tensorboard: 'log' }, 'log/train'],
  ])('does not write through a link: %s %j', async (option, stored, link) => {
    const inside = (out: string, path: unknown) => (typeof path === 'string' ? join(out, path) : path);
    const { out, victim } = await foreign((out) =>
      Object.fromEntries(Object.entries(stored).map(([name, path]) => [name, inside(out, path)])),
    );
    const target = link.includes('.') ? join(victim, 'new file') : victim;
    mkdirSync(dirname(join(out, link)), { recursive: true });
    symlinkSync(target, join(out, link));
    await train('--resume', out);
    expect(said).toMatch(new RegExp(`^the run names ${option} .* is outside its folder: `));
    expect(readdirSync(victim)).toEqual([]);
  });

  it('writes paths that stay in it', async () => {
    const { out } = await foreign((out) => ({
      model: join(out, 'm.onnx'),
      json: join(out, 'r.json'),
      tensorboard: true,
    }));
    await train('--resume', out);
    expect(said).toBe('');
    expect(readdirSync(out).sort()).toEqual([...RUN_FILES, 'm.onnx', 'r.json', 'tensorboard'].sort());
  });

  it('does not write through a link in the place of its own files', async () => {
    const { out, victim } = await foreign(() => ({}));
    const mine = join(victim, 'mine');
    writeFileSync(mine, 'mine');
    const names = ['history.csv', 'history.json', 'attention.csv', 'report.html', 'checkpoint.safetensors'];
    for (const name of [...names, 'checkpoint.before.safetensors', '.history.csv.1.tmp']) {
      rmSync(join(out, name), { force: true });
      symlinkSync(mine, join(out, name));
    }
    rmSync(join(out, 'history.json'));
    await train('--resume', out, '--checkpoint-seconds', '0');
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    expect(readdirSync(victim)).toEqual(['mine']);
  });

  it('names the files that it reads', async () => {
    const data = `${newOut()}.csv`;
    const rows = Array.from({ length: 20 }, (_, n) => `${n % 3},${n % 5},${n % 4},${n % 7},${'ab'[n % 2]}\n`);
    writeFileSync(data, rows.join(''));
    const out = newOut();
    await train('--data', data, '--test', data, '--units', '2', '--epochs', '1', '--out', out);
    await train('--resume', out, '--epochs', '2');
    expect(printed).toMatch(`The run reads --data ${data}, --test ${data}\n`);
  });
});

describe('a new run', () => {
  it.each([
    [
      'a model that is there already',
      (path: string) => ['--model', path],
      'is there already: give another name, or --force',
    ],
    ['a result that is there already', (path: string) => ['--json', path], 'is there already: give another name, or'],
    [
      'a file that it reads',
      (path: string) => ['--data', path, '--json', path],
      'is read by this command: give another',
    ],
  ])('does not replace %s', async (_, options, message) => {
    const path = `${newOut()}.onnx`;
    writeFileSync(path, 'mine');
    const out = newOut();
    await expect(train('--out', out, ...options(path))).rejects.toThrow(`${path} ${message}`);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(existsSync(out)).toBe(false);
  });

  it('does not take a name of its folder’s files for others', async () => {
    const out = newOut();
    const json = join(out, 'history.json');
    await expect(train('--out', out, '--json', json)).rejects.toThrow(
      `--json ${json} is written by every run: give another`,
    );
  });

  it('leaves no folder if its log cannot begin, and adds nothing to the log of another run', async () => {
    const log = newOut();
    await trained('--epochs', '1', '--tensorboard', log);
    const before = readdirSync(join(log, 'train'));
    const out = newOut();
    for (let i = 0; i < 2; i++) {
      const again = train(...OPTIONS, '--epochs', '1', '--out', out, '--tensorboard', log);
      await expect(again).rejects.toThrow(`the folder ${log} already holds a log`);
      expect(existsSync(out)).toBe(false);
    }
    expect(readdirSync(join(log, 'train'))).toEqual(before);
  });

  it('replaces a model by --force', async () => {
    const path = `${newOut()}.onnx`;
    writeFileSync(path, 'mine');
    const { out } = await trained('--epochs', '1', '--model', path, '--force');
    expect((await readModelPath(path)).history).toHaveLength(1);
    expect(readFileSync(join(out, 'run.json'), 'utf8')).not.toContain('force');
  });
});
