import { Failure } from '../errors.ts';
import { ByteReader, type ByteSource } from './bytes.ts';
import { describeNoFloat, fitsFloat } from './decimal.ts';
import { allocateDoubles, allocateFloats } from './float_list.ts';
import { invalidFile } from './invalid_file.ts';
import { Labels, type Task } from './labels.ts';
import { NpyArray } from './npy_array.ts';
import {
  defaultChannelNames,
  type Fits,
  type ReadSet,
  requireBounds,
  requireLike,
  requireSamples,
  type Series,
  type SeriesShape,
  type SeriesValues,
} from './series_set.ts';

export interface ArrayOptions {
  /** Whether labels are classes or numbers. If absent or `auto`, the labels decide. */
  task?: Task;
  /** Series that these must be like, such as those that trained: same steps, channels and classes. */
  like?: SeriesShape;
  /** x is (samples, channels, steps), as in aeon and sktime, instead of (samples, steps, channels). */
  channelsFirst?: boolean;
  /** Series without labels are read too. @internal */
  optionalLabels?: boolean;
  /** Steps of every series: longer ones are cut, shorter ones padded. If absent, those of the array. */
  length?: number;
  /** Called when it is known how large the series are, and again as more is known; reading ends as it rejects. */
  fits?: Fits;
}

/** An array's bytes, and their place for errors. */
export interface ArraySource {
  where: string[];
  bytes: ByteSource;
}

/**
 * Reads series from two arrays: x (N, T), (N, T, D) or (N, D, T), and y (N) or (N, 1). Checks both headers before it
 * reads a value.
 */
export async function readArrays(
  name: string,
  sources: { x: ArraySource; y?: ArraySource },
  options: ArrayOptions = {},
): Promise<ReadSet> {
  const readers = { x: new ByteReader(sources.x.bytes), y: sources.y && new ByteReader(sources.y.bytes) };
  try {
    const x = await NpyArray.open(sources.x.where, readers.x);
    const y = sources.y && readers.y && (await NpyArray.open(sources.y.where, readers.y));
    const shape = seriesShape(x, options);
    await options.fits?.({
      isAll: true,
      bytes: 4 * shape.samples * shape.inputDim * (options.length ?? shape.timeSteps),
    });
    if (y) requireLabels(y, shape.samples);
    const labels = y ? await readLabels(y, options) : {};
    return { name, ...ofLength(await readValues(x, shape, options), options.length), ...labels };
  } finally {
    await readers.x.close();
    await readers.y?.close();
  }
}

type Shape = Omit<SeriesShape, 'target'> & { samples: number };

function seriesShape({ shape, dtype, where }: NpyArray, { channelsFirst, like, length }: ArrayOptions): Shape {
  if (dtype.text) throw invalidFile(where, `its dtype "${dtype.name}" is text: give numbers for x`);
  const written = `its shape is (${shape.join(', ')})`;
  if (shape.length !== 2 && shape.length !== 3) {
    throw invalidFile(where, `${written}: give x as (samples, steps) or (samples, steps, channels)`);
  }
  if (shape.includes(0)) throw invalidFile(where, `${written}, which holds no series: give one or more`);
  const [samples, second, third = 1] = shape;
  const [timeSteps, inputDim] = channelsFirst && shape.length === 3 ? [third, second] : [second, third];
  if (timeSteps === 1 && inputDim > 1 && channelsFirst === undefined && !like) {
    throw new Failure(
      'invalid-option',
      `${where.join(', ')}: ${written}, a single step of ${inputDim} channels, over which no attention can choose: say that channels come first if ${inputDim} is the number of steps, or that they do not`,
    );
  }
  requireSamples(where, samples);
  requireBounds(where, length ?? timeSteps, inputDim);
  const series = { timeSteps, inputDim, channelNames: defaultChannelNames(inputDim) };
  if (like) requireLike(where, { ...series, timeSteps: length ?? timeSteps }, like);
  return { samples, ...series };
}

function requireLabels({ shape, where }: NpyArray, samples: number): void {
  const [count = 0, width = 1] = shape;
  if (shape.length > 2 || width !== 1) {
    throw invalidFile(
      where,
      `its shape is (${shape.join(', ')}): give y as (samples), one label a series (of one-hot labels their argmax)`,
    );
  }
  if (count !== samples) {
    throw invalidFile(where, `it has ${count} labels for ${samples} series: give one label a series`);
  }
}

async function readLabels(y: NpyArray, { task, like }: ArrayOptions): Promise<ReturnType<Labels['finish']>> {
  const where = (sample?: number) => (sample === undefined ? y.where : [...y.where, `sample ${sample}`]);
  const labels = new Labels({ name: 'y', task, like, where });
  await y.visit((value, sample) => {
    labels.add(String(value), sample);
  });
  return labels.finish();
}

/** Reads x as (N, T, D) row-major, whatever order the file has. */
async function readValues(x: NpyArray, shape: Shape, options: ArrayOptions): Promise<Omit<Series, 'name'>> {
  const { samples, timeSteps, inputDim } = shape;
  const size = timeSteps * inputDim;
  const axes = x.axes(options.channelsFirst && x.shape.length === 3 ? [size, 1, inputDim] : [size, inputDim, 1]);
  const values: SeriesValues = (x.dtype.fitsFloat32 ? allocateFloats : allocateDoubles)(samples * size);
  let hasGaps = false;
  await x.visit((value, index) => {
    let rest = index;
    let at = 0;
    for (const axis of axes) {
      at += (rest % axis.size) * axis.stride;
      rest = Math.floor(rest / axis.size);
    }
    values[at] = Number(value);
    if (Number.isNaN(values[at])) hasGaps = true;
    else if (!fitsFloat(values[at])) throw noFloat(x.where, String(value), at, shape);
  });
  return hasGaps ? filled(x.where, { ...shape, x: values }) : { ...shape, x: values };
}

/** Steps of NaN at the end of a series are padding; another NaN is a missing value, and gets the one before it. */
function filled(where: string[], set: Omit<Series, 'name'>): Omit<Series, 'name'> {
  const { samples, timeSteps, inputDim, x } = set;
  const lengths = new Uint32Array(samples);
  let count = 0;
  for (let n = 0; n < samples; n++) {
    const series = x.subarray(n * timeSteps * inputDim, (n + 1) * timeSteps * inputDim);
    const last = series.findLastIndex((value) => !Number.isNaN(value));
    if (last < 0) throw invalidFile([...where, `sample ${n}`], 'the series has no value: leave it out');
    lengths[n] = Math.floor(last / inputDim) + 1;
    for (let i = 0; i < lengths[n] * inputDim; i++) {
      if (!Number.isNaN(series[i])) continue;
      count++;
      if (i >= inputDim) series[i] = series[i - inputDim];
    }
  }
  return {
    ...set,
    ...(count > 0 && { filled: count }),
    ...(lengths.some((steps) => steps !== timeSteps) && { lengths }),
  };
}

/** Series of a chosen length: cut, or with NaN behind their end. */
function ofLength(set: Omit<Series, 'name'>, length = set.timeSteps): Omit<Series, 'name'> {
  const { samples, timeSteps, inputDim, x: from } = set;
  if (length === timeSteps) return set;
  const [size, kept] = [timeSteps * inputDim, Math.min(length, timeSteps) * inputDim];
  const count = samples * length * inputDim;
  const x = (from instanceof Float32Array ? allocateFloats(count) : allocateDoubles(count)).fill(Number.NaN);
  for (let n = 0; n < samples; n++) x.set(from.subarray(n * size, n * size + kept), n * length * inputDim);
  const lengths = set.lengths ?? new Uint32Array(samples).fill(timeSteps);
  return { ...set, timeSteps: length, x, lengths: lengths.map((steps) => Math.min(steps, length)) };
}

function noFloat(where: string[], value: string, at: number, { timeSteps, inputDim }: Shape): Failure {
  const step = Math.floor(at / inputDim);
  const place = [`sample ${Math.floor(step / timeSteps)}`, `step ${step % timeSteps}`, `channel ${at % inputDim}`];
  return invalidFile([...where, ...place], describeNoFloat(value));
}
