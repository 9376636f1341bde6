import { placesOf } from '../../../data/series_set.ts';
import { statisticsOf } from '../../../data/statistics.ts';
import { predictedClasses } from '../../../train/classification.ts';
import { formatMetric } from '../../../train/history.ts';
import { byId, tableBody, tableHead, tableRow } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import type { PredictedSeries } from './prediction_run.ts';

/** Longer tables would be read by nobody. */
const MOST_ROWS = 200;

/** Classes that a sentence names. */
const MOST_NAMED = 8;

/** A column: its heading, and the cell of series n. */
interface Column {
  head: string;
  cell(n: number): string;
}

/** Predictions of single series with their ids, the worst first if there are labels. */
export class PredictionTable {
  private readonly details = byId('prediction-details', HTMLDetailsElement);
  private shown: PredictedSeries | undefined;

  constructor() {
    this.details.addEventListener('toggle', () => this.draw());
  }

  show(shown: PredictedSeries): void {
    const { y } = shown.set;
    this.shown = shown;
    byId('prediction-heading', HTMLElement).textContent = y
      ? 'Predictions as a table, the worst first'
      : 'Predictions as a table';
    this.details.open ||= y === undefined;
    this.draw();
  }

  /** A hidden table is not drawn. */
  private draw(): void {
    if (!this.details.open || !this.shown) return;
    const { set } = this.shown;
    const { columns, miss } = describe(this.shown);
    const order = Array.from({ length: set.samples }, (_, n) => n);
    if (miss) order.sort((a, b) => miss(b) - miss(a));
    tableHead(
      'prediction-table',
      columns.map(({ head }) => head),
    );
    const rows = order.slice(0, MOST_ROWS).map((n) => tableRow(columns.map(({ cell }) => cell(n))));
    tableBody('prediction-table').replaceChildren(...rows);
    byId('prediction-note', HTMLElement).textContent =
      set.samples > MOST_ROWS ? `Shown are ${MOST_ROWS} of ${formatCount(set.samples)}; the CSV file has all.` : '';
  }
}

/** What is predicted of series without labels, in a sentence. */
export function describePredictions({ name, set: { target, samples }, prediction }: PredictedSeries): string {
  const series = `${formatCount(samples)} series`;
  if (target.kind === 'number') {
    const { min, mean, max } = statisticsOf(prediction.values);
    const [least, middle, most] = [min, mean, max].map(formatMetric);
    return `${name}: predicted ${series} without labels, from ${least} to ${most}, mean ${middle}.`;
  }
  const counts = new Array<number>(target.classes.length).fill(0);
  for (const index of predictedClasses(prediction)) counts[index]++;
  const found = target.classes.map((of, c) => ({ of, count: counts[c] })).filter(({ count }) => count > 0);
  const frequent = found.toSorted((a, b) => b.count - a.count).slice(0, MOST_NAMED);
  const rest = found.length > frequent.length ? `, ${found.length - frequent.length} other classes` : '';
  const named = frequent.map(({ of, count }) => `${of} ${formatCount(count)}`).join(', ');
  return `${name}: predicted ${series} without labels: ${named}${rest}.`;
}

/** The columns of the table, and how wrong a prediction is if there are labels. */
function describe(predicted: PredictedSeries): { columns: Column[]; miss?: (n: number) => number } {
  const { set } = predicted;
  const { ids } = set;
  const places = placesOf(set);
  const place: Column = { head: 'Series', cell: (n) => formatCount(places[n]) };
  const names = ids ? [{ head: 'Id', cell: (n: number) => ids[n] }, place] : [place];
  const { columns, miss } =
    set.target.kind === 'class' ? classColumns(predicted, set.target.classes) : numberColumns(predicted);
  return { columns: [...names, ...columns], miss };
}

function classColumns({ set: { y }, prediction }: PredictedSeries, classes: string[]): ReturnType<typeof describe> {
  const { outputs, values } = prediction;
  const guesses = predictedClasses(prediction);
  const probability = (n: number, of: number) => {
    if (outputs > 1) return values[n * outputs + of];
    return of === 1 ? values[n] : 1 - values[n];
  };
  const columns = [
    { head: 'Predicted', cell: (n: number) => classes[guesses[n]] },
    { head: 'Probability', cell: (n: number) => probability(n, guesses[n]).toFixed(4) },
  ];
  if (!y) return { columns };
  return {
    columns: [{ head: 'Label', cell: (n) => classes[y[n]] }, ...columns],
    miss: (n) => Number(guesses[n] !== y[n]) + 1 - probability(n, y[n]),
  };
}

function numberColumns({ set: { y }, prediction: { values } }: PredictedSeries): ReturnType<typeof describe> {
  const predicted = { head: 'Predicted', cell: (n: number) => formatMetric(values[n]) };
  if (!y) return { columns: [predicted] };
  return {
    columns: [
      { head: 'Label', cell: (n) => formatMetric(y[n]) },
      predicted,
      { head: 'Error', cell: (n) => formatMetric(values[n] - y[n]) },
    ],
    miss: (n) => Math.abs(values[n] - y[n]),
  };
}
