import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import { type Budget, finite, isDue, median, medianInterval } from './measure.ts';
import type { BenchConfig } from './result.ts';
import type { Roofline } from './roofline.ts';
import { costOf } from './rows.ts';
import { dispatchesOf } from './timed_list.ts';
import { createBenchTrainer, SubmissionTimer } from './training.ts';

/** The sizes that are swept, one at a time, the others as they are. */
const SWEEPS = {
  batchSize: powersOfTwo(32, 4096),
  timeSteps: powersOfTwo(16, 1024),
  units: powersOfTwo(8, 256),
  inputDim: powersOfTwo(1, 64),
} as const satisfies Partial<Record<keyof BenchConfig, number[]>>;
export type SweptSize = keyof typeof SWEEPS;
/** Cost that grows no faster than the arithmetic stays within this of its best. */
export const MOST_GROWTH = 3;
/** A step of the largest sizes takes seconds on a software adapter. */
const POINT_BUDGET: Budget = { samples: 8, seconds: 1, leastSamples: 3, mostSeconds: 5 };

/** A training step at one size. */
export interface SweepPoint {
  size: SweptSize;
  value: number;
  /** Why it was not measured: it does not fit the adapter. The figures are absent then. */
  problem?: string;
  medianMs?: number;
  lowMs?: number;
  highMs?: number;
  samples?: number;
  flops?: number;
  /** Picoseconds a flop. */
  timePerFlopPs?: number;
  /** The step's flops a second / the multiply-add peak measured between its samples. */
  shareOfPeak?: number;
}

export interface RatedPoint extends SweepPoint {
  /** Time a flop / the best of this sweep, both relative to the peak of their moment. */
  ratioToBest?: number;
  /** Whether that is more than 3. */
  isSlow?: boolean;
}

/** Measures a training step at every size of the sweeps. Yields what comes next, then its point. */
export async function* measureSweeps(
  gpu: Gpu,
  config: BenchConfig,
  roofline: Roofline,
): AsyncGenerator<{ done: number; of: number; next: string } | SweepPoint, RatedPoint[]> {
  const points: SweepPoint[] = [];
  const sizes = Object.entries(SWEEPS).flatMap(([size, values]) =>
    values.map((value) => ({ size: size as SweptSize, value })),
  );
  for (const { size, value } of sizes) {
    yield { done: points.length, of: sizes.length, next: `${size} ${value}` };
    const point = { size, value, ...(await measureStep(gpu, { ...config, [size]: value }, roofline)) };
    points.push(point);
    yield point;
  }
  return ratePoints(points);
}

/** The points with their ratios to the best of the same sweep. */
export function ratePoints(points: SweepPoint[]): RatedPoint[] {
  return points.map((point) => {
    if (point.shareOfPeak === undefined) return point;
    const sweep = points.filter(({ size }) => size === point.size);
    const best = Math.max(...sweep.map(({ shareOfPeak }) => shareOfPeak ?? 0));
    const ratioToBest = best / point.shareOfPeak;
    return { ...point, ratioToBest, isSlow: ratioToBest > MOST_GROWTH };
  });
}

async function measureStep(
  gpu: Gpu,
  config: BenchConfig,
  roofline: Roofline,
): Promise<Omit<SweepPoint, 'size' | 'value'>> {
  try {
    return await timeStep(gpu, config, roofline);
  } catch (error) {
    // A size too large for this adapter is a finding; anything else ends the benchmark.
    const isTooLarge = error instanceof Failure && (error.code === 'limit' || error.code === 'out-of-memory');
    if (isTooLarge) return { problem: error.message };
    throw error;
  }
}

async function timeStep(gpu: Gpu, config: BenchConfig, roofline: Roofline) {
  const trainer = await createBenchTrainer(gpu, config);
  try {
    const timer = await SubmissionTimer.create(trainer, 'updates');
    const { flops } = costOf(dispatchesOf(trainer.plan));
    const ms: number[] = [];
    const shares: number[] = [];
    const started = performance.now();
    while (isDue(ms.length, (performance.now() - started) / 1000, POINT_BUDGET)) {
      const peak = await roofline.multiplyAddGflops();
      const sample = await timer.milliseconds();
      ms.push(sample);
      shares.push(flops / sample / 1e6 / peak);
    }
    const { median: medianMs, low: lowMs, high: highMs } = medianInterval(ms);
    const timePerFlopPs = (1e9 * medianMs) / flops;
    return { medianMs, lowMs, highMs, samples: ms.length, flops, timePerFlopPs, shareOfPeak: median(finite(shares)) };
  } finally {
    trainer.dispose();
  }
}

function powersOfTwo(first: number, last: number): number[] {
  return first > last ? [] : [first, ...powersOfTwo(2 * first, last)];
}
