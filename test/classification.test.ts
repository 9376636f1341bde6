import { expect, test } from 'vitest';
import { classify, predictedClasses } from '../src/train/classification.ts';

const prediction = (outputs: number, values: number[]) => ({
  samples: values.length / outputs,
  outputs,
  values: Float32Array.from(values),
  attention: new Float32Array(0),
});

test('two classes are told apart at one half, several by the largest, the first of equals', () => {
  expect([...predictedClasses(prediction(1, [0.2, 0.5, 0.51]))]).toEqual([0, 0, 1]);
  expect([...predictedClasses(prediction(3, [0.1, 0.7, 0.2, 0.4, 0.2, 0.4]))]).toEqual([1, 0]);
});

test('precision, recall and F1 of each class come from the confusion', () => {
  const { accuracy, confusion, classes } = classify(Uint32Array.of(0, 0, 1, 1, 1), Float32Array.of(0, 1, 1, 1, 0), 3);
  expect(accuracy).toBeCloseTo(3 / 5, 12);
  expect(confusion).toEqual([
    [1, 1, 0],
    [1, 2, 0],
    [0, 0, 0],
  ]);
  expect(classes[0]).toEqual({ precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, samples: 2 });
  expect(classes[1]).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, samples: 3 });
  expect(classes[2]).toEqual({ precision: Number.NaN, recall: Number.NaN, f1: Number.NaN, samples: 0 });
});
