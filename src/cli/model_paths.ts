import { basename, dirname, join } from 'node:path';
import { formatOf, MODEL_FILES } from '../formats/model_formats.ts';
import type { SavedModel, WriteOptions } from '../formats/saved_model.ts';
import { readWholeFile } from '../library/node_files.ts';
import { writeBytes } from './files.ts';

/** Reads a model file of any system. Throws invalid-option or invalid-file. */
export async function readModelPath(path: string): Promise<SavedModel> {
  const name = basename(path);
  const bytes = await readWholeFile(path, MODEL_FILES);
  const files = new Map([[name, bytes]]);
  for (const other of await namedIn(name, bytes)) {
    files.set(other, await readWholeFile(join(dirname(path), other), `the files that ${name} names`));
  }
  return formatOf(name).read(name, files);
}

/** All files that a model at this path is read from: the file itself, then those that it names. */
export async function modelInputs(path: string): Promise<string[]> {
  const others = await namedIn(basename(path), await readWholeFile(path, MODEL_FILES));
  return [path, ...others.map((other) => join(dirname(path), other))];
}

async function namedIn(name: string, bytes: Uint8Array): Promise<string[]> {
  return (await formatOf(name).named?.(name, bytes)) ?? [];
}

/** Throws invalid-option if a file of this name has no format of models. */
export function requireModelName(path: string): void {
  formatOf(basename(path));
}

/**
 * Writes a model in the format of the path's ending, with its other files beside it. Returns all paths. Throws
 * invalid-option or not-saved; `option` names the path.
 */
export async function writeModelPath(
  path: string,
  model: SavedModel,
  option: string,
  options: WriteOptions = {},
): Promise<string[]> {
  const format = formatOf(basename(path));
  const written: string[] = [];
  for (const [name, bytes] of await format.write(model, options)) {
    const target = name === format.fileName ? path : join(dirname(path), name);
    await writeBytes(target, bytes, option);
    written.push(target);
  }
  return written;
}
