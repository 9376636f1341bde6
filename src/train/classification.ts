import type { Prediction } from './predict.ts';

/** How predictions and labels of classes go together. */
export interface Classification {
  /** Share of the series whose class is right. */
  accuracy: number;
  /** counts[label][predicted] */
  confusion: number[][];
  /** In the order of the classes; NaN if a class was never predicted or has no samples. */
  classes: {
    /** Share of the series with this prediction that are of the class. */
    precision: number;
    /** Share of the class's series that are predicted as such. */
    recall: number;
    /** Harmonic mean of precision and recall. */
    f1: number;
    /** Series of the class. */
    samples: number;
  }[];
}

/** The class that the model gives each series: the likeliest, the first of equals. */
export function predictedClasses({
  samples,
  outputs,
  values,
}: Pick<Prediction, 'samples' | 'outputs' | 'values'>): Uint32Array {
  if (outputs === 1) return Uint32Array.from({ length: samples }, (_, n) => (values[n] > 0.5 ? 1 : 0));
  return Uint32Array.from({ length: samples }, (_, n) => {
    const row = values.subarray(n * outputs, (n + 1) * outputs);
    return row.indexOf(Math.max(...row));
  });
}

/** Compares predicted classes with the labels, of `classes` classes. */
export function classify(predicted: Uint32Array, labels: Float32Array, classes: number): Classification {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  predicted.forEach((guess, n) => {
    confusion[labels[n]][guess]++;
  });
  const correct = confusion.reduce((sum, row, label) => sum + row[label], 0);
  return {
    accuracy: correct / predicted.length,
    confusion,
    classes: confusion.map((row, label) => {
      const samples = row.reduce((sum, count) => sum + count, 0);
      const guessed = confusion.reduce((sum, { [label]: count }) => sum + count, 0);
      const precision = row[label] / guessed;
      const recall = row[label] / samples;
      return { precision, recall, f1: (2 * row[label]) / (samples + guessed), samples };
    }),
  };
}
