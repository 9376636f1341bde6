import { ACCURACY } from './accuracy.ts';
import type { OutputKind } from './output_kind.ts';

/** One of several classes: a softmax with categorical cross-entropy. */
export interface CategoricalOutput {
  kind: 'categorical';
  /** How many classes there are. */
  classes: number;
}

export const categorical = {
  logits: ({ classes }) => classes,
  classes: ({ classes }) => classes,
  takesClasses: true,
  values: 'probabilities',
  loss: ({ on, ...shape }, { classes }, tensors) =>
    on(
      'categoricalOutput',
      { ...shape, outputs: classes },
      { ...tensors, probabilities: 'probabilities', correct: ACCURACY.tensor },
    ),
  metric: ACCURACY,
  activation: 'softmax',
  onnx: { operator: 'Softmax', axis: 1 },
  fromUnits: (units): CategoricalOutput | undefined =>
    units > 1 ? { kind: 'categorical', classes: units } : undefined,
  forLabels: (classes) => (classes === undefined || classes === 2 ? undefined : { kind: 'categorical', classes }),
  words: { prediction: 'probability of each class', short: 'one of several classes', loss: 'cross-entropy' },
} as const satisfies OutputKind<CategoricalOutput>;
