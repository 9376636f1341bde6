import { classBalance, type SeriesSet } from '../data/series_set.ts';
import { type Classification, classify, predictedClasses } from '../train/classification.ts';
import type { Prediction } from '../train/predict.ts';
import { measureErrors } from '../train/regression.ts';
import { plainText, table } from './terminal.ts';

/** What a file holds, in a line, and its classes in another. */
export function describeSeries(set: SeriesSet): string {
  const { name, samples, timeSteps, inputDim, target } = set;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const line = `${plainText(name)}: ${samples} series of ${timeSteps} steps, ${channels}`;
  if (target.kind === 'number') return `${line}, numbers to predict`;
  const classes = classBalance(set).map((it) => `${plainText(it.name)} ${it.count} (${(100 * it.share).toFixed(0)} %)`);
  return `${line}\nClasses: ${classes.join(', ')}`;
}

/** How predictions and labels go together: by class with the confusion matrix, or as errors of numbers. */
export function evaluationTable({ target, y }: SeriesSet, prediction: Prediction): string {
  if (target.kind === 'number') return describeErrors(prediction.values, y);
  const names = target.classes.map(plainText);
  const classification = classify(predictedClasses(prediction), y, names.length);
  const accuracy = `Accuracy ${classification.accuracy.toFixed(4)} on ${y.length} series`;
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
  return table(['is, below: taken for', ...names], rows, ['left', ...names.map(() => 'right' as const)]);
}

function describeErrors(predicted: Float32Array, y: Float32Array): string {
  const { meanAbsoluteError, rootMeanSquare, r2 } = measureErrors(predicted, y);
  return `Mean absolute error ${meanAbsoluteError.toPrecision(4)}, root mean square ${rootMeanSquare.toPrecision(4)}, R² ${r2.toFixed(4)} on ${y.length} series`;
}
