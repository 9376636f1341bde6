import { sha256 } from '../data/sha256.ts';
import type { Gpu } from '../gpu/device.ts';
import { checkTraining } from '../model/config.ts';
import { createArena, unpackArena } from '../model/parameters.ts';
import { summarize } from '../model/summary.ts';
import { batchSizeOf } from '../train/batches.ts';
import { type FitOptions, fitModel } from '../train/fit.ts';
import { PREDICT_BATCH, Predictor } from '../train/predict.ts';
import { gpuSteppers } from '../train/trainer.ts';
import { reported } from './measuring.ts';
import type { JobEvent, PredictJob, SeriesJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

export async function* trainSeries(
  { config, dataset, parts, watch, tuning, resume }: SeriesJob,
  gpu: Gpu,
  { signal, pace }: Pick<FitOptions, 'signal' | 'pace'>,
): AsyncGenerator<JobEvent, void> {
  checkTraining(config);
  yield { type: 'model', layers: summarize(config) };
  const batchSize = batchSizeOf(parts, config.batchSize);
  const tiles = yield* chooseTiles(gpu, config, batchSize, tuning, config.epochs * dataset.samples);
  const source = { samples: dataset.samples, parts, load: () => dataset };
  const { checkpoint, ...fitted } = yield* fitModel(gpuSteppers(gpu, tiles), config, source, {
    watch,
    signal,
    pace,
    resume,
  });
  const parametersSha256 = await sha256(fitted.parameters);
  const result = { ...fitted, config, adapter: gpu.adapter, parametersSha256 };
  yield { type: 'done', job: 'train-series', result, checkpoint };
}

export async function* predictSeries(
  { config, parameters, dataset }: PredictJob,
  gpu: Gpu,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  const batchSize = Math.min(PREDICT_BATCH, dataset.samples);
  const tiles = yield* chooseTiles(gpu, config, batchSize);
  const unpacked = unpackArena(createArena(config), parameters);
  const predictor = await Predictor.create(gpu, config, unpacked, { batchSize, tiles });
  try {
    const prediction = yield* reported('predicting', predictor.run({ x: dataset.x }, signal));
    yield { type: 'done', job: 'predict', prediction };
  } finally {
    predictor.dispose();
  }
}
