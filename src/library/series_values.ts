import { fitsFloat } from '../data/decimal.ts';
import { allocateDoubles } from '../data/float_list.ts';
import type { SeriesValues } from '../data/series_set.ts';
import { Failure } from '../errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { quote } from '../text/quote.ts';

/**
 * Values of series: a flat list (N, T, D) row-major, so that sample n's step t and channel d are at (n · T + t) · D + d;
 * or a list of series. Each of them is a list of its values (T, D) row-major, or of its steps, which are lists of a
 * value for each channel. A list is an array or a typed array.
 */
export type SeriesArray = ArrayLike<number> | ArrayLike<ArrayLike<number>> | ArrayLike<ArrayLike<ArrayLike<number>>>;

type Sizes = Pick<ModelConfig, 'timeSteps' | 'inputDim'>;

const NUMBERS = 'give numbers alone';

/** The error of wrong series, whose name is `what`: what they have, and what to give instead. */
export function wrongSeries(what: string, has: string, next: string): Failure {
  return new Failure('invalid-option', `${what} has ${has}: ${next}`);
}

/**
 * All values in one array (N, T, D) row-major, the caller's own if it is a flat one of floats. Throws invalid-option
 * for anything but numbers, for series of another size, and if there are none.
 */
export function flatValues(what: string, x: unknown, sizes: Sizes): SeriesValues {
  if (x instanceof Float32Array || x instanceof Float64Array) return requireWhole(what, x, sizes);
  if (!isList(x)) throw wrongSeries(what, `${kindOf(x)} in x`, wanted(sizes));
  if (!isList(x[0])) return requireWhole(what, numbersOf(what, 'x', x, NUMBERS), sizes);
  const size = sizes.timeSteps * sizes.inputDim;
  const values = allocateDoubles(x.length * size);
  for (let n = 0; n < x.length; n++) {
    fillSeries(what, n, x[n], sizes, values.subarray(n * size, (n + 1) * size));
  }
  return values;
}

/** The number of series that values hold. */
export function countSeries(x: SeriesValues, { timeSteps, inputDim }: Sizes): number {
  return x.length / (timeSteps * inputDim);
}

/** Throws invalid-option for a value that is not finite in float32; NaN stands for a gap if `gaps` are allowed. */
export function requireFinite(what: string, x: SeriesValues, { timeSteps, inputDim }: Sizes, gaps: boolean): void {
  const at = x.findIndex((value) => !fitsFloat(value) && !(gaps && Number.isNaN(value)));
  if (at < 0) return;
  const [n, t, d] = [Math.floor(at / inputDim / timeSteps), Math.floor(at / inputDim) % timeSteps, at % inputDim];
  throw wrongSeries(what, `${x[at]} in series ${n}, step ${t}, channel ${d}`, 'leave the series out, or fill the gap');
}

/** Numbers of a list with a name. Throws invalid-option with the next step for anything else. */
export function numbersOf(what: string, name: string, list: ArrayLike<unknown>, next: string): Float64Array {
  const numbers = allocateDoubles(list.length);
  fillNumbers(what, name, list, next, numbers);
  return numbers;
}

/** Whether this is an array or a typed array. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** A value that is no number, in words. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return `the text ${quote(value)}`;
  if (typeof value === 'bigint') return `the bigint ${value}`;
  if (isList(value)) return 'a list';
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof Promise) return 'a promise, which await resolves';
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** Writes the values of one series of a list, (T, D) row-major. */
function fillSeries(what: string, n: number, series: unknown, sizes: Sizes, into: Float64Array): void {
  const { timeSteps, inputDim } = sizes;
  if (!isList(series)) throw wrongSeries(what, `${kindOf(series)} in x[${n}]`, 'give a list for each series');
  const hasSteps = isList(series[0]);
  if (series.length !== (hasSteps ? timeSteps : timeSteps * inputDim)) {
    const found = `${series.length} ${hasSteps || inputDim === 1 ? 'steps' : 'values'} in x[${n}]`;
    throw wrongSeries(what, found, ofSize(sizes));
  }
  if (!hasSteps) fillNumbers(what, `x[${n}]`, series, NUMBERS, into);
  for (let t = 0; hasSteps && t < timeSteps; t++) {
    const [step, name] = [series[t], `x[${n}][${t}]`];
    if (!isList(step)) throw wrongSeries(what, `${kindOf(step)} in ${name}`, 'give a list for each step');
    if (step.length !== inputDim) {
      throw wrongSeries(what, `${step.length} values in ${name}`, `give ${inputDim}, one for each channel`);
    }
    fillNumbers(what, name, step, NUMBERS, into.subarray(t * inputDim, (t + 1) * inputDim));
  }
}

function fillNumbers(what: string, name: string, list: ArrayLike<unknown>, next: string, into: Float64Array): void {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== 'number') throw wrongSeries(what, `${kindOf(value)} in ${name}[${i}]`, next);
    into[i] = value;
  }
}

function requireWhole(what: string, x: SeriesValues, sizes: Sizes): SeriesValues {
  const samples = countSeries(x, sizes);
  if (Number.isInteger(samples) && samples > 0) return x;
  const { timeSteps, inputDim } = sizes;
  throw wrongSeries(what, `${x.length} values, and a series has ${timeSteps} · ${inputDim}`, wanted(sizes));
}

const wanted = ({ timeSteps, inputDim }: Sizes) =>
  `give (N, ${timeSteps}, ${inputDim}) as a flat list, or a list for each series`;

const ofSize = ({ timeSteps, inputDim }: Sizes) =>
  inputDim === 1
    ? `give ${timeSteps}, as the model takes them`
    : `give ${timeSteps} steps of ${inputDim} channels, as the model takes them`;
