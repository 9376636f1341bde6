import { SETTINGS } from '../settings/table.ts';
import { quoteList } from '../text/quote.ts';
import type { Dataset } from './dataset.ts';
import { invalidFile } from './invalid_file.ts';

/**
 * What the model learns: a class, so that y holds indices into `classes`, or a number. `name` is the label's column or
 * array.
 */
export type Target =
  | {
      kind: 'class';
      /** The name of the label's column or array. */
      name: string;
      /** The names of the classes, in the order of their indices. */
      classes: string[];
    }
  | {
      kind: 'number';
      /** The name of the label's column or array. */
      name: string;
    };

/** What all series of one model have in common. Plain data, kept with the model. */
export interface SeriesShape {
  /** Steps T of each series. */
  timeSteps: number;
  /** Channels D of each series. */
  inputDim: number;
  /** A name for each channel. */
  channelNames: string[];
  /** What the labels mean. */
  target: Target;
}

/** Values as they were read: in double precision, unless the file has float32. */
export type SeriesValues = Float32Array | Float64Array;

/**
 * Series of a file: x is (samples, T, D) row-major. A value of x is NaN before the first known value of its channel and
 * behind the end of a shorter series: there a model gets the mean of the training part.
 */
export interface Series extends Omit<SeriesShape, 'target'> {
  /** The name of the file. */
  name: string;
  /** How many series there are: N. */
  samples: number;
  /** The values: (N, T, D) row-major. */
  x: SeriesValues;
  /** Each series' place in the file, from 0. Absent if the set holds all series in their order. */
  places?: Uint32Array;
  /** The id of each series in its file, if the file has ids. */
  ids?: string[];
  /** Steps of each series before it was padded to `timeSteps`, if series differ in length. */
  lengths?: Uint32Array;
  /** The number of missing values that were filled. */
  filled?: number;
}

/** Class indices or numbers (samples), and what they mean. */
export interface SeriesTarget {
  /** (N): indices of classes, or numbers. */
  y: Float32Array;
  /** What the labels mean. */
  target: Target;
}

/** How large series are for a model. */
export interface SeriesSize {
  /** Bytes of their values in float32, all series equally long. */
  bytes: number;
  /** Whether these are all series, or those that have been read so far. */
  isAll: boolean;
}

/** Rejects if the series are larger than their use allows. */
export type Fits = (size: SeriesSize) => Promise<void>;

/** Labelled series of a file. */
export interface SeriesSet extends Series, SeriesTarget {}

/** Series that a model predicts: what its values mean, and y if the series have labels. */
export interface Unseen extends Series {
  target: Target;
  y?: Float32Array;
}

/** Series of a file that may have no labels. */
export type ReadSet = Series & Partial<SeriesTarget>;

export function isLabelled(set: ReadSet): set is SeriesSet {
  return set.y !== undefined && set.target !== undefined;
}

/** Series without their values, to compare predictions with. */
export type SeriesLabels = Omit<SeriesSet, 'x'>;

/** What a model keeps of its training series. */
export function shapeOf({ timeSteps, inputDim, channelNames, target }: SeriesShape): SeriesShape {
  return { timeSteps, inputDim, channelNames, target };
}

/** Series as a model takes them: without gaps, standardised if the model is trained on such. */
export type Ready<Set extends Series> = Set & { x: Float32Array };

/** What a job needs of a set. */
export function datasetOf({ samples, timeSteps, inputDim, x, y }: Ready<SeriesSet>): Dataset {
  return { samples, timeSteps, inputDim, x, y };
}

/** Each series' place in the file, from 0. */
export function placesOf({ samples, places }: Pick<Series, 'samples' | 'places'>): Uint32Array {
  return places ?? Uint32Array.from({ length: samples }, (_, n) => n);
}

/** Longest name of a class or a channel, in letters. */
export const LONGEST_NAME = 1000;

/** Names for channels of a file without names. */
export function defaultChannelNames(inputDim: number): string[] {
  return Array.from({ length: inputDim }, (_, channel) => `channel ${channel}`);
}

/** Throws invalid-file if series exceed the model's bounds. */
export function requireBounds(where: string[], timeSteps: number, inputDim: number): void {
  const { max, reason } = SETTINGS.timeSteps.bound;
  if (timeSteps > max) {
    const every = Math.ceil(timeSteps / max);
    throw invalidFile(
      where,
      `a series has ${timeSteps} time steps, ${max} is the most (${reason}): cut it, or keep one step in ${every}`,
    );
  }
  if (inputDim > SETTINGS.inputDim.bound.max) {
    throw invalidFile(
      where,
      `a series has ${inputDim} channels, ${SETTINGS.inputDim.bound.max} is the most: leave some out, or swap the axes if these are time steps`,
    );
  }
}

/** Throws invalid-file if series differ in shape or channels from the training series. */
export function requireLike(where: string[], shape: Omit<SeriesShape, 'target'>, like: SeriesShape): void {
  const { timeSteps, inputDim } = shape;
  if (timeSteps !== like.timeSteps || inputDim !== like.inputDim) {
    const cut =
      inputDim === like.inputDim ? `, or choose length ${like.timeSteps} (--length), which cuts or pads them` : '';
    throw invalidFile(
      where,
      `its series are (${timeSteps}, ${inputDim}), steps by channels, the training series (${like.timeSteps}, ${like.inputDim}): give series of that shape${cut}`,
    );
  }
  const unnamed = defaultChannelNames(inputDim);
  const names = shape.channelNames;
  const trained = like.channelNames;
  if ([trained, unnamed].some((others) => areSameNames(names, others)) || areSameNames(trained, unnamed)) return;
  throw invalidFile(
    where,
    `its channels are ${quoteList(names)}, those of the training series ${quoteList(trained)}: give them the same order and names`,
  );
}

/** Whether these are the same names in the same order. */
export function areSameNames(names: string[], others: string[]): boolean {
  return names.length === others.length && names.every((name, i) => name === others[i]);
}

/** Throws invalid-file if there are more series than the bound. */
export function requireSamples(where: string[], samples: number): void {
  if (samples <= SETTINGS.samples.bound.max) return;
  throw invalidFile(where, `it has more than ${SETTINGS.samples.bound.max} series, which is the most: split the file`);
}

export interface ClassShare {
  name: string;
  count: number;
  /** Share of all series. */
  share: number;
}

/** The number of series of each class, in the order of the classes; empty for numbers. */
export function classBalance({ target, y, samples }: SeriesSet): ClassShare[] {
  if (target.kind === 'number') return [];
  const counts = new Array<number>(target.classes.length).fill(0);
  for (const index of y) counts[index]++;
  return target.classes.map((name, index) => ({ name, count: counts[index], share: counts[index] / samples }));
}
