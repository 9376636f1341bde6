import Papa from 'papaparse';
import type { ByteSource } from './bytes.ts';
import { invalidFile } from './invalid_file.ts';
import { requireRowLength, textChunks } from './text.ts';

/** A row of a CSV file. `number` counts from 1 and includes empty rows, as a spreadsheet does. */
export interface CsvRow {
  number: number;
  cells: string[];
}

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Rows of a CSV text, and the separator of their cells. */
export interface CsvRows {
  delimiter: Delimiter;
  rows: CsvRow[];
}

/**
 * The rows of a CSV text without empty rows, in groups: each chunk gives the rows that it completes. The delimiter is
 * found from the first rows unless it is given. Throws invalid-file for an unclosed quote.
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
    // An error after the last complete row only means that the chunk ends there.
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

/** The delimiter that divides the first rows most evenly; a comma if none does. */
function findDelimiter(text: string): Delimiter {
  const rows = text.slice(0, text.lastIndexOf('\n') + 1) || text;
  const { meta } = Papa.parse(rows, {
    preview: 10,
    newline: '\n',
    skipEmptyLines: true,
    delimitersToGuess: [...DELIMITERS],
  });
  return meta.delimiter as Delimiter;
}
