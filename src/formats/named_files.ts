import type { Wrong } from '../rules.ts';
import { quote } from '../text/quote.ts';

/** The files of a model by their paths, from the folder of the file that names them. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A path that a model's file names, without `.` in it. Throws if it leads out of the file's folder. */
export function pathWithin(path: string, wrong: Wrong): string {
  const parts = path.split(/[/\\]/);
  const leadsOut = /^([/\\]|[a-z]+:)/i.test(path) || parts.includes('..') || path.includes('\0');
  if (leadsOut || parts.at(-1) === '') {
    throw wrong(`names the file ${quote(path)}, which is not in the folder of the model`);
  }
  return path
    .split('/')
    .filter((part) => part !== '.' && part !== '')
    .join('/');
}
