import { measureProfile, scheduleOf } from '../bench/profile.ts';
import type { MeasuredProfile, ProfileEnvironment, ProfileLength, ProfileStart } from '../bench/profile_result.ts';
import { Roofline } from '../bench/roofline.ts';
import { ONLY_START } from '../bench/start.ts';
import { TimedList } from '../bench/timed_list.ts';
import { createBenchTrainer } from '../bench/training.ts';
import type { Gpu } from '../gpu/device.ts';
import { checkExperiment, type ExperimentConfig, modelOf } from '../model/config.ts';
import { ATTENTION_ITEMS, experimentBatchSize } from '../train/experiment.ts';
import type { Trainer } from '../train/trainer.ts';
import { describeEnvironment, progress, reported } from './measuring.ts';
import type { JobEvent, ProfileJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

/** Times every dispatch of the list that training runs. After an abort it ends with its results so far. */
export async function* profile(job: ProfileJob, gpu: Gpu, signal?: AbortSignal): AsyncGenerator<JobEvent, void> {
  const { config, length, tuning, fused = true } = job;
  checkExperiment(config);
  const batchSize = experimentBatchSize(config);
  const tiles = yield* chooseTiles(gpu, config, batchSize, tuning);
  yield progress('making data and compiling', { done: 0, of: 1 });
  const roofline = await Roofline.create(gpu, job.start?.peak);
  try {
    const samples = config.samples + ATTENTION_ITEMS;
    const trainer = await createBenchTrainer(gpu, { ...config, batchSize }, { tiles, fused, samples });
    try {
      const { grainNanoseconds, ...figures } = yield* measure(gpu, trainer, roofline, job, signal);
      const environment: ProfileEnvironment = {
        ...describeEnvironment(gpu, {
          config: profiledConfig(config, length, batchSize),
          plan: trainer.plan,
          roofline,
          droppedTimes: figures.droppedTimes,
        }),
        grainNanoseconds,
        fused,
      };
      const stopped = signal?.aborted ?? false;
      const result: ProfileStart = { peak: roofline.peakShape, environment, length, stopped, ...figures };
      yield { type: 'done', job: 'profile', result };
    } finally {
      trainer.dispose();
    }
  } finally {
    roofline.dispose();
  }
}

async function* measure(
  gpu: Gpu,
  trainer: Trainer,
  roofline: Roofline,
  { config, length, start = ONLY_START }: ProfileJob,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, MeasuredProfile & { grainNanoseconds?: number }> {
  const schedule = scheduleOf(length, config);
  const list = await TimedList.ofTrainer(gpu, trainer, [...schedule.training, ...schedule.validation]);
  try {
    const measuring = measureProfile({ trainer, list, roofline }, schedule, start, signal);
    const measured = yield* reported(`profiling ${length === 'step' ? 'a training step' : 'an epoch'}`, measuring);
    return { ...measured, grainNanoseconds: list.grainNanoseconds };
  } finally {
    list.dispose();
  }
}

/** The settings that a profile depends on. */
function profiledConfig(config: ExperimentConfig, length: ProfileLength, batchSize: number) {
  const { seed, samples, validationSplit } = config;
  const sizes = { ...modelOf(config), batchSize, seed };
  return length === 'epoch' ? { ...sizes, samples, validationSplit } : sizes;
}
