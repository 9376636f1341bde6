import type { BigIntStats } from 'node:fs';
import { access, constants, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { formatOf } from '../formats/model_formats.ts';
import { notSaved, STANDARD_OUTPUT } from './files.ts';

// The one rule by which every command that writes files treats those that are there already.

/** A file that a command writes, and the option that names it. */
export type Output = [option: string, path: string];

export interface ForceFlag {
  force?: boolean;
}

/** Adds --force to a command that writes files. */
export function addForceOption(command: Command): Command {
  return command.option('--force', 'replace files that are there already');
}

/** The options that have a path. */
export function outputsOf(paths: Record<string, string | undefined>): Output[] {
  return Object.entries(paths).filter((output): output is Output => output[1] !== undefined);
}

/** All files of a model at this path, in the format of its ending. */
export function modelOutputs(option: string, path: string): Output[] {
  const { others = [] } = formatOf(basename(path));
  return [[option, path], ...others.map((name): Output => [option, join(dirname(path), name)])];
}

export interface Use extends ForceFlag {
  /** Files that the command reads; absent ones are not given. */
  inputs?: (string | undefined)[];
  /** A folder that the command makes itself, and the files that it writes there. */
  folder?: { path: string; files: string[] };
}

/**
 * Call this before the work starts. Throws invalid-option if an output is an input or another output, or if it is there
 * already and `force` is not set; not-saved if its folder cannot be written. An empty file is nothing to lose; a pipe, a
 * device and standard output are no files.
 */
export async function requireFree(outputs: Output[], { inputs = [], folder, force = false }: Use): Promise<void> {
  const taken = new Map<string, string>();
  for (const path of inputs) {
    if (path !== undefined) taken.set(await identityOf(path), 'is read by this command: give another name');
  }
  for (const name of folder?.files ?? []) {
    taken.set(await identityOf(join(folder?.path ?? '', name)), 'is written by every run: give another name');
  }
  for (const [option, path] of outputs) {
    const refuse = (what: string) => new Failure('invalid-option', `${option} ${path} ${what}`);
    if (path === '') throw refuse('names no file: give a name');
    const isPrinted = path === STANDARD_OUTPUT;
    const found = isPrinted ? undefined : await statOf(path);
    if (found?.isDirectory()) throw refuse('is a folder: give the name of a file');
    if (found && !found.isFile()) continue;
    const identity = isPrinted ? 'standard output' : await identityOf(path);
    const reason = taken.get(identity);
    if (reason !== undefined) throw refuse(reason);
    taken.set(identity, `is written for ${option} too: give another name`);
    if (found && found.size > 0 && !force)
      throw refuse('is there already: give another name, or --force to replace it');
    if (!isPrinted) await requireWritable(option, path, folder?.path);
  }
}

async function requireWritable(option: string, path: string, folder: string | undefined): Promise<void> {
  const parent = dirname(path);
  if (folder !== undefined && resolve(parent) === resolve(folder)) return;
  try {
    await access((await statOf(path)) ? path : parent, constants.W_OK);
  } catch (error) {
    throw notSaved(`${path} cannot be written`, error, `choose another place for ${option}`);
  }
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/** The same for all names of a file, whether it is there or not. */
async function identityOf(path: string): Promise<string> {
  const found = await statOf(path);
  if (found) return `${found.dev} ${found.ino}`;
  const parent = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
  return join(parent, basename(path));
}
