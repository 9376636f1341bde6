import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import { parseJson } from '../rules.ts';
import { readInput } from './reading.ts';

/** The name of a file of text that means standard output. */
export const STANDARD_OUTPUT = '-';

/** Writes the file that `option` names, or standard output. Throws not-saved. */
export async function writeText(path: string, text: string | Iterable<string>, option: string): Promise<void> {
  if (path === STANDARD_OUTPUT) await print(text, option);
  else await write(path, text, option);
}

async function print(text: string | Iterable<string>, option: string): Promise<void> {
  for (const part of typeof text === 'string' ? [text] : text) {
    const error = await new Promise<unknown>((resolve) => process.stdout.write(part, resolve));
    if (error) throw notSaved('standard output cannot be written', error, `give ${option} the name of a file`);
  }
}

async function write(path: string, content: string | Iterable<string> | Uint8Array, option: string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw notSaved(`${path} cannot be written`, error, `choose another place for ${option}`);
  }
}

const temporaryName = (name: string) => `.${name}.${process.pid}.tmp`;

/** Whether `writeWhole` uses this name while it writes one of these files. */
export function isTemporary(name: string, files: readonly string[]): boolean {
  const [, file] = /^\.(.+)\.\d+\.tmp$/.exec(name) ?? [];
  return file !== undefined && files.includes(file);
}

/**
 * Writes a file completely or not at all: under a temporary name, flushed to the disk, then renamed. Throws not-saved.
 */
export async function writeWhole(path: string, content: string | Uint8Array | Iterable<string>): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw notSaved(`${path} cannot be written`, error, 'free some space or choose another folder');
  }
}

/** `error` is the system's, which `reasonOf` finds again. */
export function notSaved(what: string, error: unknown, next: string): Failure {
  return new Failure('not-saved', `${what} (${reasonOf(error)}): ${next}`, { cause: error });
}

/** The system's short reason why a file could not be used: ENOSPC. */
export function reasonOf(error: unknown): string {
  const { code, cause, message } = error as NodeJS.ErrnoException;
  if (error instanceof Failure) return cause === undefined ? message : reasonOf(cause);
  return code ?? message ?? String(error);
}

/** Writes the binary file that `option` names. Throws not-saved. */
export async function writeBytes(path: string, bytes: Uint8Array, option: string): Promise<void> {
  await write(path, bytes, option);
}

/** A JSON file's value; `wanted` says what to give instead. Throws invalid-file. */
export async function readJson(path: string, wanted: string): Promise<unknown> {
  return parseJson(path, new TextDecoder().decode(await readInput(path, wanted)), wanted);
}
