import { classBalance, type SeriesSet, type SeriesShape } from '../data/series_set.ts';
import type { Classification } from '../train/classification.ts';
import type { Comparison } from '../train/evaluation.ts';
import type { Regression } from '../train/regression.ts';
import { plainText, table } from './terminal.ts';

/** A line about a file's content, and another about its classes. */
export function describeSeries(set: SeriesSet): string {
  const { name, samples, timeSteps, inputDim, target } = set;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const line = `${plainText(name)}: ${samples} series of ${timeSteps} steps, ${channels}`;
  if (target.kind === 'number') return `${line}, numbers to predict`;
  const classes = classBalance(set).map((it) => `${plainText(it.name)} ${it.count} (${(100 * it.share).toFixed(0)} %)`);
  return `${line}\nClasses: ${classes.join(', ')}`;
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
