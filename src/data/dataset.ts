import { allocateDoubles, allocateFloats } from './float_list.ts';

/** Labelled series: x (samples, T, D) row-major, y (samples) in {0, 1}. */
export interface Dataset {
  samples: number;
  timeSteps: number;
  inputDim: number;
  x: Float32Array;
  y: Float32Array;
}

/** Joins data sets of one shape, in their order; x is in double precision if one of theirs is. */
export function concatenate<X extends Float32Array | Float64Array>(
  parts: (Omit<Dataset, 'x'> & { x: X })[],
): Omit<Dataset, 'x'> & { x: X } {
  const { timeSteps, inputDim } = parts[0];
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  const isFloat32 = parts.every(({ x }) => x instanceof Float32Array);
  const x = (isFloat32 ? allocateFloats : allocateDoubles)(samples * timeSteps * inputDim) as X;
  const y = new Float32Array(samples);
  let at = 0;
  for (const part of parts) {
    x.set(part.x, at * timeSteps * inputDim);
    y.set(part.y, at);
    at += part.samples;
  }
  return { samples, timeSteps, inputDim, x, y };
}
