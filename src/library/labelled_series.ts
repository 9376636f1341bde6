import { defaultChannelNames, type SeriesSet, type SeriesShape, type SeriesValues } from '../data/series_set.ts';
import { Failure } from '../errors.ts';
import { checkModel, type ModelConfig } from '../model/config.ts';
import { classesOf } from '../model/outputs/index.ts';

/**
 * Series of one shape: x is (N, T, D) row-major, so that sample n's step t and channel d are at (n · T + t) · D + d.
 */
export interface SeriesInput {
  x: ArrayLike<number>;
}

/** Series with labels: y (N) holds indices of classes, or numbers. `readSeries` returns one of these. */
export interface LabelledSeries extends SeriesInput, Partial<Omit<SeriesShape, 'timeSteps' | 'inputDim'>> {
  y: ArrayLike<number>;
}

/** The values of x as an array of numbers, the caller's own if it is one. Throws invalid-option for anything else. */
export function valuesOf(what: string, { x }: SeriesInput): SeriesValues {
  if (x instanceof Float32Array || x instanceof Float64Array) return x;
  const list = Array.from(x ?? []);
  const wrong = list.find((value) => typeof value !== 'number');
  if (list.length > 0 && wrong === undefined) return Float64Array.from(list);
  const found = list.length === 0 ? 'no numbers' : `${Array.isArray(wrong) ? 'lists' : `a ${typeof wrong}`} in x`;
  throw new Failure(
    'invalid-option',
    `${what} has ${found}: give all values in one flat array, (N, T, D) row-major, such as rows.flat()`,
  );
}

/** The number of series. Throws invalid-option if x is empty or not a whole number of series. */
export function countSeries(what: string, x: SeriesValues, { timeSteps, inputDim }: ModelConfig): number {
  const samples = x.length / (timeSteps * inputDim);
  if (Number.isInteger(samples) && samples > 0) return samples;
  throw new Failure(
    'invalid-option',
    `${what} has ${x.length} values, and a series has ${timeSteps} · ${inputDim}: give (N, ${timeSteps}, ${inputDim})`,
  );
}

/**
 * A copy of the series as a set, which may be changed. Throws invalid-option if labels or values do not suit the model.
 */
export function seriesSetOf(what: string, series: LabelledSeries, config: ModelConfig, shape: SeriesShape): SeriesSet {
  checkModel(config);
  const { timeSteps, inputDim } = config;
  const { channelNames = shape.channelNames, target = shape.target } = series;
  const x = valuesOf(what, series);
  const samples = countSeries(what, x, config);
  const y = Float32Array.from(series.y);
  if (y.length !== samples) {
    throw new Failure('invalid-option', `${what} has ${y.length} labels for ${samples} series: give one for each`);
  }
  // A gap is NaN in series that `readSeries` read.
  const at = x.findIndex((value) => !Number.isFinite(value) && !(Number.isNaN(value) && 'samples' in series));
  if (at >= 0) {
    const [n, t, d] = [Math.floor(at / inputDim / timeSteps), Math.floor(at / inputDim) % timeSteps, at % inputDim];
    throw new Failure(
      'invalid-option',
      `${what} has ${x[at]} in series ${n}, step ${t}, channel ${d}: leave the series out, or fill the gap`,
    );
  }
  requireLabels(what, y, config);
  const names = channelNames.length === inputDim ? channelNames : defaultChannelNames(inputDim);
  return { name: what, samples, timeSteps, inputDim, channelNames: names, target, x: x.slice(), y };
}

function requireLabels(what: string, y: Float32Array, { output }: ModelConfig): void {
  const classes = classesOf(output);
  const isLabel = (label: number) =>
    classes === undefined ? Number.isFinite(label) : Number.isInteger(label) && label >= 0 && label < classes;
  const n = y.findIndex((label) => !isLabel(label));
  if (n < 0) return;
  const wanted = classes === undefined ? 'a finite number' : `a class from 0 to ${classes - 1}`;
  throw new Failure('invalid-option', `${what} has the label ${y[n]} for series ${n}: give ${wanted}`);
}
