import type { Metric } from './output_kind.ts';

/** The mean error of predicted numbers, without its sign. */
export const MEAN_ABSOLUTE_ERROR = {
  name: 'mean_absolute_error',
  key: 'meanAbsoluteError',
  validationKey: 'valMeanAbsoluteError',
  words: 'mean absolute error',
  definition: 'mean of |predicted − label|',
  sentence: (value, part) => `The mean absolute error of the ${part} samples is ${value}`,
  tensor: 'absolute_errors',
  isShare: false,
  reference: { list: 'absoluteErrorPerStep', words: 'absolute errors', isCount: false },
} as const satisfies Metric;
