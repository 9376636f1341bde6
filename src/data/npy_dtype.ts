import { quote } from '../text/quote.ts';
import { invalidFile } from './invalid_file.ts';

type ReadNumber = (view: DataView, at: number, littleEndian: boolean) => number;

/** How the elements of a .npy array are stored. */
export interface Dtype {
  /** As numpy writes it: `<f8`. */
  name: string;
  /** Bytes of one element. */
  bytes: number;
  text: boolean;
  /** Float32 holds every value. */
  fitsFloat32: boolean;
  /** Reads the element that begins at this byte. */
  read(view: DataView, at: number): number | string;
}

const NUMBERS: Record<string, ReadNumber | undefined> = {
  b1: (view, at) => Number(view.getUint8(at) !== 0),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => 2 ** 32 * view.getInt32(at + (little ? 4 : 0), little) + lowWord(view, at, little),
  u8: (view, at, little) => 2 ** 32 * view.getUint32(at + (little ? 4 : 0), little) + lowWord(view, at, little),
  f2: (view, at, little) => float16(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** Bytes of the longest text element. */
const LONGEST_TEXT = 4096;

/**
 * The dtype of a description such as `<f8`, `|u1` or `<U7`. Throws invalid-file if the elements are neither numbers nor
 * texts.
 */
export function parseDtype(where: string[], name: string): Dtype {
  const [, order, kind, size] = /^([<>|=])([a-zA-Z])(\d{0,6})$/.exec(name) ?? [];
  if (kind === 'O') {
    throw invalidFile(
      where,
      `its dtype ${quote(name)} is of Python objects, which are not read: save numbers with astype("float32"), texts such as labels with astype(str)`,
    );
  }
  const littleEndian = order !== '>';
  const read = NUMBERS[kind + size];
  const fitsFloat32 = kind === 'f' ? size !== '8' : Number(size) <= 2;
  if (read)
    return { name, bytes: Number(size), text: false, fitsFloat32, read: (view, at) => read(view, at, littleEndian) };
  const bytes = Number(size) * (kind === 'U' ? 4 : 1);
  if ((kind === 'U' || kind === 'S') && bytes > 0 && bytes <= LONGEST_TEXT) {
    const readText = kind === 'U' ? unicodeText : byteText;
    return {
      name,
      bytes,
      text: true,
      fitsFloat32: false,
      read: (view, at) => readText(where, view, at, bytes, littleEndian),
    };
  }
  throw invalidFile(where, `its dtype ${quote(name)} is not read: save it with astype("float32")`);
}

function lowWord(view: DataView, at: number, littleEndian: boolean): number {
  return view.getUint32(at + (littleEndian ? 0 : 4), littleEndian);
}

/** One sign bit, five of the exponent, ten of the fraction. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}

/** numpy's `U`: a code point every four bytes, padded with zeros. */
function unicodeText(where: string[], view: DataView, at: number, bytes: number, littleEndian: boolean): string {
  let text = '';
  for (let i = at; i < at + bytes; i += 4) {
    const code = view.getUint32(i, littleEndian);
    if (code === 0) break;
    if (code > 0x10ffff)
      throw invalidFile(where, `it has a text with the impossible code point ${code}: save it again`);
    text += String.fromCodePoint(code);
  }
  return text;
}

/** numpy's `S`: bytes, padded with zeros. */
function byteText(_where: string[], view: DataView, at: number, bytes: number): string {
  const text = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, bytes));
  return text.split('\0', 1)[0];
}
