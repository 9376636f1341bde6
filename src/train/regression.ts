/** How predicted numbers and labels go together. */
export interface Regression {
  /** Mean of the absolute errors, in the unit of the labels. */
  meanAbsoluteError: number;
  /** Root of the mean squared error, in the unit of the labels. */
  rootMeanSquare: number;
  /**
   * The share of the labels' variance that is explained: 1 at best, 0 for predicting their mean; NaN if all labels are
   * equal.
   */
  r2: number;
}

/** Compares predicted numbers with the labels. */
export function measureErrors(predicted: Float32Array, labels: Float32Array): Regression {
  const { length } = labels;
  const mean = labels.reduce((sum, value) => sum + value, 0) / length;
  let [absolute, squares, spread] = [0, 0, 0];
  for (let n = 0; n < length; n++) {
    const error = predicted[n] - labels[n];
    absolute += Math.abs(error);
    squares += error * error;
    spread += (labels[n] - mean) ** 2;
  }
  return {
    meanAbsoluteError: absolute / length,
    rootMeanSquare: Math.sqrt(squares / length),
    r2: spread > 0 ? 1 - squares / spread : Number.NaN,
  };
}
