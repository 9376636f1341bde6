import {
  type ClassShare,
  classBalance,
  isLabelled,
  type SeriesShape,
  shapeOf,
  type Unseen,
} from '../../../data/series_set.ts';
import { type Statistics, statisticsOf } from '../../../data/statistics.ts';

/** Most series that are shown of a file. */
const MOST_PREVIEWS = 6;

/** The page's view of a file's series; the series themselves stay in the worker. */
export interface SeriesSummary extends SeriesShape {
  name: string;
  samples: number;
  isLabelled: boolean;
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
  /** The class, or the number; empty without labels. */
  label: string;
  /** Its place in the file, from 0. */
  place: number;
  /** Its id in the file, if the file has ids. */
  id?: string;
  x: Float32Array;
}

export function summarizeSeries(set: Unseen): SeriesSummary {
  const { name, samples, timeSteps, inputDim, target, y, ids, filled, lengths } = set;
  const shortest = lengths?.reduce((least, length) => Math.min(least, length));
  const size = timeSteps * inputDim;
  const previews = choosePreviews(set).map((place) => ({
    label: !y ? '' : target.kind === 'class' ? target.classes[y[place]] : String(Number(y[place].toPrecision(6))),
    place,
    id: ids?.[place],
    x: Float32Array.from(set.x.subarray(place * size, (place + 1) * size)),
  }));
  const numbers = y && target.kind === 'number' ? statisticsOf(y) : undefined;
  const known = isLabelled(set);
  const balance = known ? classBalance(set) : [];
  return { name, samples, ...shapeOf(set), isLabelled: known, balance, numbers, previews, shortest, filled };
}

/**
 * Chooses the first series of each class as far as there is room; of numbers, the series with the smallest, the middle
 * and the largest; without labels the first ones.
 */
function choosePreviews({ target, y, samples }: Unseen): number[] {
  if (!y) return Array.from({ length: Math.min(samples, MOST_PREVIEWS) }, (_, n) => n);
  if (target.kind === 'class') {
    const firsts = target.classes.map((_, index) => y.indexOf(index));
    return firsts.filter((place) => place >= 0).slice(0, MOST_PREVIEWS);
  }
  const order = Uint32Array.from(y, (_, n) => n).sort((a, b) => y[a] - y[b]);
  return [...new Set([order[0], order[order.length >> 1], order[order.length - 1]])];
}
