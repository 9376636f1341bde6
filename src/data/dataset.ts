/** Labelled series: x (samples, T, D) row-major, y (samples) in {0, 1}. */
export interface Dataset {
  samples: number;
  timeSteps: number;
  inputDim: number;
  x: Float32Array;
  y: Float32Array;
}

/** Joins data sets of one shape, in their order. */
export function concatenate(parts: Dataset[]): Dataset {
  const { timeSteps, inputDim } = parts[0];
  const samples = parts.reduce((sum, part) => sum + part.samples, 0);
  const x = new Float32Array(samples * timeSteps * inputDim);
  const y = new Float32Array(samples);
  let at = 0;
  for (const part of parts) {
    x.set(part.x, at * timeSteps * inputDim);
    y.set(part.y, at);
    at += part.samples;
  }
  return { samples, timeSteps, inputDim, x, y };
}
