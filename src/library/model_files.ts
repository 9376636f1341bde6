import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import { formatOf, MODEL_FILES, type ModelFiles } from '../formats/model_formats.ts';
import type { SavedModel, WriteOptions } from '../formats/saved_model.ts';
import { requireOptions } from '../settings/option_names.ts';
import type { AttentionLstm } from './attention_lstm.ts';
import { readWholeFile, requirePath } from './node_files.ts';
import type { SaveOptions } from './saved_files.ts';

/**
 * Reads a model from a file of any format, by the ending of its name, and from the files that it names. Throws
 * invalid-option or invalid-file.
 */
export async function readModelFile(path: string): Promise<SavedModel> {
  requirePath(path);
  return (await openModel(path)).read();
}

/** A model file that is open. */
export interface OpenModel {
  /** The file itself, then those that it names. */
  paths: string[];
  /** Throws invalid-file. */
  read(): Promise<SavedModel>;
}

/** Reads a model file once, because it may be a pipe; the files that it names come later. Throws as `readModelFile`. */
export async function openModel(path: string, readFile = readWholeFile): Promise<OpenModel> {
  const name = basename(path);
  const bytes = await readFile(path, MODEL_FILES);
  const format = formatOf(name);
  const others = (await format.named?.(name, bytes)) ?? [];
  const pathOf = (other: string) => join(dirname(path), other);
  return {
    paths: [path, ...others.map(pathOf)],
    async read() {
      const files = new Map([[name, bytes]]);
      for (const other of others) files.set(other, await readFile(pathOf(other), `the files that ${name} names`));
      return format.read(name, files);
    },
  };
}

/**
 * Writes a model in the format of the path's ending: `.safetensors`, `.onnx`, `.keras`, `.h5`, or `.json` for
 * TensorFlow.js, whose other file lies beside it. Replaces files that are there. Returns all paths. Throws
 * invalid-option or not-saved.
 */
export async function writeModelFile(path: string, model: AttentionLstm, options: SaveOptions = {}): Promise<string[]> {
  requireOptions('writeModelFile', options, ['raw']);
  if (typeof path !== 'string' || typeof model?.snapshot !== 'function') {
    throw new Failure('invalid-option', 'writeModelFile takes a path and then a model: give both');
  }
  const written: string[] = [];
  for (const [target, bytes] of await modelFilesAt(path, model.snapshot(), options)) {
    try {
      await writeFile(target, bytes);
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new Failure('not-saved', `${target} cannot be written (${code}): choose another path`, { cause: error });
    }
    written.push(target);
  }
  return written;
}

/** The files of a model in the format of the path's ending, by their paths. Throws invalid-option. */
export async function modelFilesAt(path: string, model: SavedModel, options: WriteOptions = {}): Promise<ModelFiles> {
  const format = formatOf(basename(path));
  const files = await format.write(model, options);
  return new Map(
    Array.from(files, ([name, bytes]) => [name === format.fileName ? path : join(dirname(path), name), bytes]),
  );
}
