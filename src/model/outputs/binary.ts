import { ACCURACY } from './accuracy.ts';
import type { OutputKind } from './output_kind.ts';

/** A label 0 or 1: a sigmoid with binary cross-entropy. */
export interface BinaryOutput {
  kind: 'binary';
}

export const binary = {
  logits: () => 1,
  classes: () => 2,
  takesClasses: false,
  values: 'probabilities',
  loss: ({ on, ...shape }, _, tensors) =>
    on('binaryOutput', shape, { ...tensors, probabilities: 'probabilities', correct: ACCURACY.tensor }),
  metric: ACCURACY,
  activation: 'sigmoid',
  onnx: { operator: 'Sigmoid' },
  fromUnits: (units) => (units === 1 ? { kind: 'binary' } : undefined),
  forLabels: (classes) => (classes === 2 ? { kind: 'binary' } : undefined),
  words: { prediction: 'probability of the second class', short: 'yes or no', loss: 'binary cross-entropy' },
} as const satisfies OutputKind<BinaryOutput>;
