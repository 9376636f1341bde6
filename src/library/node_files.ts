import { createReadStream, openAsBlob } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readSeries } from '../data/read_series.ts';
import type { ReadOptions } from '../data/series_formats.ts';
import type { SeriesSet } from '../data/series_set.ts';
import { Failure } from '../errors.ts';
import { quote } from '../text/quote.ts';

/** The path that means standard input. */
export const STANDARD_INPUT = '-';
/** Most bytes that are taken from a pipe, which does not tell its size. */
const MOST_PIPED = 2 ** 31;

/** Reads labelled series from a file of any format that `readSeries` reads. The file is streamed. Throws invalid-file. */
export async function readSeriesFile(path: string, options: ReadOptions = {}): Promise<SeriesSet> {
  requirePath(path);
  return readSeries({ name: basename(path), blob: await openFile(path) }, options);
}

/**
 * A file as a Blob, all that comes out of a named pipe, or standard input for `-`. Throws invalid-file for a device, a
 * folder and a socket, whatever link leads there; `wanted` says what to give instead. `piped` gets the bytes that have
 * come out of a pipe or standard input: 0 at first, then more and more.
 */
export async function openFile(
  path: string,
  wanted = 'a file of labelled series',
  piped: (bytes: number) => void = () => {},
): Promise<Blob> {
  try {
    if (path === STANDARD_INPUT) return await drained(process.stdin, path, piped);
    const kind = await stat(path);
    if (kind.isFIFO()) return await drained(createReadStream(path), path, piped);
    if (!kind.isFile()) throw noFile(path, kind.isDirectory() ? 'a folder' : 'a device or socket', wanted);
    await access(path, constants.R_OK); // It reports a wrong path; openAsBlob does not.
    return await openAsBlob(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    throw new Failure('invalid-file', `${path} cannot be read (${reason}): give ${wanted}`);
  }
}

/** Throws invalid-option for a path that is no text. */
export function requirePath(path: unknown): void {
  if (typeof path === 'string') return;
  throw new Failure('invalid-option', `the path is ${quote(path)}: give a text, such as "series.csv"`);
}

/** A file's bytes, under the same rules. Throws invalid-file. */
export async function readWholeFile(path: string, wanted: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await openFile(path, wanted)).arrayBuffer());
}

async function drained(stream: AsyncIterable<Buffer>, path: string, piped: (bytes: number) => void): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  piped(bytes);
  for await (const part of stream) {
    bytes += part.length;
    if (bytes > MOST_PIPED) {
      throw new Failure(
        'invalid-file',
        `${path} gives more than ${MOST_PIPED} bytes: write them to a file, and give that`,
      );
    }
    parts.push(Uint8Array.from(part));
    piped(bytes);
  }
  return new Blob(parts);
}

function noFile(path: string, what: string, wanted: string): Failure {
  return new Failure('invalid-file', `${path} is ${what}: give ${wanted}`);
}
