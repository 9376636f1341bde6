import { type ClassShare, classBalance, type SeriesSet, type SeriesShape, shapeOf } from '../../../data/series_set.ts';
import { type Statistics, statisticsOf } from '../../../data/statistics.ts';

/** Most series that are shown of a file. */
const MOST_PREVIEWS = 6;

/** The page's view of a file's series; the series themselves stay in the worker. */
export interface SeriesSummary extends SeriesShape {
  name: string;
  samples: number;
  /** Shares of the classes. */
  balance: ClassShare[];
  /** Statistics of the labels, if they are numbers. */
  numbers?: Statistics;
  previews: Preview[];
  /** Steps of the shortest series, if series differ in length. */
  shortest?: number;
  /** The number of missing values that were filled. */
  filled?: number;
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
  const { name, samples, timeSteps, inputDim, target, y, filled, lengths } = set;
  const shortest = lengths?.reduce((least, length) => Math.min(least, length));
  const size = timeSteps * inputDim;
  const previews = choosePreviews(set).map((place) => ({
    label: target.kind === 'class' ? target.classes[y[place]] : String(Number(y[place].toPrecision(6))),
    place,
    x: Float32Array.from(set.x.subarray(place * size, (place + 1) * size)),
  }));
  const numbers = target.kind === 'number' ? statisticsOf(y) : undefined;
  return { name, samples, ...shapeOf(set), balance: classBalance(set), numbers, previews, shortest, filled };
}

/**
 * Chooses the first series of each class as far as there is room; of numbers, the series with the smallest, the middle
 * and the largest.
 */
function choosePreviews({ target, y }: SeriesSet): number[] {
  if (target.kind === 'class') {
    const firsts = target.classes.map((_, index) => y.indexOf(index));
    return firsts.filter((place) => place >= 0).slice(0, MOST_PREVIEWS);
  }
  const order = Uint32Array.from(y, (_, n) => n).sort((a, b) => y[a] - y[b]);
  return [...new Set([order[0], order[order.length >> 1], order[order.length - 1]])];
}
