import { concatenate } from '../data/dataset.ts';
import { NumpyRandom } from '../data/numpy_random.ts';
import { getData } from '../data/synthetic.ts';
import type { Gpu } from '../gpu/device.ts';
import { initialParameters } from '../model/parameters.ts';
import type { Tiles } from '../model/tiles.ts';
import { requireFit, Trainer } from '../train/trainer.ts';
import type { BenchConfig } from './bench_config.ts';

/** Batches in the data set, so that a step does not find its samples in the cache from the step before. */
const BATCHES = 4;
/** Most steps in one submission: as many as an epoch of the experiment has. */
const SLOTS = 211;
/** The length of training's submissions. */
const SUBMISSION_MS = 100;

export interface BenchTrainerOptions {
  tiles?: Tiles;
  /** Whether combined kernels are used. Default true. */
  fused?: boolean;
  /** Samples of the data set; if absent, a few batches. */
  samples?: number;
  /** Copies of every series in a batch. Mean loss and gradients are the same as without copies. Default 1. */
  copies?: number;
}

/** A trainer with random data, ready for its first step. Throws limit or out-of-memory. */
export async function createBenchTrainer(
  gpu: Gpu,
  config: BenchConfig,
  { tiles, fused, samples = BATCHES * config.batchSize, copies = 1 }: BenchTrainerOptions = {},
): Promise<Trainer> {
  const { batchSize, timeSteps, inputDim, seed } = config;
  requireFit(gpu, { config, batchSize, samples, slots: SLOTS, tiles, fused });
  const series = getData(new NumpyRandom(seed), samples / copies, timeSteps, inputDim, 0);
  const dataset = concatenate(Array<typeof series>(copies).fill(series));
  const parameters = initialParameters(config, seed);
  const trainer = await Trainer.create(gpu, { config, batchSize, dataset, parameters, slots: SLOTS, tiles, fused });
  trainer.setOrder(shuffledOrder(config, samples, copies));
  // With a step size of zero every step does the same work on the same parameters.
  const batches = Math.floor(samples / batchSize);
  const steps = Array.from({ length: SLOTS }, (_, i) => ({
    first: (i % batches) * batchSize,
    count: batchSize,
    stepSize: 0,
  }));
  trainer.setSteps(steps);
  return trainer;
}

/** A shuffled order of the series, batch by batch with all their copies. */
function shuffledOrder({ batchSize, seed }: BenchConfig, samples: number, copies: number): Uint32Array {
  const own = Uint32Array.from({ length: samples / copies }, (_, i) => i);
  new NumpyRandom([seed, 2]).shuffle(own);
  const perBatch = batchSize / copies;
  return Uint32Array.from({ length: samples }, (_, i) => {
    const [batch, place] = [Math.floor(i / batchSize), i % batchSize];
    return Math.floor(place / perBatch) * own.length + own[batch * perBatch + (place % perBatch)];
  });
}

/** Times steps as training submits them: about 100 ms at once. */
export class SubmissionTimer {
  private constructor(
    private readonly trainer: Trainer,
    private readonly kind: 'updates' | 'forward',
    private readonly count: number,
  ) {}

  /** Warms up, and finds how many steps a submission takes. */
  static async create(trainer: Trainer, kind: 'updates' | 'forward'): Promise<SubmissionTimer> {
    const one = new SubmissionTimer(trainer, kind, 1);
    await one.milliseconds();
    const several = new SubmissionTimer(trainer, kind, countFor(await one.milliseconds()));
    // The time of a single short step would be mostly that of its submission.
    return new SubmissionTimer(trainer, kind, countFor(await several.milliseconds()));
  }

  /** Wall-clock milliseconds of one step, from the submission to its end. */
  async milliseconds(): Promise<number> {
    const { trainer, count } = this;
    const started = performance.now();
    if (this.kind === 'updates') trainer.submitUpdates(0, count);
    else trainer.submitForward(0, count);
    await trainer.finished();
    return (performance.now() - started) / count;
  }
}

function countFor(stepMs: number): number {
  return Math.min(SLOTS, Math.max(1, Math.round(SUBMISSION_MS / stepMs)));
}
