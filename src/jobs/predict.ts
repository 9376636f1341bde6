import type { Gpu } from '../gpu/device.ts';
import { createArena, unpackArena } from '../model/parameters.ts';
import { PREDICT_BATCH, Predictor } from '../train/predict.ts';
import { reported } from './measuring.ts';
import type { JobEvent, PredictJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

export async function* predict(
  { config, parameters, dataset, targetScale }: PredictJob,
  gpu: Gpu,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  const batchSize = Math.min(PREDICT_BATCH, dataset.samples);
  const tiles = yield* chooseTiles(gpu, config, batchSize);
  const unpacked = unpackArena(createArena(config), parameters);
  const predictor = await Predictor.create(gpu, config, unpacked, { batchSize, tiles, targetScale });
  try {
    const result = yield* reported('predicting', predictor.run({ x: dataset.x }, signal));
    yield { type: 'done', job: 'predict', result };
  } finally {
    predictor.dispose();
  }
}
