import { trainingSamples } from './check.ts';

/** The settings that follow from the number of series, if nobody chooses them. */
export interface Sizes {
  batchSize: number;
  epochs: number;
}

/** Batches of a training part, which average the gradient's noise. */
const BATCHES = 4;
const BATCH = { least: 16, most: 256 };
/** Updates after which small sets of the archives have learned what they hold. */
const UPDATES = 1000;
const EPOCHS = { least: 20, most: 500 };

/**
 * Batches of a quarter of the training part, a power of two from 16 to 256, and as many epochs as make 1,000 updates, 20
 * to 500. `samples` are all series, of which a share validates.
 */
export function sizesFor(samples: number, validationSplit: number): Sizes {
  const training = Math.max(1, trainingSamples(samples, validationSplit));
  const batchSize = within(2 ** Math.floor(Math.log2(training / BATCHES)), BATCH);
  const epochs = within(Math.ceil(UPDATES / Math.ceil(training / batchSize)), EPOCHS);
  return { batchSize, epochs };
}

function within(value: number, { least, most }: { least: number; most: number }): number {
  return Math.min(most, Math.max(least, value));
}
