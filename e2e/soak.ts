/** Duration of each soak: `npm test` has a short one, `npm run test:soak` the long ones. */
export const SOAK_SECONDS = 60 * Number(process.env.ATTENTION_LSTM_SOAK_MINUTES ?? 0.2);

/** Memory that is held after this many epochs. */
export interface SoakSample {
  epochs: number;
  /** JavaScript's heap, after a collection. */
  heapBytes: number;
  /** Number of objects of all classes. Unlike bytes, it does not change with what the engine compiles and caches. */
  objects: number;
  /** Memory of the process, drivers included. */
  residentBytes: number;
  /** Memory of the device: each value that occurred after an epoch. */
  gpuBytes: number[];
}

/** Growth of y per x: the median over all pairs of points, which single outliers do not affect (Theil–Sen). */
export function slope(points: [x: number, y: number][]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(0, i).map(([before, from]) => (y - from) / (x - before)));
  const sorted = slopes.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
