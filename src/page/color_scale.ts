import { type ColorName, themed } from './theme.ts';

/** Colours from the smallest value to the largest. */
export type Ramp = readonly ColorName[];

/** For values from 0: the larger, the further from the background's colour. */
export const SEQUENTIAL: Ramp = ['heat-0', 'heat-1', 'heat-2', 'heat-3', 'heat-4'];
/** For values of both signs: zero has the background's colour. */
export const DIVERGING: Ramp = ['validation', 'surface', 'training'];

const SHADES = 256;

/** Numbers, row by row. */
export interface Matrix {
  rows: number;
  columns: number;
  values: ArrayLike<number>;
}

/** 256 shades through the colours `#rrggbb`, each as red, green, blue and full opacity. */
export function shadesOf(colors: readonly string[]): Uint8ClampedArray<ArrayBuffer> {
  const stops = colors.map(channelsOf);
  const shades = new Uint8ClampedArray(4 * SHADES).fill(255);
  for (let shade = 0; shade < SHADES; shade++) {
    const place = (shade / (SHADES - 1)) * (stops.length - 1);
    const before = Math.min(Math.floor(place), stops.length - 2);
    const share = place - before;
    for (let c = 0; c < 3; c++) {
      shades[4 * shade + c] = (1 - share) * stops[before][c] + share * stops[before + 1][c];
    }
  }
  return shades;
}

/**
 * Draws a matrix on a canvas, one pixel an element, in the scheme's current colours. The ramp covers `low` to `high`.
 */
export function drawMatrix(canvas: HTMLCanvasElement, matrix: Matrix, low: number, high: number, ramp: Ramp): void {
  const { rows, columns, values } = matrix;
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser has no memory for a picture of this matrix');
  const shades = new Uint32Array(shadesOf(ramp.map((name) => themed(name)())).buffer);
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = shades[shadeOf(values[i], low, high)];
  context.putImageData(image, 0, 0);
}

/** The one of the colours `#rrggbb` that reads best on a value's shade. */
export function readableOn(
  value: number,
  low: number,
  high: number,
  ramp: readonly string[],
  colors: string[],
): string {
  const first = 4 * shadeOf(value, low, high);
  const ground = brightness(shadesOf(ramp).subarray(first, first + 3));
  const contrast = (color: string) => Math.abs(brightness(channelsOf(color)) - ground);
  return colors.reduce((best, color) => (contrast(color) > contrast(best) ? color : best));
}

/** Index of a value's shade in the ramp. */
function shadeOf(value: number, low: number, high: number): number {
  const scale = high > low ? (SHADES - 1) / (high - low) : 0;
  return Math.min(SHADES - 1, Math.max(0, Math.round((value - low) * scale)));
}

function brightness([red, green, blue]: Iterable<number>): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function channelsOf(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

/** The largest absolute value, where a ramp ends. */
export function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}
