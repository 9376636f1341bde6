/** Mean and standard deviation of each channel: plain data that a model keeps. */
export interface Standardisation {
  mean: number[];
  /** 1 for a constant channel. */
  deviation: number[];
}

/**
 * Over all series and steps of x (N, T, D). x must be the training part alone: validation and test data must not
 * influence it.
 */
export function fitStandardisation(x: Float32Array, inputDim: number): Standardisation {
  const channels = Array.from({ length: inputDim }, (_, channel) => fitChannel(x, inputDim, channel));
  return { mean: channels.map(({ mean }) => mean), deviation: channels.map(({ deviation }) => deviation) };
}

/** (x − mean) / deviation of each channel, written to `into`, by default in place. */
export function standardise(x: Float32Array, { mean, deviation }: Standardisation, into = x): Float32Array {
  const inputDim = mean.length;
  for (let i = 0; i < x.length; i++) into[i] = (x[i] - mean[i % inputDim]) / deviation[i % inputDim];
  return into;
}

function fitChannel(x: Float32Array, inputDim: number, channel: number): { mean: number; deviation: number } {
  const count = x.length / inputDim;
  let sum = 0;
  let constant = true;
  for (let i = channel; i < x.length; i += inputDim) {
    sum += x[i];
    constant &&= x[i] === x[channel];
  }
  if (constant) return { mean: x[channel], deviation: 1 };
  const mean = sum / count;
  let squares = 0;
  for (let i = channel; i < x.length; i += inputDim) squares += (x[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}
