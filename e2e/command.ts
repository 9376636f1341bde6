import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagePath } from '../src/hosts/package_path.ts';

/**
 * A command that fails before any work ends within these seconds, however busy the machine is. Only a command that
 * hangs takes longer.
 */
export const PROMPT_SECONDS = 30;

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

/** Sees all output of a command so far, at every new output. */
type Watcher = (text: string, child: ChildProcess) => void;

interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  onStart?: (child: ChildProcess) => void;
  onOutput?: Watcher;
  onError?: Watcher;
}

/**
 * Runs the built command line as a person would. `onOutput` sees standard output grow, `onError` standard error. Each
 * run has its own cache folder, unless `env` names one: it knows no tiles of other runs and leaves the user's cache
 * alone.
 */
export function cli(args: string[], { env = {}, onStart, onOutput, onError }: CommandOptions = {}): Promise<Outcome> {
  const started = performance.now();
  const child = spawn(process.execPath, [packagePath('dist/node/main.js'), ...args], {
    env: { ...process.env, FORCE_COLOR: undefined, ATTENTION_LSTM_CACHE: newFolder(), ...env },
  });
  onStart?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
    onOutput?.(stdout, child);
  });
  child.stderr.on('data', (data) => {
    stderr += data;
    onError?.(stderr, child);
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr, seconds: (performance.now() - started) / 1000 }));
  });
}

/** A temporary folder. */
export const newFolder = () => mkdtempSync(join(tmpdir(), 'attention-lstm-'));
