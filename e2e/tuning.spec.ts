import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { tileId } from '../shaders/lstm_tile.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import type { Tuning } from '../src/jobs/tuning.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { type LstmTiles, lstmTiles } from '../src/model/tiles.ts';
import { relativeL2 } from '../src/verify/check.ts';
import { NO_GPU } from '../test/model_reference.ts';
import type { Trained } from './chunked_training.ts';
import { cli, newFolder, type Outcome } from './command.ts';
import { runDawnProgram } from './dawn_program.ts';
import { collect } from './jobs.ts';

const CONFIG = { ...EXPERIMENT, samples: 100, timeSteps: 8, attentionColumn: 3, units: 4, batchSize: 64, epochs: 1 };
const TINY = '--samples 100 --time-steps 8 --attention-column 3 --units 4 --batch-size 64 --epochs 1'.split(' ');
/** The tiles of this shape on a software adapter, by their ids. */
const TILES = lstmTiles(CONFIG, CONFIG.batchSize, { ...NO_GPU, hasSubgroups: true });
const IDS = TILES.map(tileId);

/** Trains with a cache folder; the outcome, and the parameters' SHA-256 where it came to its end. */
async function train(runtime: string, cache: string, args: string[] = []): Promise<Outcome & { sha256?: string }> {
  const host = ['--runtime', runtime, '--adapter', 'software', '--out', join(newFolder(), 'run')];
  const outcome = await cli(['train', ...TINY, ...host, ...args], { env: { ATTENTION_LSTM_CACHE: cache } });
  return { ...outcome, sha256: outcome.stdout.match(/^SHA-256 ([0-9a-f]{64})$/m)?.[1] };
}

/** Where a cache folder has the choices. */
const tilesFile = (cache: string) => join(cache, 'tiles.json');

for (const runtime of ['dawn', 'chrome']) {
  test(`on ${runtime} the first run measures, the second uses its choice, and whatever the tile the bits are the same`, async () => {
    expect(IDS.length).toBeGreaterThan(1);
    const cache = newFolder();
    const first = await train(runtime, cache);
    expect(first).toMatchObject({ status: 0, stderr: '', sha256: expect.any(String) });
    const choices: [string, LstmTiles][] = Object.entries(JSON.parse(readFileSync(tilesFile(cache), 'utf8')));
    expect(choices).toHaveLength(1);
    const [[key, { forward, backward }]] = choices;
    expect(key).toMatch(/swiftshader.* \| D1 \| U4 \| B64$/i);
    expect(IDS).toContain(tileId(forward));
    expect(IDS).toContain(tileId(backward));

    // Whoever measures writes the file anew, and not in one line.
    const asLeft = JSON.stringify({ [key]: { forward: TILES[1], backward: TILES[0] } });
    writeFileSync(tilesFile(cache), asLeft);
    const others = [await train(runtime, cache), await train(runtime, cache, ['--no-tune'])];
    for (const id of IDS) others.push(await train(runtime, cache, ['--tile', id]));
    for (const other of others) expect(other).toMatchObject({ status: 0, stderr: '', sha256: first.sha256 });
    expect(readFileSync(tilesFile(cache), 'utf8')).toBe(asLeft);
  });
}

test('a tile that there is not: one sentence with those that there are, and exit 2', async () => {
  const { status, stderr } = await train('dawn', newFolder(), ['--tile', 'nonsense']);
  expect(stderr).toBe(
    `Error: there is no tile nonsense for this model on this adapter: give one of ${IDS.join(', ')}\n`,
  );
  expect(status).toBe(2);
});

test('a job measures only what it is not told, and does not trust what it is told', async () => {
  const tilesOf = async (tuning: Tuning) => {
    const events = await collect(runInDawn, { type: 'train', config: CONFIG, tuning }, 'software');
    return events.find((event) => event.type === 'tiles');
  };
  const measured = await tilesOf({ known: {} });
  if (!measured) throw new Error('it has not measured');
  expect(measured.seconds).toBeGreaterThan(0);
  const { key, tiles } = measured;
  expect(await tilesOf({ known: { [key]: tiles } })).toBeUndefined();
  expect(await tilesOf({ off: true })).toBeUndefined();
  expect((await tilesOf({ known: { [`${key}0`]: tiles } }))?.key).toBe(key);
  const foreign = { ...tiles, backward: { lanes: 'quads', samplesPerLane: 4, samplesPerWorkgroup: 512 } } as const;
  expect((await tilesOf({ known: { [key]: foreign } }))?.key).toBe(key);
});

test('an LSTM that goes in chunks of time steps computes what it does in one piece', async () => {
  const [whole, chunked] = await runDawnProgram<Trained[]>('chunked_training');
  // 40 steps in chunks of 16 are three dispatches instead of one, three times.
  expect(chunked.dispatches).toBe(whole.dispatches + 3 * 2);
  for (const [name, values] of Object.entries(whole.states)) {
    expect(Math.hypot(...values), name).toBeGreaterThan(0);
    expect(chunked.states[name], name).toEqual(values);
  }
  // Sums over time steps are in other parts, and so rounded otherwise.
  for (const [name, values] of Object.entries(whole.sums)) {
    expect(Math.hypot(...values), name).toBeGreaterThan(0);
    expect(relativeL2(chunked.sums[name], values), name).toBeLessThan(1e-6);
  }
});
