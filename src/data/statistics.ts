/** Smallest value, mean, largest value and standard deviation. */
export interface Statistics {
  min: number;
  mean: number;
  max: number;
  std: number;
}

export function statisticsOf(values: ArrayLike<number>): Statistics {
  let [min, max, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  return { min, mean, max, std: Math.sqrt(squares / values.length) };
}

/** Counts the values in each of `bins` equal parts of low … high. Values outside count in the first or last part. */
export function histogramOf(values: ArrayLike<number>, low: number, high: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const scale = bins / (high - low);
  for (let i = 0; i < values.length; i++) {
    counts[Math.min(bins - 1, Math.max(0, Math.floor((values[i] - low) * scale)))]++;
  }
  return counts;
}
