import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import type { Progress } from '../progress.ts';
import type { BenchConfig } from './bench_config.ts';
import { estimate } from './estimate.ts';
import { type Budget, finite, isDue, median, shareOf } from './measure.ts';
import type { Roofline } from './roofline.ts';
import { costOf } from './rows.ts';
import { type RatedPoint, ratePoints, SWEEPS, type SweepPoint, type SweptSize } from './swept_sizes.ts';
import { createBenchTrainer, SubmissionTimer } from './training.ts';

/** Starts of each point: new buffers and pipelines. */
const STARTS = 3;
/** Of all starts together. A step of the largest sizes takes seconds on a software adapter. */
const POINT_BUDGET: Budget = { samples: 9, seconds: 1, leastSamples: 3, mostSeconds: 5 };

/** Measures a training step at every size of these sweeps. Yields a description before each point, then the point. */
export async function* measureSweeps(
  gpu: Gpu,
  config: BenchConfig,
  roofline: Roofline,
  swept: SweptSize[],
): AsyncGenerator<(Progress & { next: string }) | SweepPoint, RatedPoint[]> {
  const points: SweepPoint[] = [];
  const sizes = swept.flatMap((size) => SWEEPS[size].map((value) => ({ size, value })));
  for (const { size, value } of sizes) {
    yield { done: points.length, of: sizes.length, next: `${size} ${value}` };
    const point = { size, value, ...(await measureStep(gpu, { ...config, [size]: value }, roofline)) };
    points.push(point);
    yield point;
  }
  return ratePoints(points);
}

async function measureStep(
  gpu: Gpu,
  config: BenchConfig,
  roofline: Roofline,
): Promise<Omit<SweepPoint, 'size' | 'value'>> {
  try {
    return await timeStep(gpu, config, roofline);
  } catch (error) {
    // A size that is too large for this adapter is a result; any other failure ends the benchmark.
    const isTooLarge = error instanceof Failure && (error.code === 'limit' || error.code === 'out-of-memory');
    if (isTooLarge) return { problem: error.message };
    throw error;
  }
}

async function timeStep(gpu: Gpu, config: BenchConfig, roofline: Roofline) {
  const starts: StepStart[] = [];
  while (starts.length < STARTS) starts.push(await startStep(gpu, config, roofline));
  const [{ flops }] = starts;
  const { median: medianMs, low: lowMs, high: highMs } = estimate(starts.map(({ ms }) => median(ms)));
  const samples = starts.reduce((sum, { ms }) => sum + ms.length, 0);
  const timePerFlopPs = (1e9 * medianMs) / flops;
  const shareOfPeak = median(finite(starts.flatMap(({ shares }) => shares)));
  return { medianMs, lowMs, highMs, samples, flops, timePerFlopPs, shareOfPeak };
}

interface StepStart {
  flops: number;
  ms: number[];
  /** Of the peak at the moment of each sample. */
  shares: number[];
}

async function startStep(gpu: Gpu, config: BenchConfig, roofline: Roofline): Promise<StepStart> {
  const budget = shareOf(POINT_BUDGET, STARTS);
  const trainer = await createBenchTrainer(gpu, config);
  try {
    const timer = await SubmissionTimer.create(trainer, 'updates');
    const { flops } = costOf(trainer.plan.update);
    const ms: number[] = [];
    const shares: number[] = [];
    const started = performance.now();
    while (isDue(ms.length, (performance.now() - started) / 1000, budget)) {
      const peak = await roofline.multiplyAddGflops();
      const sample = await timer.milliseconds();
      ms.push(sample);
      shares.push(flops / sample / 1e6 / peak);
    }
    return { flops, ms, shares };
  } finally {
    trainer.dispose();
  }
}
