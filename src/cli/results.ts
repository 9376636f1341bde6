import { Failure } from '../errors.ts';
import { reasonOf, writeText } from './files.ts';

/** A file or folder that gets results: its name in messages, and its writer. */
export type Target = [name: string, write: () => unknown];

/** Targets that could not be written, with what each has thrown. */
export type Unwritten = [name: string, error: unknown][];

/** Targets of the texts for machines that are asked for: the content of each option's file. */
export function textTargets(files: [option: string, path: string | undefined, text: () => Text][]): Target[] {
  return files.flatMap(([option, path, text]): Target[] =>
    path === undefined ? [] : [[`${option} ${path}`, () => writeText(path, text(), option)]],
  );
}

type Text = string | Iterable<string>;

/** A result as --json writes it. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Writes every target, whatever becomes of the others. */
export async function writeAll(targets: Target[]): Promise<Unwritten> {
  const unwritten: Unwritten = [];
  for (const [name, write] of targets) {
    try {
      await write();
    } catch (error) {
      unwritten.push([name, error]);
    }
  }
  return unwritten;
}

/** Writes every target, and throws not-saved in the end with the names of all that could not be written. */
export async function writeResults(targets: Target[]): Promise<void> {
  const unwritten = await writeAll(targets);
  if (unwritten.length === 1) throw unwritten[0][1]; // Its sentence says more.
  if (unwritten.length > 1) throw unwrittenFailure(unwritten, ': free some space or choose other places');
}

/** `rest` ends the sentence with the next step. */
export function unwrittenFailure(unwritten: Unwritten, rest: string): Failure {
  const names = unwritten.map(([name, error]) => `${name} (${reasonOf(error)})`);
  return new Failure('not-saved', `${names.join(', ')} cannot be written${rest}`);
}
