import type { ByteSource } from './bytes.ts';
import { invalidFile } from './invalid_file.ts';

/** Characters of the longest row: the largest series has 1,024 steps of 64 channels, with 64 characters a value. */
const LONGEST_ROW = 2 ** 22;

/**
 * UTF-8 text without its byte order mark, and with "
 * " at every end of line. Throws invalid-file for other bytes.
 */
export async function* textChunks(file: string, source: ByteSource): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw invalidFile([file], 'it is not UTF-8 text: save it with the encoding UTF-8');
    }
  };
  let carriageReturn = '';
  for await (const bytes of source.chunks()) {
    const text = carriageReturn + decode(bytes);
    carriageReturn = text.endsWith('\r') ? '\r' : '';
    yield normalise(text.slice(0, text.length - carriageReturn.length));
  }
  yield normalise(decode() + carriageReturn);
}

function normalise(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** The lines of a text, in groups: each chunk gives the lines that it completes. */
export async function* linesOf(file: string, source: ByteSource): AsyncGenerator<string[]> {
  let rest = '';
  let row = 1;
  for await (const text of textChunks(file, source)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    row += lines.length;
    requireRowLength(file, row, rest);
    yield lines;
  }
  yield [rest];
}

/**
 * Throws invalid-file if an unfinished row is already too long, so that a file without line breaks is not held whole.
 */
export function requireRowLength(file: string, row: number, text: string): void {
  if (text.length <= LONGEST_ROW) return;
  throw invalidFile(
    [file, `row ${row}`],
    `it is longer than ${LONGEST_ROW} characters: end every row with a line break, and close every quote`,
  );
}
