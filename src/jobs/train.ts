import { sha256 } from '../data/sha256.ts';
import type { Gpu } from '../gpu/device.ts';
import { checkExperiment } from '../model/config.ts';
import { summarize } from '../model/summary.ts';
import { experimentBatchSize, experimentSource } from '../train/experiment.ts';
import { type FitOptions, fitModel } from '../train/fit.ts';
import { gpuSteppers } from '../train/trainer.ts';
import type { JobEvent, TrainJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

export async function* train(
  { config, watch, tuning, resume }: TrainJob,
  gpu: Gpu,
  { signal, pace }: Pick<FitOptions, 'signal' | 'pace'>,
): AsyncGenerator<JobEvent, void> {
  checkExperiment(config);
  yield { type: 'model', layers: summarize(config) };
  const tiles = yield* chooseTiles(gpu, config, experimentBatchSize(config), tuning, config.epochs * config.samples);
  const { parameters, checkpoint, ...fitted } = yield* fitModel(
    gpuSteppers(gpu, tiles),
    config,
    experimentSource(config),
    {
      watch,
      signal,
      pace,
      resume,
    },
  );
  const parametersSha256 = await sha256(parameters);
  const result = { config, adapter: gpu.adapter, parametersSha256, ...fitted };
  yield { type: 'done', job: 'train', result, checkpoint };
}
