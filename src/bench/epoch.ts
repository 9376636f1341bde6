import type { Gpu } from '../gpu/device.ts';
import { EXPERIMENT, type ExperimentConfig } from '../model/config.ts';
import type { Tiles } from '../model/tiles.ts';
import type { Progress } from '../progress.ts';
import { experimentSource } from '../train/experiment.ts';
import { fitModel } from '../train/fit.ts';
import { gpuSteppers } from '../train/trainer.ts';
import type { BenchConfig } from './bench_config.ts';
import { estimate } from './estimate.ts';
import { finite, median } from './measure.ts';
import type { TimedList } from './timed_list.ts';

/** The time of an epoch, and the share of it outside kernels. */
export interface EpochShare {
  trainingSteps: number;
  validationSteps: number;
  /** Medians over the starts. */
  seconds: number;
  kernelSeconds: number;
  /** Median of 1 − kernelSeconds / seconds, with its interval. */
  outsideKernels: number;
  low: number;
  high: number;
  /** Those that count, of all starts together. */
  epochs: number;
}

/** The epoch of one start, after one that warms up. */
export interface EpochStart {
  trainingSteps: number;
  validationSteps: number;
  seconds: number;
  kernelSeconds: number;
}

/** In each start; the first one warms up. */
const EPOCHS = 2;
/** Measurements of the list in the epoch that counts. Each takes as long as several steps. */
const MOST_LISTS = 3;
/** Updates in an epoch of the experiment; on a slow adapter a shorter epoch is measured. */
const MOST_STEPS = 211;
const FEWEST_STEPS = 8;
const EPOCH_MS = 250;

/**
 * Runs the training loop of the experiment and compares the time of each epoch with the time of its kernels:
 *
 *     outside = 1 − (training steps · k + validation steps · f) / wall-clock seconds of the epoch
 *
 * k is the time of all dispatches of a step, f that of the forward part, each by its own timestamps: medians of
 * measurements between this epoch's submissions. Meanwhile the loop and its clock stand still. The work that an epoch
 * does once (shuffle, upload of the order, reading of the metrics) weighs more in a shortened epoch than in a whole
 * one. The start and end of a dispatch that is timed alone, microseconds on a GPU, count as the kernel's time. Yields
 * the number of finished epochs and their total.
 */
export async function* measureEpochs(
  gpu: Gpu,
  config: BenchConfig,
  { list, tiles, stepMs }: { list: TimedList; tiles: Tiles; stepMs: number },
): AsyncGenerator<Progress, EpochStart> {
  const experiment = shortened(config, stepMs);
  const epochs: { seconds: number; kernelSeconds: number }[] = [];
  const steps = { training: 0, validation: 0 };
  const times: { all: number; forward: number }[] = [];
  for await (const event of fitModel(gpuSteppers(gpu, tiles), experiment, experimentSource(experiment))) {
    if (event.type === 'data') {
      steps.training = Math.ceil(event.trainingSamples / config.batchSize);
      steps.validation = Math.ceil(event.validationSamples / config.batchSize);
    }
    const counts = epochs.length === EPOCHS - 1;
    if (event.type === 'step' && counts && times.length < MOST_LISTS) {
      times.push(await measureList(list));
    }
    if (event.type !== 'epoch') continue;
    const all = median(finite(times.map((time) => time.all)));
    const forward = median(finite(times.map((time) => time.forward)));
    const kernelSeconds = (steps.training * all + steps.validation * forward) / 1e9;
    epochs.push({ seconds: event.seconds, kernelSeconds });
    yield { done: epochs.length, of: EPOCHS };
    if (epochs.length === EPOCHS) break; // The attention follows.
  }
  return { trainingSteps: steps.training, validationSteps: steps.validation, ...epochs[EPOCHS - 1] };
}

/** The experiment at these sizes, with as many samples as make an epoch of about 250 ms. */
function shortened(config: BenchConfig, stepMs: number): ExperimentConfig {
  const steps = Math.min(MOST_STEPS, Math.max(FEWEST_STEPS, Math.round(EPOCH_MS / stepMs)));
  const samples = Math.ceil((steps * config.batchSize) / (1 - EXPERIMENT.validationSplit));
  return { ...EXPERIMENT, ...config, samples, attentionColumn: 0, epochs: EPOCHS };
}

/** Nanoseconds of all dispatches and of the forward part; NaN if the timer failed. */
async function measureList(list: TimedList): Promise<{ all: number; forward: number }> {
  const { nanoseconds: all } = await list.measure();
  const { first, end } = list.forward;
  const forward = first === 0 ? all.slice(0, end) : (await list.measureForward(0)).nanoseconds;
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  return { all: total(all), forward: total(forward) };
}

/** The share of all starts. */
export function epochShareOf(starts: EpochStart[]): EpochShare {
  const [{ trainingSteps, validationSteps }] = starts;
  const inside = estimate(starts.map(({ seconds, kernelSeconds }) => kernelSeconds / seconds));
  return {
    trainingSteps,
    validationSteps,
    seconds: median(starts.map(({ seconds }) => seconds)),
    kernelSeconds: median(starts.map(({ kernelSeconds }) => kernelSeconds)),
    outsideKernels: 1 - inside.median,
    low: 1 - inside.high,
    high: 1 - inside.low,
    epochs: starts.length,
  };
}
