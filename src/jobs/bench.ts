import type { BenchConfig } from '../bench/bench_config.ts';
import { measureEpochs } from '../bench/epoch.ts';
import { type Budget, median, shareOf } from '../bench/measure.ts';
import { Roofline } from '../bench/roofline.ts';
import { measureRows } from '../bench/rows.ts';
import {
  LARGE_COPIES,
  measureRates,
  requireScoreSizes,
  type ScoreStart,
  scoreBudget,
  type Workload,
} from '../bench/score.ts';
import { ONLY_START } from '../bench/start.ts';
import { measureSweeps } from '../bench/sweeps.ts';
import type { RatedPoint, SweptSize } from '../bench/swept_sizes.ts';
import { TimedList } from '../bench/timed_list.ts';
import { createBenchTrainer } from '../bench/training.ts';
import type { Gpu } from '../gpu/device.ts';
import { checkExperiment, EXPERIMENT } from '../model/config.ts';
import type { Tiles } from '../model/tiles.ts';
import type { Check } from '../verify/check.ts';
import { checkCopiedBatch } from '../verify/copied_batch.ts';
import { requireCorrectKernels, requirePassed } from './bench_checks.ts';
import { describeEnvironment, progress, reported } from './measuring.ts';
import type { BenchJob, JobEvent, Tuning } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

type BenchEvents<Result> = AsyncGenerator<JobEvent, Result>;

const DEFAULT_SECONDS = 2;
/** Slow adapters may take this many times the requested seconds. */
const MOST_TIMES = 4;

/** The objects of the measurement, all of them held on the device. */
interface Subject {
  roofline: Roofline;
  tiles: Tiles;
  /** One for the job's sizes, and the score's large one if there is a score. */
  workloads: Workload[];
  list: TimedList;
}

/**
 * Measures one start. Throws wrong-result if a kernel at these sizes does not equal its reference: wrong kernels get no
 * figures. Only the first start checks that, and measures sweeps.
 */
export async function* bench(job: BenchJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  const { config, score, start = ONLY_START } = job;
  checkExperiment({ ...EXPERIMENT, attentionColumn: 0, ...config });
  if (score) requireScoreSizes(config);
  const held: { dispose(): void }[] = [];
  try {
    const subject = yield* prepare(gpu, job, held);
    const correctness = start.index === 0 ? yield* requireCorrect(gpu, subject.workloads) : [];
    const { droppedTimes, ...figures } = yield* measure(gpu, job, subject);
    const environment = describeEnvironment(gpu, {
      config,
      plan: subject.workloads[0].trainer.plan,
      roofline: subject.roofline,
      droppedTimes,
    });
    yield {
      type: 'done',
      job: 'bench',
      result: { environment, correctness, peak: subject.roofline.peakShape, ...figures },
    };
  } finally {
    for (const resource of held.reverse()) resource.dispose();
  }
}

/** Times everything. */
async function* measure(gpu: Gpu, job: BenchJob, { roofline, tiles, workloads, list }: Subject) {
  const { config, seconds = DEFAULT_SECONDS, start = ONLY_START } = job;
  const mostSeconds = MOST_TIMES * seconds;
  const [{ trainer }] = workloads;
  const budget = shareOf({ samples: 20, seconds, leastSamples: 6, mostSeconds }, start.of);
  const figures = yield* reported('measuring', measureRows({ trainer, list, roofline }, budget), 'measuring');
  const options = { list, tiles, stepMs: median(figures.rows[0].ms) };
  // An epoch takes longer than all else in a start, so every other start has none.
  const epochs = job.epoch && start.index % 2 === 0 && measureEpochs(gpu, config, options);
  const epoch = epochs ? yield* reported('measuring epochs', epochs, 'epochs') : undefined;
  const rates = shareOf(scoreBudget(seconds, mostSeconds), start.of);
  const score = job.score ? yield* benchScore(workloads, rates) : undefined;
  const isSwept = start.index === 0 && job.sweeps?.length;
  const sweeps = isSwept ? yield* benchSweeps(gpu, config, roofline, job.sweeps ?? []) : undefined;
  return { ...figures, epoch, score, sweeps };
}

/** Makes the objects of the measurement; `held` gets each as it is made. */
async function* prepare(
  gpu: Gpu,
  { config, score, tuning, start }: BenchJob,
  held: { dispose(): void }[],
): BenchEvents<Subject> {
  const of = score ? 4 : 2;
  const hold = <Resource extends { dispose(): void }>(resource: Resource): Resource => {
    held.push(resource);
    return resource;
  };
  yield progress("measuring the adapter's limits", { done: 0, of }, 'preparing');
  const roofline = hold(await Roofline.create(gpu, start?.peak));
  yield progress('making data and compiling', { done: 1, of }, 'preparing');
  const tiles = yield* chooseTiles(gpu, config, config.batchSize, tuning);
  const trainer = hold(await createBenchTrainer(gpu, config, { tiles }));
  const list = hold(await TimedList.ofTrainer(gpu, trainer, [{ first: 0, count: config.batchSize }]));
  const workloads = [{ name: 'experiment', config, trainer }];
  if (score) {
    yield progress('compiling for the large batch', { done: 2, of }, 'preparing');
    workloads.push(yield* prepareLarge(gpu, config, tuning));
    hold(workloads[1].trainer);
  }
  return { roofline, tiles, workloads, list };
}

async function* prepareLarge(gpu: Gpu, experiment: BenchConfig, tuning: Tuning | undefined): BenchEvents<Workload> {
  const config = { ...experiment, batchSize: LARGE_COPIES * experiment.batchSize };
  const tiles = yield* chooseTiles(gpu, config, config.batchSize, tuning);
  const trainer = await createBenchTrainer(gpu, config, { tiles, copies: LARGE_COPIES });
  return { name: 'large', config, trainer };
}

/** Compares the kernels of the first workload with their references, and the large workload with the first. */
async function* requireCorrect(gpu: Gpu, [{ trainer }, large]: Workload[]): BenchEvents<Check[]> {
  const checks = yield* requireCorrectKernels(gpu, trainer.plan.update);
  if (!large) return checks;
  return [...checks, ...(yield* requirePassed(checkCopiedBatch(trainer, large.trainer, LARGE_COPIES)))];
}

async function* benchScore(workloads: Workload[], budget: Budget): BenchEvents<ScoreStart> {
  const rounds = yield* reported('measuring the score', measureRates(workloads, budget), 'score');
  return { workloads: workloads.map(({ name, config }) => ({ name, config })), rounds };
}

async function* benchSweeps(
  gpu: Gpu,
  config: BenchConfig,
  roofline: Roofline,
  swept: SweptSize[],
): BenchEvents<RatedPoint[]> {
  const sweeps = measureSweeps(gpu, config, roofline, swept);
  for (;;) {
    const { done, value } = await sweeps.next();
    if (done) return value;
    if ('size' in value) yield { type: 'sweep-point', point: value };
    else yield progress(`measuring ${value.next}`, value, 'sweeps');
  }
}
