import { type Classification, classify, predictedClasses } from '../../../train/classification.ts';
import { SEQUENTIAL } from '../../color_scale.ts';
import { byId, tableBody, tableHead, tableRow } from '../../dom.ts';
import { HeatMap } from '../../heat_map.ts';
import { formatCount } from '../../text.ts';
import type { ComparedSeries } from './prediction_run.ts';

/** With more classes the picture has no room for counts, and a table would help nobody. */
const MOST_COUNTED = 60;

/** Predicted classes beside the labels: measures of each class, and the confusion matrix. */
export class ClassResults {
  private readonly map = new HeatMap('confusion-map', { xTitle: 'Predicted', yTitle: 'Class', ramp: SEQUENTIAL });
  private readonly details = byId('confusion-details', HTMLDetailsElement);
  private confusion: number[][] = [];
  private names: readonly string[] = [];

  constructor() {
    this.details.addEventListener('toggle', () => this.drawTable());
  }

  show({ name, set, prediction }: ComparedSeries, classes: readonly string[]): void {
    const classification = classify(predictedClasses(prediction), set.y, classes.length);
    this.confusion = classification.confusion;
    this.names = classes;
    byId('outcome-summary', HTMLElement).textContent = `${name}: ${describeAccuracy(classification, set.samples)}`;
    showClasses(classification, classes);
    this.drawMap();
    this.drawTable();
  }

  /** Coloured by the share within a class, so that a rare class is as visible as a frequent one. */
  private drawMap(): void {
    const { confusion, names } = this;
    const { length } = names;
    const values = confusion.flatMap((row) => {
      const samples = row.reduce((sum, count) => sum + count, 0) || 1;
      return row.map((count) => count / samples);
    });
    this.map.draw({
      matrix: { rows: length, columns: length, values },
      low: 0,
      high: 1,
      names: { rows: names, columns: names },
      texts: length <= MOST_COUNTED ? confusion.flat().map(formatCount) : undefined,
    });
  }

  /** A hidden table is not drawn. */
  private drawTable(): void {
    if (!this.details.open) return;
    const names = this.names.slice(0, MOST_COUNTED);
    tableHead('confusion-table', ['Class', ...names.map((name) => `as ${name}`)]);
    tableBody('confusion-table').replaceChildren(
      ...names.map((name, c) => tableRow([name, ...this.confusion[c].slice(0, names.length).map(formatCount)])),
    );
    const hidden = this.names.length > names.length;
    byId('confusion-note', HTMLElement).textContent = hidden
      ? `Shown are the first ${names.length} of ${this.names.length} classes.`
      : '';
  }
}

function describeAccuracy({ accuracy, confusion }: Classification, samples: number): string {
  const correct = confusion.reduce((sum, row, label) => sum + row[label], 0);
  return `accuracy ${accuracy.toFixed(4)}: ${formatCount(correct)} of ${formatCount(samples)} series.`;
}

function showClasses({ classes }: Classification, names: readonly string[]): void {
  tableBody('class-table').replaceChildren(
    ...classes.map(({ precision, recall, f1, samples }, c) =>
      tableRow([names[c], ...[precision, recall, f1].map(formatShare), formatCount(samples)]),
    ),
  );
}

/** A class that was never predicted, or has no series, has no share. */
function formatShare(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4);
}
