import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { trainCommand } from '../src/cli/train.ts';
import { referenceHost } from './reference_host.ts';

// The command `train` within the tests' process, with the float64 references in the place of a GPU.

/** A small model and few series. */
export const OPTIONS = '--samples 40 --time-steps 4 --attention-column 1 --units 2 --batch-size 8'.split(' ');

/** What the last command wrote to standard output and to standard error. */
export const output = { stdout: '', stderr: '' };

let folder = '';
let count = 0;

/** Call this once in a file of tests. */
export function useReferences(): void {
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
    for (const stream of ['stdout', 'stderr'] as const) {
      vi.spyOn(process[stream], 'write').mockImplementation(capture(stream));
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

/** Keeps in the place of writing. */
export function capture(stream: keyof typeof output) {
  return (text: string | Uint8Array, ...[done]: unknown[]): boolean => {
    output[stream] += text;
    if (typeof done === 'function') done();
    return true;
  };
}

/** A path that nothing has yet. */
export const newPath = () => join(folder, `run-${count++}`);

/** Runs the command; gives the hash that it prints. */
export async function train(...args: string[]): Promise<string> {
  Object.assign(output, { stdout: '', stderr: '' });
  await trainCommand().parseAsync([...args, '--runtime', 'dawn'], { from: 'user' });
  return /SHA-256 ([0-9a-f]{64})/.exec(output.stdout)?.[1] ?? '';
}

/** Trains to the end. */
export async function trained(...options: string[]): Promise<{ out: string; sha: string }> {
  const out = newPath();
  return { out, sha: await train(...OPTIONS, '--out', out, ...options) };
}

/** Every file of a folder, with its content and the time at which it was written. */
export function contentOf(out: string): unknown {
  return readdirSync(out)
    .sort()
    .map((name) => [name, readFileSync(join(out, name), 'latin1'), statSync(join(out, name)).mtimeMs]);
}
