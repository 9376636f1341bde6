import {
  areSameNames,
  defaultChannelNames,
  type ReadSet,
  requireLike,
  type SeriesSet,
  type SeriesShape,
  type SeriesValues,
  type Target,
} from '../data/series_set.ts';
import { takeSeries } from '../data/split.ts';
import { Failure } from '../errors.ts';
import { unnamedSeries } from '../formats/saved_model.ts';
import type { ModelConfig } from '../model/config.ts';
import { classesOf } from '../model/outputs/index.ts';
import { quoteList } from '../text/quote.ts';
import {
  countSeries,
  flatValues,
  isList,
  kindOf,
  numbersOf,
  requireFinite,
  type SeriesArray,
  wrongSeries,
} from './series_values.ts';

/** Series of one shape: what `readSeries` and `readUnlabelled` return, or values of your own. */
export interface SeriesInput extends Partial<Omit<SeriesShape, 'target'>> {
  /** The values. NaN stands for a gap in series that were read from a file. */
  x: SeriesArray;
}

/** Series with labels: what `readSeries` returns, or values and labels of your own. */
export interface LabelledSeries extends SeriesInput {
  /** (N): indices of classes, or numbers. */
  y: ArrayLike<number>;
  /** What the labels mean; by default as the model has it. */
  target?: Target;
}

/** A model's sizes and output, and what it knows of its series. */
export interface Taught {
  config: ModelConfig;
  series: SeriesShape;
}

/**
 * The values of series in one array (N, T, D) row-major, the caller's own if it is one. Throws invalid-option for
 * anything else, and invalid-file for series of a file that are unlike the model's.
 */
export function valuesOf(
  what: string,
  given: SeriesInput | SeriesArray,
  { config, series: shape }: Taught,
): SeriesValues {
  const series = isList(given) ? { x: given } : given;
  if (typeof series !== 'object' || series === null || series instanceof Promise) {
    throw new Failure('invalid-option', `${what} is ${kindOf(series)}: give { x }, the values of the series`);
  }
  const isRead = isFromFile(series);
  if (isRead) requireLike([series.name], series, shape);
  const x = flatValues(what, series.x, config);
  requireFinite(what, x, config, isRead);
  return x;
}

/**
 * A copy of the series as a set, which may be changed. Throws as `valuesOf` does, and invalid-option if the labels do
 * not suit the model.
 */
export function seriesSetOf(what: string, series: LabelledSeries, model: Taught): SeriesSet {
  const { config, series: shape } = model;
  const x = valuesOf(what, series, model);
  const samples = countSeries(x, config);
  const y = labelsOf(what, series, samples);
  const { channelNames = shape.channelNames, target = shape.target } = series;
  requireTarget(what, target, model);
  requireLabels(what, y, config);
  const { timeSteps, inputDim } = config;
  const names = channelNames.length === inputDim ? channelNames : defaultChannelNames(inputDim);
  return { name: what, samples, timeSteps, inputDim, channelNames: names, target, x: x.slice(), y };
}

/**
 * The series at these places of a set that was read, in this order, with their labels, ids and lengths: a part to train
 * on, or a part to test. A place may come twice. Throws invalid-option for a place that the set does not have.
 */
export function subset<Set extends ReadSet>(series: Set, indices: ArrayLike<number>): Set {
  const { samples, x } = (series ?? {}) as Partial<ReadSet>;
  if (samples === undefined || x === undefined) {
    throw new Failure('invalid-option', 'subset takes series that were read: give what readSeries returned');
  }
  if (!isList(indices)) throw new Failure('invalid-option', `subset has ${kindOf(indices)} as places: give a list`);
  const places = numbersOf('subset', 'indices', indices, 'give places from 0');
  if (places.length === 0) throw new Failure('invalid-option', 'subset has no places: give one or more');
  const wrong = places.find((place) => !Number.isInteger(place) || place < 0 || place >= samples);
  if (wrong !== undefined) {
    throw new Failure('invalid-option', `subset has the place ${wrong}: give places from 0 to ${samples - 1}`);
  }
  const { filled: _, ...taken } = takeSeries(series, Uint32Array.from(places));
  return taken as Set;
}

/** A set of a reader, in which NaN is a gap. */
function isFromFile(series: object): series is Omit<SeriesSet, 'y' | 'target'> {
  return ['name', 'samples', 'timeSteps', 'inputDim', 'channelNames'].every((field) => field in series);
}

function labelsOf(what: string, { y }: { y?: unknown }, samples: number): Float32Array {
  const next = 'give an index of a class, or a number, for each series';
  if (!isList(y)) throw wrongSeries(what, `${kindOf(y)} in y`, next);
  const labels = Float32Array.from(numbersOf(what, 'y', y, next));
  if (labels.length === samples) return labels;
  throw wrongSeries(what, `${y.length} labels for ${samples} series`, 'give one for each');
}

/** Throws invalid-option if labels mean something else than the model's. */
function requireTarget(what: string, target: Target, { config, series }: Taught): void {
  const unnamed = unnamedSeries(config).target;
  const names = namesOf(target);
  if (names.length !== namesOf(unnamed).length) {
    throw wrongSeries(
      what,
      `${describeTarget(target)} as labels, and the model predicts ${describeTarget(unnamed)}`,
      `make the model by configFor(${what})`,
    );
  }
  const known = [series.target, unnamed].map(namesOf);
  if (known.some((others) => areSameNames(names, others)) || areSameNames(known[0], known[1])) return;
  throw wrongSeries(
    what,
    `the classes ${quoteList(names)}, the model ${quoteList(known[0])}`,
    'read the file with like: model.series',
  );
}

const namesOf = (target: Target) => (target.kind === 'class' ? target.classes : []);

const describeTarget = (target: Target) => (target.kind === 'class' ? `${target.classes.length} classes` : 'numbers');

function requireLabels(what: string, y: Float32Array, { output }: ModelConfig): void {
  const classes = classesOf(output);
  const isLabel = (label: number) =>
    classes === undefined ? Number.isFinite(label) : Number.isInteger(label) && label >= 0 && label < classes;
  const n = y.findIndex((label) => !isLabel(label));
  if (n < 0) return;
  const wanted = classes === undefined ? 'a finite number' : `a class from 0 to ${classes - 1}`;
  throw wrongSeries(what, `the label ${y[n]} for series ${n}`, `give ${wanted}`);
}
