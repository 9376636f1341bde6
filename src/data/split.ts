import { Failure } from '../errors.ts';
import { trainingSamples } from '../settings/check.ts';
import type { Settings } from '../settings/table.ts';
import { allocateDoubles, allocateFloats } from './float_list.ts';
import { NumpyRandom } from './numpy_random.ts';
import { classBalance, placesOf, type ReadSet, type SeriesSet } from './series_set.ts';

/**
 * Which series validate. `end`: the last, as in Keras; `shuffled`: random ones; `stratified`: random ones with the same
 * share of every class; `auto`: stratified for classes, shuffled for numbers. Their number is always Keras'.
 */
export type SplitOrder = Settings['split'];

/**
 * The series in the order in which `fit` takes them: the first train, the last validate. For `end` it is the set
 * itself.
 */
export function arrangeForSplit(set: SeriesSet, validationSplit: number, order: SplitOrder, seed: number): SeriesSet {
  if (order === 'end') return set;
  const isStratified = order === 'stratified' || (order === 'auto' && set.target.kind === 'class');
  const shuffled = Uint32Array.from({ length: set.samples }, (_, n) => n);
  new NumpyRandom([seed, 3]).shuffle(shuffled);
  return takeSeries(set, isStratified ? stratify(set, shuffled, validationSplit) : shuffled);
}

/** The first `training` series and the others, without copying them. */
export function splitAt<Set extends SeriesSet>(set: Set, training: number): { training: Set; validation: Set } {
  const size = set.timeSteps * set.inputDim;
  const places = placesOf(set);
  const part = (from: number, to: number): Set => ({
    ...set,
    ...(set.ids && { ids: set.ids.slice(from, to) }),
    ...(set.lengths && { lengths: set.lengths.subarray(from, to) }),
    samples: to - from,
    x: set.x.subarray(from * size, to * size),
    y: set.y.subarray(from, to),
    places: places.subarray(from, to),
  });
  return { training: part(0, training), validation: part(training, set.samples) };
}

/** A copy with the series `order[0]`, `order[1]` … of the set. */
export function takeSeries<Set extends ReadSet>(set: Set, order: Uint32Array): Set {
  const { x: from, y, ids, lengths } = set;
  const size = set.timeSteps * set.inputDim;
  const allocate = from instanceof Float32Array ? allocateFloats : allocateDoubles;
  const x = allocate(order.length * size);
  for (const [at, n] of order.entries()) x.set(from.subarray(n * size, (n + 1) * size), at * size);
  const places = placesOf(set);
  return {
    ...set,
    samples: order.length,
    x,
    ...(y && { y: Float32Array.from(order, (n) => y[n]) }),
    places: order.map((n) => places[n]),
    ...(ids && { ids: Array.from(order, (n) => ids[n]) }),
    ...(lengths && { lengths: order.map((n) => lengths[n]) }),
  };
}

/** Moves the last series of each class to the end, in proportion to the class's share. */
function stratify(set: SeriesSet, order: Uint32Array, validationSplit: number): Uint32Array {
  if (set.target.kind === 'number') {
    throw new Failure('invalid-option', `a stratified split needs classes, and ${set.name} has numbers: shuffle it`);
  }
  const counts = classBalance(set).map(({ count }) => count);
  const left = shareOut(set.samples - trainingSamples(set.samples, validationSplit), counts);
  const validates = new Uint8Array(set.samples);
  for (const n of order.toReversed()) validates[n] = left[set.y[n]]-- > 0 ? 1 : 0;
  return Uint32Array.from([...order.filter((n) => !validates[n]), ...order.filter((n) => validates[n])]);
}

/**
 * Divides `total` series in proportion to `counts`, by largest remainders. A class keeps its last series as long as
 * another class can give one.
 */
function shareOut(total: number, counts: number[]): number[] {
  const samples = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => Math.floor((total * count) / samples));
  const remainders = counts.map((count, c) => (shares[c] + 1 < count ? (total * count) % samples : -1));
  const missing = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = counts.map((_, c) => c).sort((a, b) => remainders[b] - remainders[a]);
  for (const c of byRemainder.slice(0, missing)) shares[c]++;
  return shares;
}
