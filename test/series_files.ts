import type { ByteSource } from '../src/data/bytes.ts';
import { readSeries } from '../src/data/read_series.ts';
import type { ReadOptions, SeriesFile } from '../src/data/series_formats.ts';
import { asFailure } from '../src/errors.ts';

/** A file as a page or the command line passes it. */
export function seriesFile(name: string, ...parts: BlobPart[]): SeriesFile {
  return { name, blob: new Blob(parts) };
}

export function read(name: string, content: BlobPart, options?: ReadOptions) {
  return readSeries(seriesFile(name, content), options);
}

/** The error of reading, as `invalid-file: data.csv, row 2: …`. Throws if reading succeeds. */
export async function refusal(name: string, content: BlobPart, options?: ReadOptions): Promise<string> {
  const outcome = await read(name, content, options).catch(asFailure);
  if (!(outcome instanceof Error)) throw new Error(`${name} was read: ${outcome.samples} series`);
  return `${outcome.code}: ${outcome.message}`;
}

export interface Npy {
  descr: string;
  shape: readonly number[] | string;
  fortran?: boolean;
  version?: number;
  data: Uint8Array;
}

/** A .npy file, made after the format's description. */
export function npy({ descr, shape, fortran = false, version = 1, data }: Npy): Uint8Array<ArrayBuffer> {
  const axes = typeof shape === 'string' ? shape : `(${shape.map((size) => `${size},`).join(' ')})`;
  const type = descr.startsWith('[') ? descr : `'${descr}'`;
  const lengthBytes = version === 1 ? 2 : 4;
  const dict = `{'descr': ${type}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${axes}, }`;
  const header = new TextEncoder().encode(`${dict}${' '.repeat(63 - ((8 + lengthBytes + dict.length) % 64))}\n`);
  const bytes = new Uint8Array(8 + lengthBytes + header.length + data.length);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0]);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(header, 8 + lengthBytes);
  bytes.set(data, 8 + lengthBytes + header.length);
  return bytes;
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A text in chunks of so many bytes. */
export function chunked(text: string, size: number): ByteSource {
  const bytes = new TextEncoder().encode(text);
  return {
    size: bytes.length,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
  };
}
