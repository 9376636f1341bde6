import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { RUN_FILES } from '../test/run_files.ts';
import { cli, newFolder, type Outcome } from './command.ts';
import { descendants, isAlive } from './processes.ts';

/** Kills of each runtime: `npm test` has a few, in Dawn alone; `npm run test:soak` has sixty. */
const KILLS: Record<string, number> = process.env.ATTENTION_LSTM_SOAK_MINUTES ? { dawn: 30, chrome: 30 } : { dawn: 4 };
/** The first moment of a kill, in milliseconds after the start. */
const FIRST_MS = 50;
const OPTIONS = ['--time-steps', '12', '--attention-column', '4', '--units', '8', '--batch-size', '64'];
const RUN = [...OPTIONS, '--samples', '2000', '--epochs', '40', '--checkpoint-seconds', '0.1'];
const HOST = ['--adapter', 'software', '--no-tune'];

const hashOf = ({ stdout }: Outcome) => /SHA-256 ([0-9a-f]{64})/.exec(stdout)?.[1];

/** Starts a command and kills it, and nothing else, after this many milliseconds. Gives the processes that it had. */
async function killed(args: string[], env: NodeJS.ProcessEnv, ms: number): Promise<number[]> {
  let children: number[] = [];
  await cli(args, {
    env,
    onStart: (child) => {
      setTimeout(() => {
        const pid = child.pid ?? 0;
        children = descendants(pid).map((process) => process.pid);
        child.kill('SIGKILL');
      }, ms);
    },
  });
  return children;
}

/**
 * What a person does afterwards: the same command, and if it is refused what its sentence says. On a busy machine a
 * browser may not start in time; then again.
 */
async function goneOn(args: string[], out: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const outcome = await cli(args, { env });
  if (outcome.stderr.includes(' did not start in ')) return goneOn(args, out, env);
  if (outcome.status === 0) return outcome;
  expect(outcome.stderr).toContain(`--resume ${out}`);
  return goneOn(['train', '--resume', out], out, env);
}

for (const [runtime, kills] of Object.entries(KILLS)) {
  test(`a run in ${runtime} that is killed at any moment goes on to the same bits and leaves nothing behind`, async () => {
    test.setTimeout(600_000 + 120_000 * kills);
    const command = (out: string) => ['train', ...RUN, ...HOST, '--runtime', runtime, '--out', out];
    const wholeOut = join(newFolder(), 'whole');
    const whole = await goneOn(command(wholeOut), wholeOut, {});
    expect(hashOf(whole)).toBeDefined();
    const lastMs = 1000 * whole.seconds;
    const outcomes: string[] = [];
    for (let i = 0; i < kills; i++) {
      // Each kill has its part of the run.
      const ms = FIRST_MS + ((i + Math.random()) / kills) * (lastMs - FIRST_MS);
      const temporary = newFolder();
      const env = { TMPDIR: temporary, TEMP: temporary, TMP: temporary };
      const out = join(newFolder(), 'run');
      const children = await killed(command(out), env, ms);
      const where = `killed after ${ms.toFixed(0)} ms`;
      const outcome = await goneOn(command(out), out, env);
      expect(outcome.stderr, where).toBe('');
      expect(hashOf(outcome), where).toBe(hashOf(whole));
      expect(readdirSync(out).sort(), where).toEqual(RUN_FILES);
      await expect.poll(() => children.filter(isAlive), { message: where }).toEqual([]);
      // The next browser that starts clears up.
      if (readdirSync(temporary).length > 0) await cli(['doctor', '--adapter', 'software'], { env });
      expect(readdirSync(temporary), where).toEqual([]);
      outcomes.push(where);
    }
    process.stdout.write(`${runtime}: ${outcomes.length} of ${kills} to the bits of ${hashOf(whole)}\n`);
  });
}
