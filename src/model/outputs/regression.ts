import type { Metric, OutputKind } from './output_kind.ts';

/** A number: a linear output with the squared error. */
export interface RegressionOutput {
  kind: 'regression';
}

const MEAN_ABSOLUTE_ERROR = {
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

export const regression = {
  logits: () => 1,
  classes: () => undefined,
  takesClasses: false,
  values: 'predictions',
  loss: ({ on, batch }, _, tensors) =>
    on(
      'regressionOutput',
      { batch },
      { ...tensors, predictions: 'predictions', absoluteErrors: MEAN_ABSOLUTE_ERROR.tensor },
    ),
  metric: MEAN_ABSOLUTE_ERROR,
  activation: 'linear',
  fromUnits: (units) => (units === 1 ? { kind: 'regression' } : undefined),
  forLabels: (classes) => (classes === undefined ? { kind: 'regression' } : undefined),
  words: { prediction: 'the number predicted', short: 'a number', loss: 'mean squared error' },
} as const satisfies OutputKind<RegressionOutput>;
