import { type EpochShare, measureEpochs } from '../bench/epoch.ts';
import type { Budget } from '../bench/measure.ts';
import type { BenchConfig, BenchEnvironment, BenchResult } from '../bench/result.ts';
import { Roofline } from '../bench/roofline.ts';
import { type MeasuredRows, measureRows } from '../bench/rows.ts';
import { measureSweeps, type RatedPoint } from '../bench/sweeps.ts';
import { dispatchesOf, TimedList } from '../bench/timed_list.ts';
import { createBenchTrainer } from '../bench/training.ts';
import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import { type Dispatch, dispatchName } from '../gpu/kernel.ts';
import { checkExperiment, EXPERIMENT } from '../model/config.ts';
import { checkKernels } from '../verify/kernel_cases.ts';
import type { BenchJob, JobEvent } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

type Progress = { done: number; of: number };
type BenchEvents<Result> = AsyncGenerator<JobEvent, Result>;

const DEFAULT_SECONDS = 5;
/** Slow adapters may take this many times the seconds that were asked for. */
const MOST_TIMES = 4;

/** Throws wrong-result where a kernel at these sizes does not equal its reference: wrong kernels get no figures. */
export async function* bench(job: BenchJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  const { config, seconds = DEFAULT_SECONDS } = job;
  checkExperiment({ ...EXPERIMENT, attentionColumn: 0, ...config });
  yield progress('making data and compiling', { done: 0, of: 1 });
  const roofline = await Roofline.create(gpu);
  try {
    const budget = { samples: 20, seconds, leastSamples: 5, mostSeconds: MOST_TIMES * seconds };
    const { measured, epoch } = yield* benchExperiment(gpu, job, roofline, budget);
    const sweeps = job.sweeps ? yield* benchSweeps(gpu, config, roofline) : undefined;
    const { droppedTimes, ...figures } = measured;
    const environment = describeEnvironment(gpu, config, roofline, droppedTimes);
    const result: BenchResult = { environment, ...figures, ratios: [], epoch, sweeps };
    yield { type: 'done', job: 'bench', result };
  } finally {
    roofline.dispose();
  }
}

/** Everything at the sizes of the job: checks, rows and epochs. */
async function* benchExperiment(
  gpu: Gpu,
  { config, epoch: wantsEpoch, tuning }: BenchJob,
  roofline: Roofline,
  budget: Budget,
): BenchEvents<{ measured: MeasuredRows; epoch?: EpochShare }> {
  const tiles = yield* chooseTiles(gpu, config, config.batchSize, tuning);
  const trainer = await createBenchTrainer(gpu, config, tiles);
  let list: TimedList | undefined;
  try {
    yield* requireCorrect(gpu, dispatchesOf(trainer.plan));
    list = await TimedList.ofTrainer(gpu, trainer, config.batchSize);
    const measured = yield* reported('measuring', measureRows({ trainer, list, roofline }, budget));
    for (const row of measured.rows) yield { type: 'row', row };
    if (!wantsEpoch) return { measured };
    const options = { list, tiles, forwardLength: trainer.plan.forward.length, stepMs: measured.rows[0].medianMs };
    return { measured, epoch: yield* reported('measuring epochs', measureEpochs(gpu, config, options)) };
  } finally {
    list?.dispose();
    trainer.dispose();
  }
}

/** Runs every dispatch's kernel at its shape against the float64 reference. */
async function* requireCorrect(gpu: Gpu, dispatches: Dispatch[]): BenchEvents<void> {
  for (const [done, dispatch] of dispatches.entries()) {
    const name = dispatchName(dispatch);
    yield progress(`checking ${name}`, { done, of: dispatches.length });
    const { kernel, shape } = dispatch;
    for await (const { passed, error, tolerance } of checkKernels(gpu, [{ ...kernel, cases: [{ name, shape }] }])) {
      if (passed) continue;
      const off = `${name} is off by ${error.toExponential(1)} at these sizes, ${tolerance} at most is right`;
      throw new Failure('wrong-result', `${off}: run verify to see which kernels are wrong on this adapter`);
    }
  }
}

async function* benchSweeps(gpu: Gpu, config: BenchConfig, roofline: Roofline): BenchEvents<RatedPoint[]> {
  const sweeps = measureSweeps(gpu, config, roofline);
  for (;;) {
    const { done, value } = await sweeps.next();
    if (done) return value;
    if ('size' in value) yield { type: 'sweep-point', point: value };
    else yield progress(`measuring ${value.next}`, value);
  }
}

/** A measurement's own progress as events. */
async function* reported<Result>(what: string, measuring: AsyncGenerator<Progress, Result>): BenchEvents<Result> {
  for (;;) {
    const { done, value } = await measuring.next();
    if (done) return value;
    yield progress(what, value);
  }
}

function progress(what: string, { done, of }: Progress): JobEvent {
  return { type: 'progress', what, done, of };
}

function describeEnvironment(
  gpu: Gpu,
  config: BenchConfig,
  { timer }: Roofline,
  droppedTimes: number,
): BenchEnvironment {
  const { vendor, architecture, description, isSoftware, features } = gpu.adapter;
  const adapter = { vendor, architecture, description, isSoftware, features };
  // Node has had a navigator since 21.
  return { adapter, timer, droppedTimes, userAgent: globalThis.navigator?.userAgent, config };
}
