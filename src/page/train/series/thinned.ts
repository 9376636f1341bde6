/** A point of a course: step and value. */
export type Point = readonly [step: number, value: number];

/** A course as about `most` points that look alike: each stretch of steps gives its smallest and its largest value. */
export function thin(values: ArrayLike<number>, most: number): Point[] {
  const stretch = Math.ceil((2 * values.length) / most);
  if (stretch <= 2) return Array.from(values, (value, t) => [t, value] as const);
  const points: Point[] = [];
  for (let first = 0; first < values.length; first += stretch) {
    let [least, greatest] = [first, first];
    for (let t = first; t < Math.min(values.length, first + stretch); t++) {
      if (values[t] < values[least]) least = t;
      if (values[t] > values[greatest]) greatest = t;
    }
    const ends = least === greatest ? [least] : [Math.min(least, greatest), Math.max(least, greatest)];
    points.push(...ends.map((t) => [t, values[t]] as const));
  }
  return points;
}
