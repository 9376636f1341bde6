import { sha256 } from '../data/sha256.ts';
import type { AdapterReport, Gpu } from '../gpu/device.ts';
import { checkExperiment, checkTraining, type TrainingConfig } from '../model/config.ts';
import { createArena, unpackArena } from '../model/parameters.ts';
import { summarize } from '../model/summary.ts';
import { batchSizeOf } from '../train/batches.ts';
import { experimentSource, type Planted } from '../train/experiment.ts';
import { type FitOptions, type FitSource, fitModel } from '../train/fit.ts';
import type { StepperFactory } from '../train/stepper.ts';
import { gpuSteppers } from '../train/trainer.ts';
import type { JobEvent, TrainJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

type TrainOptions = Pick<FitOptions, 'signal' | 'pace'>;

/** Trains on the adapter, with the tiles that suit it. */
export async function* train(job: TrainJob, gpu: Gpu, options: TrainOptions): AsyncGenerator<JobEvent, void> {
  const { config, source } = sourceOf(job);
  yield { type: 'model', layers: summarize(config) };
  const { parts } = source;
  const batchSize = batchSizeOf(parts, config.batchSize);
  const epochs = config.epochs - (job.resume?.epoch ?? 0);
  const samples = epochs * (parts.training + parts.validation);
  const tiles = yield* chooseTiles(gpu, config, batchSize, job.tuning, samples);
  yield* trainOn(gpuSteppers(gpu, tiles), gpu.adapter, job, options);
}

/** Trains on any steppers, and ends with the result. */
export async function* trainOn(
  steppers: StepperFactory,
  adapter: AdapterReport,
  job: TrainJob,
  options: TrainOptions = {},
): AsyncGenerator<JobEvent, void> {
  const { config, source } = sourceOf(job);
  const { watch, resume } = job;
  const parameters = job.parameters && unpackArena(createArena(config), job.parameters);
  const fitted = yield* fitModel(steppers, config, source, { watch, resume, parameters, ...options });
  const parametersSha256 = await sha256(fitted.parameters);
  const { training, validation, test } = source.parts;
  const series = { training, validation, test: test?.count ?? 0 };
  yield { type: 'done', job: 'train', result: { ...fitted, config, adapter, parametersSha256, series } };
}

/** The series of the job, and the settings that its results depend on. Throws invalid-option. */
function sourceOf({ config, series }: TrainJob): { config: TrainingConfig & Partial<Planted>; source: FitSource } {
  if ('planted' in series) {
    const { samples, attentionColumn, validationSplit } = series.planted;
    const experiment = { ...config, samples, attentionColumn, validationSplit };
    checkExperiment(experiment);
    checkTraining(experiment);
    return { config: experiment, source: experimentSource(experiment) };
  }
  checkTraining(config);
  const { dataset, parts } = series;
  return { config, source: { samples: dataset.samples, parts, load: () => dataset } };
}
