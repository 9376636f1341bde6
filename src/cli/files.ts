import { readFile, writeFile } from 'node:fs/promises';
import { Failure } from '../errors.ts';

/** Writes a value for machines. Throws not-saved. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, `${JSON.stringify(value, undefined, 2)}\n`, '--json');
}

/** Writes the file that `option` names. Throws not-saved. */
export async function writeText(path: string, text: string, option: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new Failure(
      'not-saved',
      `${path} cannot be written (${reasonOf(error)}): choose another place for ${option}`,
    );
  }
}

/** A JSON file's value; `wanted` says what to give. Throws invalid-file. */
export async function readJson(path: string, wanted: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure('invalid-file', `${path} cannot be read (${reasonOf(error)}): give ${wanted}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure('invalid-file', `${path} is no JSON (${reasonOf(error)}): give ${wanted}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
