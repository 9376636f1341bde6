/** A comparison of a result of the adapter with the expected one. */
export interface Check {
  /** A kernel's name, or a reference file's. */
  subject: string;
  /** The kernel's case, or the tensor compared. */
  name: string;
  error: number;
  tolerance: number;
  passed: boolean;
}

/** A check; an error of NaN counts as failed. */
export function check(subject: string, name: string, error: number, tolerance: number): Check {
  return { subject, name, error, tolerance, passed: error <= tolerance };
}

/**
 * Largest |actual − expected| as a share of the largest |expected|; absolute if all of it is below 1e-30. Infinity if a
 * value is not finite or the lengths differ.
 */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!Number.isFinite(difference)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return scale > 1e-30 ? error / scale : error;
}

/** ‖actual − expected‖ / ‖expected‖; infinity if a value is not finite or the lengths differ. */
export function relativeL2(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  const error = norm > 0 ? Math.sqrt(difference / norm) : Math.sqrt(difference);
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}
