import { type LstmTile, tileId } from '../../shaders/lstm_tile.ts';
import { measureTiles, tuningKey } from '../bench/tuner.ts';
import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import type { ModelConfig } from '../model/config.ts';
import { defaultTiles, lstmStepFlops, lstmTiles, type Tiles, tileDevice } from '../model/tiles.ts';
import { requireFit } from '../train/trainer.ts';
import type { JobEvent, Tuning } from './protocol.ts';

/** A run with less arithmetic in the LSTM than this ends sooner than the tiles to measure are compiled. */
const TUNED_FLOPS = { gpu: 1e11, software: 5e8 };

/**
 * Chooses the tiles: the pinned one, the rule's, the one known from an earlier job, or else the quickest measured now. The
 * event `tiles` tells which; whoever keeps choices stores it. Where `series` says how many series the job takes through the
 * model, an epoch's again in the next, and they are few, the rule's are taken unmeasured. Throws invalid-option for a pinned
 * tile that does not fit, limit for a model that does not.
 */
export async function* chooseTiles(
  gpu: Gpu,
  config: ModelConfig,
  batchSize: number,
  tuning: Tuning = { off: true },
  series = Number.POSITIVE_INFINITY,
): AsyncGenerator<JobEvent, Tiles> {
  const tiles = defaultTiles(config, batchSize, tileDevice(gpu));
  const candidates = lstmTiles(config, batchSize, tileDevice(gpu));
  const find = (id: string) => candidates.find((tile) => tileId(tile) === id);
  const { off, pinned, known } = tuning;
  if (pinned !== undefined) {
    const tile = find(pinned);
    if (tile) return { ...tiles, forward: tile, backward: tile };
    const ids = candidates.map(tileId).join(', ');
    throw new Failure(
      'invalid-option',
      `there is no tile ${pinned} for this model on this adapter: give one of ${ids}`,
    );
  }
  if (off) return tiles;
  const choice = knownTiles(gpu, config, batchSize, known);
  if (choice) return choice;
  const flops = 2 * series * config.timeSteps * lstmStepFlops(config);
  if (flops < TUNED_FLOPS[gpu.adapter.isSoftware ? 'software' : 'gpu']) return tiles;
  // A model that does not fit at all is told of before anything is measured for it.
  requireFit(gpu, { config, batchSize, samples: batchSize, slots: 1, tiles });
  const started = performance.now();
  const measured = await measureTiles(gpu, config, batchSize);
  const key = tuningKey(gpu, config, batchSize);
  yield { type: 'tiles', key, tiles: measured, seconds: (performance.now() - started) / 1000 };
  return { ...tiles, ...measured };
}

/** The tiles known from an earlier job on this adapter, or undefined. */
export function knownTiles(
  gpu: Pick<Gpu, 'adapter'>,
  config: ModelConfig,
  batchSize: number,
  known: Tuning['known'],
): Tiles | undefined {
  const choice = known?.[tuningKey(gpu, config, batchSize)];
  const candidates = lstmTiles(config, batchSize, tileDevice(gpu));
  // What was stored may be damaged, or of another version: it counts only if it could be chosen today.
  const valid = (tile?: LstmTile) => tile && candidates.find((candidate) => tileId(candidate) === tileId(tile));
  const [forward, backward] = [valid(choice?.forward), valid(choice?.backward)];
  return forward && backward && { ...defaultTiles(config, batchSize, tileDevice(gpu)), forward, backward };
}
