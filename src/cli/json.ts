import { writeFile } from 'node:fs/promises';
import { Failure } from '../errors.ts';

/** Writes a value for machines. Throws not-saved. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('not-saved', `${path} cannot be written (${reason}): choose another place for --json`);
  }
}
