import { basename } from 'node:path';
import { formatOf } from '../formats/model_formats.ts';
import type { SavedModel, WriteOptions } from '../formats/saved_model.ts';
import { modelFilesAt } from '../library/model_files.ts';
import { writeBytes } from './files.ts';

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
  const files = await modelFilesAt(path, model, options);
  for (const [target, bytes] of files) await writeBytes(target, bytes, option);
  return [...files.keys()];
}
