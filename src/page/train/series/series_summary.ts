import { type ClassShare, classBalance, type SeriesSet, type SeriesShape, shapeOf } from '../../../data/series_set.ts';
import { type Statistics, statisticsOf } from '../../../data/statistics.ts';

/** Series that are shown of a file, at most. */
const MOST_PREVIEWS = 6;

/** What the page shows of a file's series: they themselves stay in the worker. */
export interface SeriesSummary extends SeriesShape {
  name: string;
  samples: number;
  /** Of classes. */
  balance: ClassShare[];
  /** Of numbers. */
  numbers?: Statistics;
  previews: Preview[];
}

/** A series to look at: x is (T, D) row-major. */
export interface Preview {
  /** The class, or the number. */
  label: string;
  /** Its place in the file, from 0. */
  place: number;
  x: Float32Array;
}

export function summarizeSeries(set: SeriesSet): SeriesSummary {
  const { name, samples, timeSteps, inputDim, target, y } = set;
  const size = timeSteps * inputDim;
  const previews = choosePreviews(set).map((place) => ({
    label: target.kind === 'class' ? target.classes[y[place]] : String(Number(y[place].toPrecision(6))),
    place,
    x: set.x.slice(place * size, (place + 1) * size),
  }));
  const numbers = target.kind === 'number' ? statisticsOf(y) : undefined;
  return { name, samples, ...shapeOf(set), balance: classBalance(set), numbers, previews };
}

/** The first series of each class, as many as are shown; or those with the least, the middle and the greatest number. */
function choosePreviews({ target, y }: SeriesSet): number[] {
  if (target.kind === 'class') {
    const firsts = target.classes.map((_, index) => y.indexOf(index));
    return firsts.filter((place) => place >= 0).slice(0, MOST_PREVIEWS);
  }
  const order = Uint32Array.from(y, (_, n) => n).sort((a, b) => y[a] - y[b]);
  return [...new Set([order[0], order[order.length >> 1], order[order.length - 1]])];
}
