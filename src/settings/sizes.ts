import { trainingSamples } from './check.ts';
import type { Settings } from './settings.ts';

/** The settings that follow from the number of series, if nobody chooses them. */
export type Sizes = Required<Pick<Settings, 'batchSize' | 'epochs' | 'learningRate' | 'clipNorm' | 'schedule'>>;

/** Their names, in the order in which they are told. */
export const SIZES = ['batchSize', 'epochs', 'learningRate', 'clipNorm', 'schedule'] as const satisfies (keyof Sizes)[];

/** Batches of a training part, which average the gradient's noise. */
const BATCHES = 4;
const BATCH = { least: 16, most: 256 };
/** Updates after which small sets of the archives have learned what they hold. */
const UPDATES = 1000;
const EPOCHS = { least: 20, most: 500 };
/**
 * The attention in front of the LSTM divides each input among the steps, so few updates at Keras' rate, the least one
 * here, leave training series unlearned: docs/own_series.md has what was measured.
 */
const RATE = { least: 0.001, most: 0.003 };
/** At more than Keras' rate, a single large gradient can undo what was learned, and the last epochs must come to rest. */
const CLIP_NORM = 5;

/**
 * Batches of a quarter of the training part, a power of two from 16 to 256; as many epochs as make 1,000 updates, 20 to
 * 500; the learning rate 0.003, and in proportion less for more updates, down to 0.001; above that, gradients of a norm
 * of at most 5, and half a cosine down to zero. `samples` are all series, of which a share validates.
 */
export function sizesFor(samples: number, validationSplit: number): Sizes {
  const training = Math.max(1, trainingSamples(samples, validationSplit));
  const batchSize = within(2 ** Math.floor(Math.log2(training / BATCHES)), BATCH);
  const steps = Math.ceil(training / batchSize);
  const epochs = within(Math.ceil(UPDATES / steps), EPOCHS);
  const rate = within((RATE.most * UPDATES) / (epochs * steps), RATE);
  const learningRate = Number(rate.toPrecision(1));
  if (learningRate === RATE.least)
    return { batchSize, epochs, learningRate, clipNorm: 0, schedule: { kind: 'constant' } };
  return { batchSize, epochs, learningRate, clipNorm: CLIP_NORM, schedule: { kind: 'cosine' } };
}

/** The sizes that follow from the series if these are chosen. Clipping and schedule belong to a rate that nobody chose. */
export function openSizes(chosen: Partial<Sizes>): (keyof Sizes)[] {
  return SIZES.filter((name) => {
    if ((name === 'clipNorm' || name === 'schedule') && chosen.learningRate !== undefined) return false;
    return chosen[name] === undefined;
  });
}

function within(value: number, { least, most }: { least: number; most: number }): number {
  return Math.min(most, Math.max(least, value));
}
