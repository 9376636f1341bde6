import { zlibSync } from 'fflate';
import { joinBytes } from '../../data/bytes.ts';
import { crc32 } from '../../data/crc32.ts';

// https://www.w3.org/TR/png-3: a signature, then chunks of a big-endian length, a type, data, and the CRC-32 of type
// and data.

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BIT_DEPTH = 8;
const GRAYSCALE = 0;

/** A grayscale picture; `pixels` are (height, width) row-major, 0 is black. */
export function writePng(width: number, height: number, pixels: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
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
