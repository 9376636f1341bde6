import { measureTiles, type Tunable, tunablesOf, tuningKey } from '../bench/tuner.ts';
import { type FirstTiles, type TuningWorth, worthOfTuning } from '../bench/tuning_worth.ts';
import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import type { ModelConfig } from '../model/config.ts';
import { defaultTiles, lstmStepFlops, type TileChoice, type Tiles, tileDevice } from '../model/tiles.ts';
import { requireFit } from '../train/trainer.ts';
import type { JobEvent, Tuning } from './protocol.ts';

/** Less LSTM arithmetic than this takes less time than compiling the tiles to measure. */
const TUNED_FLOPS = { gpu: 1e11, software: 5e8 };

/**
 * Chooses the tiles: the pinned one, the default, the ones known from an earlier job, or the quickest, which are then
 * measured. The event `tiles` carries a measured choice, for whoever stores choices. `series` is the number of series
 * that the job takes through the model, counted again in each epoch. If it would end later with measuring than without,
 * nothing is measured, and the event `untuned` says so; measuring ends when it has taken what it can save. Throws
 * invalid-option if the pinned tile does not fit, limit if the model does not.
 */
export async function* chooseTiles(
  gpu: Gpu,
  config: ModelConfig,
  batchSize: number,
  tuning: Tuning = { off: true },
  series = Number.POSITIVE_INFINITY,
): AsyncGenerator<JobEvent, Tiles> {
  const tiles = defaultTiles(config, batchSize, tileDevice(gpu));
  const { off, pinned, known, always } = tuning;
  if (pinned !== undefined) {
    return { ...tiles, chosen: pinnedChoice(tunablesOf(config, batchSize, tileDevice(gpu)), pinned) };
  }
  if (off) return tiles;
  const choice = knownTiles(gpu, config, batchSize, known);
  if (choice) return choice;
  const flops = 2 * series * config.timeSteps * lstmStepFlops(config);
  if (!always && flops < TUNED_FLOPS[gpu.adapter.isSoftware ? 'software' : 'gpu']) {
    yield { type: 'untuned' };
    return tiles;
  }
  // A model that does not fit fails before anything is measured for it.
  requireFit(gpu, { config, batchSize, samples: batchSize, slots: 1, tiles });
  const started = performance.now();
  let worth: TuningWorth | undefined;
  const budget = (first: FirstTiles) => {
    worth = worthOfTuning(series / batchSize, first);
    return worth.isWorth ? worth.savedSeconds : 0;
  };
  const isBounded = !always && Number.isFinite(series);
  const { tiles: chosen, isWhole } = await measureTiles(gpu, config, batchSize, isBounded ? { budget } : {});
  if (worth && !worth.isWorth) {
    yield { type: 'untuned', worth };
    return tiles;
  }
  const seconds = (performance.now() - started) / 1000;
  // A choice among some of the tiles is for this run alone.
  yield { type: 'tiles', key: isWhole ? tuningKey(gpu, config, batchSize) : undefined, tiles: chosen, seconds };
  return { ...tiles, chosen };
}

/** The same tile for every kernel. Throws invalid-option, with the tiles that all of them have, if one lacks it. */
function pinnedChoice(tunables: Tunable[], pinned: string): TileChoice {
  const idsOf = ({ tiling, tiles }: Tunable) => tiles.map((tile) => tiling.id(tile));
  const [first = [], ...others] = tunables.map(idsOf);
  const ids = first.filter((id) => others.every((other) => other.includes(id)));
  if (ids.includes(pinned)) return Object.fromEntries(tunables.map(({ kernel }) => [kernel.name, pinned]));
  throw new Failure(
    'invalid-option',
    `there is no tile ${pinned} for this model on this adapter: give one of ${ids.join(', ')}`,
  );
}

/** The tiles known from an earlier job on this adapter, or undefined. */
export function knownTiles(
  gpu: Pick<Gpu, 'adapter'>,
  config: ModelConfig,
  batchSize: number,
  known: Tuning['known'],
): Tiles | undefined {
  const chosen = known?.[tuningKey(gpu, config, batchSize)];
  if (!chosen) return undefined;
  // A stored choice may be damaged, or come from another version. It counts only if its tiles are offered today.
  const isOffered = ({ kernel, tiling, tiles }: Tunable) =>
    tiles.some((tile) => tiling.id(tile) === chosen[kernel.name]);
  const tunables = tunablesOf(config, batchSize, tileDevice(gpu));
  return tunables.every(isOffered) ? { ...defaultTiles(config, batchSize, tileDevice(gpu)), chosen } : undefined;
}
