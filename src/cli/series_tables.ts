import {
  classBalance,
  isLabelled,
  type Series,
  type SeriesSet,
  type SeriesShape,
  type Target,
  type Unseen,
} from '../data/series_set.ts';
import { type Classification, predictedClasses } from '../train/classification.ts';
import type { Comparison } from '../train/evaluation.ts';
import type { Prediction } from '../train/predict.ts';
import type { Regression } from '../train/regression.ts';
import { plainText, table } from './terminal.ts';

/** Channels that a line names. */
const MOST_NAMED = 8;

/** A line about a file's series, and others about its classes, lengths and gaps. */
export function describeSeries(set: Series & { target?: Target; y?: Float32Array }): string {
  const { name, samples, timeSteps, inputDim, channelNames, lengths, filled, ids } = set;
  const names = channelNames.map(plainText).join(', ');
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels${inputDim <= MOST_NAMED ? ` (${names})` : ''}`;
  const lines = [`${plainText(name)}: ${samples} series of ${timeSteps} steps, ${channels}${ids ? ', with ids' : ''}`];
  if (!isLabelled(set)) lines[0] += ', without labels';
  else if (set.target.kind === 'number') lines[0] += ', numbers to predict';
  else lines.push(`Classes: ${describeClasses(set)}`);
  if (lengths) {
    const sorted = lengths.toSorted();
    const [least, most] = [sorted[0], sorted[sorted.length - 1]];
    lines.push(`Warning: series have ${least} to ${most} steps; shorter ones are padded with the mean of the channel`);
  }
  if (filled) lines.push(`Warning: ${filled} missing values are filled with the value before them`);
  return lines.join('\n');
}

function describeClasses(set: SeriesSet): string {
  return classBalance(set)
    .map(({ name, count, share }) => `${plainText(name)} ${count} (${(100 * share).toFixed(0)} %)`)
    .join(', ');
}

/** What is predicted of series without labels. */
export function describePredictions({ target, samples }: Unseen, prediction: Prediction): string {
  if (target.kind === 'number') {
    const { mean, least, most } = spreadOf(prediction.values);
    return `Predicted ${samples} numbers, ${least.toPrecision(4)} to ${most.toPrecision(4)}, mean ${mean.toPrecision(4)}`;
  }
  const counts = new Array<number>(target.classes.length).fill(0);
  for (const index of predictedClasses(prediction)) counts[index]++;
  const rows = target.classes.map((name, c) => [plainText(name), String(counts[c])]);
  return table(['predicted', 'series'], rows, ['left', 'right']);
}

function spreadOf(values: Float32Array): { mean: number; least: number; most: number } {
  let [sum, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { mean: sum / values.length, least, most };
}

/** Predictions against labels: by class with the confusion matrix, or as errors of numbers. */
export function evaluationTable(
  { target }: Pick<SeriesShape, 'target'>,
  { samples, classification, regression }: Comparison,
): string {
  if (regression) return `${describeErrors(regression)} on ${samples} series`;
  if (!classification || target.kind === 'number') throw new Error('an evaluation has neither classes nor numbers');
  const names = target.classes.map(plainText);
  const accuracy = `Accuracy ${classification.accuracy.toFixed(4)} on ${samples} series`;
  return [accuracy, classTable(names, classification), confusionTable(names, classification)].join('\n\n');
}

function classTable(names: string[], { classes }: Classification): string {
  const rows = classes.map(({ precision, recall, f1, samples }, c) => [
    names[c],
    ...[precision, recall, f1].map((value) => (Number.isNaN(value) ? '–' : value.toFixed(4))),
    String(samples),
  ]);
  return table(['class', 'precision', 'recall', 'F1', 'series'], rows, ['left', 'right', 'right', 'right', 'right']);
}

function confusionTable(names: string[], { confusion }: Classification): string {
  const rows = confusion.map((row, label) => [names[label], ...row.map(String)]);
  return table(['true ↓, predicted →', ...names], rows, ['left', ...names.map(() => 'right' as const)]);
}

/** The errors of predicted numbers, in a line. */
export function describeErrors({ meanAbsoluteError, rootMeanSquare, r2 }: Regression): string {
  const [mean, root] = [meanAbsoluteError, rootMeanSquare].map((value) => value.toPrecision(4));
  return `Mean absolute error ${mean}, root mean square ${root}, R² ${r2.toFixed(4)}`;
}
