import type { Metric } from './output_kind.ts';

/** The share of correct predictions of classes. */
export const ACCURACY = {
  name: 'accuracy',
  key: 'accuracy',
  validationKey: 'valAccuracy',
  words: 'accuracy',
  definition: 'share classified correctly',
  sentence: (value, part) => `${value} of the ${part} samples are classified correctly`,
  tensor: 'correct',
  isShare: true,
  reference: { list: 'correctPerStep', words: 'correct predictions', isCount: true },
} as const satisfies Metric;
