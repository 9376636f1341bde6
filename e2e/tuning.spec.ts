import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { kernels } from '../shaders/index.ts';
import { lstmForward } from '../shaders/lstm.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import type { Tuning } from '../src/jobs/protocol.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import type { TileChoice } from '../src/model/tiles.ts';
import { relativeL2 } from '../src/verify/check.ts';
import { DEVICES } from '../test/tile_devices.ts';
import type { Trained } from './chunked_training.ts';
import { cli, newFolder, type Outcome } from './command.ts';
import { runDawnProgram } from './dawn_program.ts';
import { plantedJob } from './jobs.ts';
import type { TunedKernels } from './tuned_kernels.ts';

/** Slightly more work than the least for which tiles are measured. */
const CONFIG = { ...EXPERIMENT, samples: 900, units: 16, batchSize: 64, epochs: 2 };
const SIZES = '--samples 900 --units 16 --batch-size 64'.split(' ');
/** Less work than that. */
const SHORT = ['--epochs', '1'];
/** The tiles of this shape on a software adapter, by their ids. */
const SHAPE = { ...CONFIG, batch: CONFIG.batchSize };
const IDS = lstmForward.tiles.choices(SHAPE, DEVICES.software).map(lstmForward.tiles.id);

/** Trains with a cache folder. Returns the outcome, and the parameters' SHA-256 if the run reached its end. */
async function train(cache: string, args: string[] = []): Promise<Outcome & { sha256?: string }> {
  const host = ['--runtime', 'dawn', '--adapter', 'software', '--out', join(newFolder(), 'run')];
  const outcome = await cli(['train', ...SIZES, '--epochs', `${CONFIG.epochs}`, ...host, ...args], {
    env: { ATTENTION_LSTM_CACHE: cache },
  });
  return { ...outcome, sha256: outcome.stdout.match(/^SHA-256 ([0-9a-f]{64})$/m)?.[1] };
}

/** The file of the choices in a cache folder. */
const tilesFile = (cache: string) => join(cache, 'tiles.json');

// `page.spec.ts` tests the same in Chrome, with the page's own store.
test('the first run measures, the second uses its choice, and whatever the tile the bits are the same', async () => {
  expect(IDS.length).toBeGreaterThan(1);
  const cache = newFolder();
  const first = await train(cache, ['--tune']);
  expect(first).toMatchObject({ status: 0, stderr: '', sha256: expect.any(String) });
  const choices: [string, TileChoice][] = Object.entries(JSON.parse(readFileSync(tilesFile(cache), 'utf8')));
  expect(choices).toHaveLength(1);
  const [[key, tiles]] = choices;
  expect(key).toMatch(/swiftshader.* \| D1 \| U16 \| B64$/i);
  expect(Object.keys(tiles)).toEqual(['lstm_forward', 'lstm_backward']);
  for (const id of Object.values(tiles)) expect(IDS).toContain(id);

  // A measurement would write the file anew, and not in one line.
  const asLeft = JSON.stringify({ [key]: { lstm_forward: IDS[1], lstm_backward: IDS[0] } });
  writeFileSync(tilesFile(cache), asLeft);
  expect(await train(cache)).toMatchObject({ status: 0, stderr: '', sha256: first.sha256 });
  expect(readFileSync(tilesFile(cache), 'utf8')).toBe(asLeft);

  const untuned = await train(cache, [...SHORT, '--no-tune']);
  expect(untuned).toMatchObject({ status: 0, stderr: '', sha256: expect.any(String) });
  for (const id of IDS) {
    const pinned = await train(cache, [...SHORT, '--tile', id]);
    expect(pinned).toMatchObject({ status: 0, stderr: '', sha256: untuned.sha256 });
  }
});

test('a tile that there is not: one sentence with those that there are, and exit 2', async () => {
  const { status, stderr } = await train(newFolder(), ['--tile', 'nonsense']);
  expect(stderr).toBe(
    `Error: there is no tile nonsense for this model on this adapter: give one of ${IDS.join(', ')}\n`,
  );
  expect(status).toBe(2);
});

test('a job measures only what it is not told, does not trust what it is told, and measures nothing for a short run', async () => {
  const tilesOf = async (tuning: Tuning, config = CONFIG) => {
    for await (const event of runInDawn(plantedJob(config, { tuning }), { adapter: 'software', log: () => {} })) {
      if (event.type === 'tiles') return event;
      if (event.type === 'ready') return undefined;
    }
    throw new Error('it has not come so far as to train');
  };
  const measured = await tilesOf({ always: true, known: {} });
  if (!measured) throw new Error('it has not measured');
  expect(measured.seconds).toBeGreaterThan(0);
  const { key = '', tiles } = measured;
  expect(key).not.toBe('');
  expect(await tilesOf({ always: true, known: { [key]: tiles } })).toBeUndefined();
  expect(await tilesOf({ off: true })).toBeUndefined();
  expect((await tilesOf({ always: true, known: { [`${key}0`]: tiles } }))?.key).toBe(key);
  const foreign = { ...tiles, lstm_backward: 'quads/512' };
  expect((await tilesOf({ always: true, known: { [key]: foreign } }))?.key).toBe(key);
  expect(await tilesOf({ known: {} }, { ...CONFIG, epochs: 1 })).toBeUndefined();
});

test('tiles are measured if the run gains more by them than it takes, and the command line says so otherwise', async () => {
  const eventsOf = async (epochs: number) => {
    const types: string[] = [];
    const job = plantedJob({ ...CONFIG, epochs }, { tuning: { known: {} } });
    for await (const event of runInDawn(job, { adapter: 'software', log: () => {} })) {
      types.push(event.type);
      if (event.type === 'ready') break;
    }
    return types;
  };
  expect(await eventsOf(2)).toEqual(['adapter', 'model', 'untuned', 'data', 'ready']);
  expect(await eventsOf(100_000)).toEqual(['adapter', 'model', 'tiles', 'data', 'ready']);
  const cache = newFolder();
  const { stdout } = await train(cache);
  expect(stdout).toMatch(/^LSTM not tuned: about [\d.]+ s to save [\d.]+ s of this run; --tune does it anyway$/m);
  expect((await train(cache, SHORT)).stdout).toContain('LSTM not tuned: this run is too short to gain from it; --tune');
  expect(existsSync(tilesFile(cache))).toBe(false);
});

test('any kernel with several tiles can be tuned, and no tile changes a bit of the training', async () => {
  const { ids, choice, sha256 } = await runDawnProgram<TunedKernels>('tuned_kernels');
  expect(Object.keys(ids).sort()).toEqual(
    kernels
      .filter(({ tiles }) => tiles)
      .map(({ name }) => name)
      .sort(),
  );
  for (const own of Object.values(ids)) expect(own.length).toBeGreaterThan(0);
  expect(Object.keys(choice)).toEqual(['dense_forward', 'dense_parameter_gradient']);
  for (const [kernel, id] of Object.entries(choice)) expect(ids[kernel]).toContain(id);
  for (const { default: expected, ...others } of sha256) {
    for (const [tile, actual] of Object.entries(others)) expect(actual, tile).toBe(expected);
  }
  const tried = new Set(sha256.flatMap((shas) => Object.keys(shas)));
  expect(tried.size).toBe(1 + Object.values(ids).flat().length);
});

test('an LSTM that goes in chunks of time steps computes what it does in one piece', async () => {
  const [whole, chunked] = await runDawnProgram<Trained[]>('chunked_training');
  // 40 steps in chunks of 16 are three dispatches instead of one, three times.
  expect(chunked.dispatches).toBe(whole.dispatches + 3 * 2);
  for (const [name, values] of Object.entries(whole.states)) {
    expect(Math.hypot(...values), name).toBeGreaterThan(0);
    expect(chunked.states[name], name).toEqual(values);
  }
  // Sums over time steps are divided differently, and so rounded differently.
  for (const [name, values] of Object.entries(whole.sums)) {
    expect(Math.hypot(...values), name).toBeGreaterThan(0);
    expect(relativeL2(chunked.sums[name], values), name).toBeLessThan(1e-6);
  }
});
