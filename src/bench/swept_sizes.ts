import type { BenchConfig } from './bench_config.ts';

// The sizes of a sweep; `sweeps.ts` measures it.

/** The swept values of each size. The other sizes keep their values meanwhile. */
export const SWEEPS = {
  batchSize: powersOfTwo(32, 4096),
  timeSteps: powersOfTwo(16, 1024),
  units: powersOfTwo(8, 256),
  inputDim: powersOfTwo(1, 64),
} as const satisfies Partial<Record<keyof BenchConfig, number[]>>;
export type SweptSize = keyof typeof SWEEPS;
export const SWEPT_SIZES = Object.keys(SWEEPS) as SweptSize[];
/** If cost grows no faster than the arithmetic, it stays within this factor of the best. */
export const MOST_GROWTH = 3;

/** A training step at one size. */
export interface SweepPoint {
  size: SweptSize;
  value: number;
  /** Why the step was not measured: it does not fit the adapter. Then the figures are absent. */
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
  /** Whether `ratioToBest` is above 3. */
  isSlow?: boolean;
}

/** The number of points of these sweeps. */
export function countPoints(swept: SweptSize[]): number {
  return swept.reduce((sum, size) => sum + SWEEPS[size].length, 0);
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

function powersOfTwo(first: number, last: number): number[] {
  return first > last ? [] : [first, ...powersOfTwo(2 * first, last)];
}
