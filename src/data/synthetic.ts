import { concatenate, type Dataset } from './dataset.ts';
import type { NumpyRandom } from './numpy_random.ts';

/**
 * The experiment's `get_data`: standard normal series and random labels; the label is planted in every channel of step
 * `attentionColumn`. Draws from `random` exactly as numpy would (all of x, then y), so the next call continues the
 * stream.
 */
export function getData(
  random: NumpyRandom,
  samples: number,
  timeSteps: number,
  inputDim: number,
  attentionColumn: number,
): Dataset {
  const x = new Float32Array(samples * timeSteps * inputDim);
  for (let i = 0; i < x.length; i++) x[i] = random.normal();
  const y = new Float32Array(samples);
  for (let n = 0; n < samples; n++) {
    y[n] = random.bit();
    const at = (n * timeSteps + attentionColumn) * inputDim;
    x.fill(y[n], at, at + inputDim);
  }
  return { samples, timeSteps, inputDim, x, y };
}

/** `count` calls of `get_data(1, …)`: the fresh items over which the experiment averages its attention. */
export function getItems(
  random: NumpyRandom,
  count: number,
  timeSteps: number,
  inputDim: number,
  attentionColumn: number,
): Dataset {
  const items = Array.from({ length: count }, () => getData(random, 1, timeSteps, inputDim, attentionColumn));
  return concatenate(items);
}
