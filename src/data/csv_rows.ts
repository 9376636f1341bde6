import Papa from 'papaparse';
import type { ByteSource } from './bytes.ts';
import { invalidFile } from './invalid_file.ts';
import { requireRowLength, textChunks } from './text.ts';

/** A row of a CSV file; `number` counts from 1 and counts empty rows too, as a spreadsheet does. */
export interface CsvRow {
  number: number;
  cells: string[];
}

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Rows of a CSV text, and what divides their cells. */
export interface CsvRows {
  delimiter: Delimiter;
  rows: CsvRow[];
}

/**
 * The rows of a CSV text, as many at a time as a chunk completes, empty rows left out. The delimiter is found from the first rows
 * unless it is given. Throws invalid-file for quotes that are not closed.
 */
export async function* csvRows(file: string, source: ByteSource, delimiter?: Delimiter): AsyncGenerator<CsvRows> {
  let rest = '';
  let number = 0;
  let parser: Papa.Parser | undefined;
  let divider = delimiter;
  const parse = (text: string, last: boolean): CsvRows => {
    divider ??= findDelimiter(text);
    parser ??= new Papa.Parser({ delimiter: divider, newline: '\n' });
    const { data, errors, meta }: Papa.ParseResult<string[]> = parser.parse(text, 0, !last);
    // An error behind the last complete row comes of the chunk's end.
    const [error] = errors.filter(({ row = 0 }) => last || row < data.length);
    if (error) {
      const where = [file, `row ${number + (error.row ?? 0) + 1}`];
      throw invalidFile(
        where,
        'a quoted text is not closed as it should be: end it with a quote, and double every quote in it',
      );
    }
    rest = text.slice(meta.cursor);
    requireRowLength(file, number + data.length + 1, rest);
    const rows = data.map((cells, i) => ({ number: number + i + 1, cells }));
    number += data.length;
    return { delimiter: divider, rows: rows.filter(({ cells }) => cells.length > 1 || cells[0].trim() !== '') };
  };
  for await (const text of textChunks(file, source)) yield parse(rest + text, false);
  yield parse(rest, true);
}

/** The delimiter that cuts the first rows most evenly; a comma where none does. */
function findDelimiter(text: string): Delimiter {
  const rows = text.slice(0, text.lastIndexOf('\n') + 1) || text;
  return Papa.parse(rows, { preview: 10, newline: '\n', delimitersToGuess: [...DELIMITERS] }).meta
    .delimiter as Delimiter;
}
