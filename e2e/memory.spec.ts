import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { expect, test } from 'playwright/test';
import { bytesOf, npy } from '../test/series_files.ts';
import { cli, newFolder, type Outcome } from './command.ts';
import { descendants } from './processes.ts';

// Many channels and few steps: large series that train quickly.
const [SERIES, STEPS, CHANNELS] = [58_000, 4, 64];
/** Of the series in float32: 59 MB. */
const BYTES = 4 * SERIES * STEPS * CHANNELS;
/** The programs themselves: the promise is 500 MB, and Dawn needs fewer. */
const PROGRAM_BYTES = { dawn: 200e6, chrome: 500e6 };
const SAMPLE_MS = 150;

const labels = Uint8Array.from({ length: SERIES }, (_, n) => n % 2);

const FILES = {
  'x.npz': () => {
    const values = Float32Array.from({ length: SERIES * STEPS * CHANNELS }, (_, i) => (i % 97) / 97);
    const x = npy({ descr: '<f4', shape: [SERIES, STEPS, CHANNELS], data: bytesOf(values) });
    return zipSync({ 'x.npy': x, 'y.npy': npy({ descr: '|u1', shape: [SERIES], data: labels }) }, { level: 0 });
  },
  'x.csv': () => {
    const steps = Array.from({ length: STEPS }, (_, t) => t);
    const names = Array.from({ length: CHANNELS }, (_, d) => steps.map((t) => `c${d}_${t},`).join('')).join('');
    const row = Array.from({ length: STEPS * CHANNELS }, (_, i) => `.${i % 7},`).join('');
    return `${names}label\n${Array.from(labels, (label) => `${row}${label}\n`).join('')}`;
  },
};

/** Memory of a process and its descendants, shared pages counted once; processes that have just ended have none. */
function bytesOfTree(pid: number): number {
  return [pid, ...descendants(pid).map((process) => process.pid)].reduce((sum, each) => {
    try {
      return sum + 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      return sum;
    }
  }, 0);
}

/** Looks at the memory of a command until it ends. */
function watch(child: ChildProcess, onSample: (bytes: number) => void): void {
  const timer = setInterval(() => onSample(bytesOfTree(child.pid ?? 0)), SAMPLE_MS);
  child.once('exit', () => clearInterval(timer));
}

/** The outcome of a command and its peak of memory. On a busy machine a browser may not start in time; then again. */
async function measured(args: string[]): Promise<{ outcome: Outcome; peak: number }> {
  let peak = 0;
  const onStart = (child: ChildProcess) => {
    watch(child, (bytes) => {
      peak = Math.max(peak, bytes);
    });
  };
  const outcome = await cli(args, process.platform === 'linux' ? { onStart } : {});
  return outcome.stderr.includes(' did not start in ') ? measured([...args, '--force']) : { outcome, peak };
}

for (const [runtime, name] of [
  ['dawn', 'x.npz'],
  ['chrome', 'x.npz'],
  // What follows the reading is the same for every format.
  ['dawn', 'x.csv'],
] as const) {
  test(`training on ${name} in ${runtime} takes at most five times the series and 500 MB in all processes`, async () => {
    const folder = newFolder();
    const data = join(folder, name);
    writeFileSync(data, FILES[name]());
    const options = ['--epochs', '1', '--units', '2', '--batch-size', '1000', '--no-tune', '--adapter', 'software'];
    const places = ['--data', data, '--out', join(folder, 'run')];
    const { outcome, peak } = await measured(['train', ...places, ...options, '--runtime', runtime]);
    expect.soft(outcome.stderr).toBe('');
    expect.soft(outcome.status).toBe(0);
    if (process.platform !== 'linux') {
      process.stdout.write(`Memory is not measured on ${process.platform}, only on Linux\n`);
      return;
    }
    process.stdout.write(`${name}, ${runtime}: ${Math.round(peak / 1e6)} MB, ${outcome.seconds.toFixed(1)} s\n`);
    expect(peak).toBeGreaterThan(2 * BYTES);
    expect(peak).toBeLessThan(5 * BYTES + PROGRAM_BYTES[runtime]);
  });
}
