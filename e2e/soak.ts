/** How long each soak lasts: `npm test` has a short one, `npm run test:soak` the long ones. */
export const SOAK_SECONDS = 60 * Number(process.env.ATTENTION_LSTM_SOAK_MINUTES ?? 0.2);

/** What is held after so many epochs. */
export interface SoakSample {
  epochs: number;
  /** JavaScript's, after a collection. */
  heapBytes: number;
  /** How many objects those are, of whatever class: unlike bytes not moved by what the engine compiles and caches. */
  objects: number;
  /** The process', drivers and all. */
  residentBytes: number;
  /** Of the device: each value that occurred after an epoch. */
  gpuBytes: number[];
}

/** What y gains for each x: the median over all pairs of points, on which single outliers have no effect (Theil–Sen). */
export function slope(points: [x: number, y: number][]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(0, i).map(([before, from]) => (y - from) / (x - before)));
  const sorted = slopes.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
