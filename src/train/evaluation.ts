import { type ModelConfig, outputCount } from '../model/config.ts';
import { classesOf } from '../model/outputs/index.ts';
import { type Classification, classify, predictedClasses } from './classification.ts';
import type { Metrics } from './history.ts';
import { measureErrors, type Regression } from './regression.ts';

/** Labels and predictions of numbers, in the order of the series. */
export interface Residuals {
  /** What the series have. */
  labels: number[];
  /** What the model says. */
  predicted: number[];
}

/** Predictions of some series compared with their labels: by class, or as errors of numbers. */
export interface Comparison {
  /** How many series there are. */
  samples: number;
  /** Of a model that predicts classes. */
  classification?: Classification;
  /** Of a model that predicts numbers. */
  regression?: Regression;
  /** Of a model that predicts numbers: at most 1,000 of the series, evenly spread. */
  residuals?: Residuals;
}

/** A comparison with the loss, and the metric that an epoch has too. */
export type Evaluation = Metrics & Comparison;

const MOST_RESIDUALS = 1000;

/** Compares predictions, values (N, outputs), with the labels y (N). */
export function compare(config: Pick<ModelConfig, 'output'>, values: Float32Array, y: Float32Array): Comparison {
  const samples = y.length;
  const classes = classesOf(config.output);
  if (classes === undefined) {
    const every = Math.ceil(samples / MOST_RESIDUALS);
    const some = (all: Float32Array) => Array.from(all.filter((_, n) => n % every === 0));
    return { samples, regression: measureErrors(values, y), residuals: { labels: some(y), predicted: some(values) } };
  }
  const outputs = outputCount(config);
  const predicted = predictedClasses({ samples, outputs, values });
  return { samples, classification: classify(predicted, y, classes) };
}
