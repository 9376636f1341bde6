import { sha256 } from '../data/sha256.ts';
import type { Gpu } from '../gpu/device.ts';
import { checkExperiment } from '../model/config.ts';
import { createArena, packArena } from '../model/parameters.ts';
import { summarize } from '../model/summary.ts';
import { batchSizeOf, fitExperiment } from '../train/fit.ts';
import type { JobEvent, TrainJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

export async function* train(
  { config, watch, tuning }: TrainJob,
  gpu: Gpu,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  checkExperiment(config);
  yield { type: 'model', layers: summarize(config) };
  const tiles = yield* chooseTiles(gpu, config, batchSizeOf(config), tuning);
  const { parameters, ...result } = yield* fitExperiment(gpu, config, { watch, signal, tiles });
  const parametersSha256 = await sha256(packArena(createArena(config), parameters));
  yield { type: 'done', job: 'train', result: { config, adapter: gpu.adapter, parametersSha256, ...result } };
}
