import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { cli, newFolder } from '../e2e/command.ts';

const EPOCHS = 10_000;
const CHECKPOINT_SECONDS = 2;
const TINY = ['--samples', '64', '--time-steps', '4', '--attention-column', '1', '--units', '4', '--batch-size', '32'];
const HOST = ['--runtime', 'dawn', '--adapter', 'software', '--no-tune'];

test('ten thousand tiny epochs stay as fast as the first ones, and write little more than they leave', async () => {
  test.setTimeout(900_000);
  const out = join(newFolder(), 'run');
  /** The time at which an epoch's line has come. */
  const times: number[] = [];
  let told = 0;
  let written = 0;
  const own = ['--epochs', String(EPOCHS), '--checkpoint-seconds', String(CHECKPOINT_SECONDS), '--out', out];
  const { status, seconds } = await cli(['train', ...TINY, ...HOST, ...own], {
    onOutput: (stdout, child) => {
      const now = performance.now();
      const epoch = Math.max(
        told,
        ...[...stdout.slice(-300).matchAll(/Epoch (\d+)\/\d+\n/g)].map(([, n]) => Number(n)),
      );
      for (let n = told + 1; n <= epoch; n++) times[n] = now;
      told = epoch;
      // All that it writes to files and to its output.
      if (process.platform === 'linux' && told < EPOCHS) {
        written = Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1]) - stdout.length;
      }
    },
  });
  expect(status).toBe(0);
  const rate = (from: number, to: number) => (1000 * (to - from)) / (times[to] - times[from]);
  const [first, last] = [rate(1, 1000), rate(EPOCHS - 1000, EPOCHS)];
  const left = readdirSync(out).reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
  const intervals = seconds / CHECKPOINT_SECONDS;
  const found = { first, last, written, left, intervals };
  process.stdout.write(`Epochs a second, bytes, checkpoint intervals: ${JSON.stringify(found)}\n`);
  expect(last).toBeGreaterThan(0.9 * first);
  expect(written).toBeLessThan(2 * left * intervals);
});
