import { MEAN_ABSOLUTE_ERROR } from './mean_absolute_error.ts';
import type { OutputKind } from './output_kind.ts';

/** A number: a linear output with the squared error. */
export interface RegressionOutput {
  kind: 'regression';
}

export const regression = {
  logits: () => 1,
  classes: () => undefined,
  takesClasses: false,
  values: 'predictions',
  loss: ({ on, batch, loss }, _, tensors) =>
    on(
      'regressionOutput',
      { batch, ...(loss === 'mae' && { isAbsolute: true }) },
      { ...tensors, predictions: 'predictions', absoluteErrors: MEAN_ABSOLUTE_ERROR.tensor },
    ),
  metric: MEAN_ABSOLUTE_ERROR,
  activation: 'linear',
  fromUnits: (units) => (units === 1 ? { kind: 'regression' } : undefined),
  forLabels: (classes) => (classes === undefined ? { kind: 'regression' } : undefined),
  words: { prediction: 'the number predicted', short: 'a number', loss: 'mean squared error' },
} as const satisfies OutputKind<RegressionOutput>;
