import { zlibSync } from 'fflate';
import { joinBytes } from '../../data/bytes.ts';
import { crc32 } from '../../data/crc32.ts';
import { histogramOf, statisticsOf } from '../../data/statistics.ts';
import type { LoggedValue } from './messages.ts';

/** TensorBoard's default. */
const BUCKETS = 30;
const WHITE = 255;

export function scalar(tag: string, value: number): LoggedValue {
  return { tag, plugin: 'scalars', tensor: { type: 'float', shape: [], values: Float32Array.of(value) } };
}

/** The distribution of values, in buckets of equal width from the smallest to the largest. */
export function histogram(tag: string, values: Float32Array): LoggedValue {
  const { min, max } = statisticsOf(values);
  // If all values are equal, they are in the last bucket.
  const counts =
    min < max ? histogramOf(values, min, max, BUCKETS) : [...new Array(BUCKETS - 1).fill(0), values.length];
  const edge = (i: number) => min + (i / BUCKETS) * (max - min);
  return bars(
    tag,
    counts.map((count, i) => [edge(i), edge(i + 1), count]),
  );
}

/** A histogram of given buckets: left edge, right edge, count. */
export function bars(tag: string, buckets: number[][]): LoggedValue {
  const values = Float64Array.from(buckets.flat());
  return { tag, plugin: 'histograms', tensor: { type: 'double', shape: [buckets.length, 3], values } };
}

/**
 * Values as a picture from black (the smallest) to white (the largest). A picture that is higher than wide is laid on
 * its side, as in Keras.
 */
export function image(tag: string, shape: number[], values: Float32Array): LoggedValue {
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  const { min, max } = statisticsOf(values);
  const scale = max > min ? WHITE / (max - min) : 0;
  const pixels = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) pixels[i] = (values[i] - min) * scale;
  const [width, height] = [Math.max(rows, columns), Math.min(rows, columns)];
  const png = writePng(width, height, rows > columns ? transposed(pixels, rows, columns) : pixels);
  const sizes = [width, height].map((size) => new TextEncoder().encode(String(size)));
  return { tag, plugin: 'images', tensor: { type: 'string', shape: [3], values: [...sizes, png] } };
}

function transposed(pixels: Uint8ClampedArray, rows: number, columns: number): Uint8ClampedArray {
  return pixels.map((_, i) => pixels[(i % rows) * columns + Math.floor(i / rows)]);
}

// https://www.w3.org/TR/png-3: a signature, then chunks of a big-endian length, a type, data, and the CRC-32 of type
// and data.

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BIT_DEPTH = 8;
const GRAYSCALE = 0;

/** A grayscale picture; `pixels` are (height, width) row-major, 0 is black. */
function writePng(width: number, height: number, pixels: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13); // The zeros that follow mean: deflated, filtered by rows, not interlaced.
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([BIT_DEPTH, GRAYSCALE], 8);
  // Each row starts with its filter: 0 is no filter.
  const rows = new Uint8Array(height * (1 + width));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (1 + width) + 1);
  return joinBytes([SIGNATURE, chunk('IHDR', header), chunk('IDAT', zlibSync(rows)), chunk('IEND', new Uint8Array())]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = joinBytes([new Uint8Array(4), new TextEncoder().encode(type), data, new Uint8Array(4)]);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, -4)));
  return bytes;
}
