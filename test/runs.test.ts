import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { RunFolder } from '../src/cli/run_folder.ts';
import { trainCommand } from '../src/cli/train.ts';
import { referenceHost } from './reference_host.ts';

// A run that was killed, begins at once or has ended, with the float64 references in the place of a GPU.

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
