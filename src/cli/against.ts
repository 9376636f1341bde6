import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pooled } from '../bench/bench_starts.ts';
import { type Comparison, compareResults } from '../bench/compare.ts';
import type { Comparable } from '../bench/result.ts';
import { requireComparable } from '../bench/result_file.ts';
import { Failure } from '../errors.ts';
import { readJson } from './files.ts';
import type { StatusLine } from './status_line.ts';

/** Turns of each build; another one begins each, so that neither has the better moments. */
const TURNS = 4;
/** Starts of a build in each turn. Builds that know of none have one. */
const STARTS_A_TURN = 2;
/** The least that every build accepts. */
const LEAST_SECONDS = 0.1;

export interface AgainstRequest {
  /** The command lines of the two builds. */
  other: string;
  own: string;
  /** Options of `bench` that both get, without seconds. */
  options: string[];
  /** For all turns of a build together. */
  seconds: number;
  status: Pick<StatusLine, 'show' | 'clear'>;
}

/**
 * Measures two builds in turns, each turn in processes of its own, and compares them. Throws peer-failed if a build
 * cannot be measured.
 */
export async function compareBuilds({ other, own, options, seconds, status }: AgainstRequest): Promise<Comparison> {
  const folder = await mkdtemp(join(tmpdir(), 'attention-lstm-against-'));
  const builds = [
    { program: other, called: 'the other build', results: [] as Comparable[], starts: await startsOptions(other) },
    { program: own, called: 'this build', results: [] as Comparable[], starts: await startsOptions(own) },
  ];
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      for (const { program, called, results, starts } of turn % 2 === 0 ? builds : builds.toReversed()) {
        status.show(`turn ${turn + 1} of ${TURNS}: ${called}`);
        const json = join(folder, 'turn.json');
        const budget = ['--seconds', String(Math.max(LEAST_SECONDS, seconds / TURNS))];
        await run(program, ['bench', ...options, ...budget, ...starts, '--no-epoch', '--json', json, '--force']);
        results.push(await readTurn(json));
      }
    }
  } finally {
    status.clear();
    await rm(folder, { recursive: true, force: true });
  }
  const [then, now] = builds.map(({ results }) => pooled(results));
  return compareResults(then, now, { inTurns: true });
}

async function readTurn(json: string): Promise<Comparable> {
  const wanted = 'a build whose bench --json this version reads';
  const content = await readJson(json, wanted);
  requireComparable(json, content, wanted);
  return content;
}

/** Older builds do not know the option: each of their turns is one start. */
async function startsOptions(program: string): Promise<string[]> {
  const help = await run(program, ['bench', '--help']);
  return help.includes('--starts') ? ['--starts', String(STARTS_A_TURN)] : [];
}

/** Runs a build's command line. Returns what it printed. Throws peer-failed with its last words. */
function run(program: string, args: string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  return new Promise((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new Failure('peer-failed', `${program} cannot be measured (${reason}): run its bench by hand to see why`));
    child.once('error', ({ message }) => fail(message));
    child.once('close', (status, killedBy) => {
      if (status === 0) resolve(output);
      else fail(errors.trim().split('\n').at(-1) || `it ended with ${killedBy ?? status}`);
    });
  });
}
