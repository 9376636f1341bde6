import type { BenchConfig } from '../bench/bench_config.ts';
import { measureEpochs } from '../bench/epoch.ts';
import type { Budget } from '../bench/measure.ts';
import type { BenchResult } from '../bench/result.ts';
import { Roofline } from '../bench/roofline.ts';
import { measureRows } from '../bench/rows.ts';
import {
  describeThrottling,
  LARGE_COPIES,
  measureRates,
  requireScoreSizes,
  scoreBudget,
  scoreOf,
  type Workload,
} from '../bench/score.ts';
import { measureSweeps } from '../bench/sweeps.ts';
import type { RatedPoint, SweptSize } from '../bench/swept_sizes.ts';
import { dispatchesOf, TimedList } from '../bench/timed_list.ts';
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

const DEFAULT_SECONDS = 5;
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

/** Throws wrong-result if a kernel at these sizes does not equal its reference: wrong kernels get no figures. */
export async function* bench(job: BenchJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  const { config, score } = job;
  checkExperiment({ ...EXPERIMENT, attentionColumn: 0, ...config });
  if (score) requireScoreSizes(config);
  const held: { dispose(): void }[] = [];
  try {
    const subject = yield* prepare(gpu, job, held);
    const correctness = yield* requireCorrect(gpu, subject.workloads);
    const { droppedTimes, ...figures } = yield* measure(gpu, job, subject);
    const environment = describeEnvironment(gpu, {
      config,
      plan: subject.workloads[0].trainer.plan,
      roofline: subject.roofline,
      droppedTimes,
    });
    const date = new Date().toISOString();
    yield { type: 'done', job: 'bench', result: { date, environment, correctness, ...figures, ratios: [] } };
  } finally {
    for (const resource of held.reverse()) resource.dispose();
  }
}

/** Times everything. */
async function* measure(gpu: Gpu, job: BenchJob, { roofline, tiles, workloads, list }: Subject) {
  const { config, seconds = DEFAULT_SECONDS } = job;
  const mostSeconds = MOST_TIMES * seconds;
  const [{ trainer }] = workloads;
  const measuring = measureRows({ trainer, list, roofline }, { samples: 20, seconds, leastSamples: 5, mostSeconds });
  const figures = yield* reported('measuring', measuring, 'measuring');
  for (const row of figures.rows) yield { type: 'row', row } as const;
  const options = { list, tiles, forwardLength: trainer.plan.forward.length, stepMs: figures.rows[0].medianMs };
  const epochs = job.epoch && measureEpochs(gpu, config, options);
  const epoch = epochs ? yield* reported('measuring epochs', epochs, 'epochs') : undefined;
  const score = job.score ? yield* benchScore(workloads, scoreBudget(seconds, mostSeconds)) : undefined;
  const sweeps = job.sweeps?.length ? yield* benchSweeps(gpu, config, roofline, job.sweeps) : undefined;
  return { ...figures, epoch, ...score, sweeps };
}

/** Makes the objects of the measurement; `held` gets each as it is made. */
async function* prepare(
  gpu: Gpu,
  { config, score, tuning }: BenchJob,
  held: { dispose(): void }[],
): BenchEvents<Subject> {
  const of = score ? 4 : 2;
  const hold = <Resource extends { dispose(): void }>(resource: Resource): Resource => {
    held.push(resource);
    return resource;
  };
  yield progress("measuring the adapter's limits", { done: 0, of }, 'preparing');
  const roofline = hold(await Roofline.create(gpu));
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
  const checks = yield* requireCorrectKernels(gpu, dispatchesOf(trainer.plan));
  if (!large) return checks;
  return [...checks, ...(yield* requirePassed(checkCopiedBatch(trainer, large.trainer, LARGE_COPIES)))];
}

/** The score, or the reason why there is none. */
async function* benchScore(workloads: Workload[], budget: Budget): BenchEvents<Pick<BenchResult, 'score' | 'invalid'>> {
  const rounds = yield* reported('measuring the score', measureRates(workloads, budget), 'score');
  const throttling = describeThrottling(rounds);
  return throttling ? { invalid: [throttling] } : { score: scoreOf(workloads, rounds) };
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
