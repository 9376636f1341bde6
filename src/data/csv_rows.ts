import Papa from 'papaparse';
import { unmarked } from '../text/csv.ts';
import type { ByteSource } from './bytes.ts';
import { hasDecimalComma } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { requireRowLength, textChunks } from './text.ts';

/** A row of a CSV file. `number` counts from 1 and includes empty rows, as a spreadsheet does. */
export interface CsvRow {
  number: number;
  cells: string[];
}

/** Single characters; a blank stands for any number of blanks. */
export const DELIMITERS = [',', ';', '\t', '|', ' '] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Rows of a CSV text, and the separator of their cells. */
export interface CsvRows {
  delimiter: Delimiter;
  rows: CsvRow[];
}

/** Excel's first line, which names the delimiter. */
const SEPARATOR_LINE = /^"?sep=(.)"?\n/i;
/** Lines that show how the cells are divided. */
const SAMPLE_LINES = 10;

/**
 * The rows of a CSV text without empty rows, in groups: each chunk gives the rows that it completes. The delimiter is
 * found from the first rows unless it is given. Comments above the rows are left out. Throws invalid-file for an
 * unclosed quote.
 */
export async function* csvRows(file: string, source: ByteSource, delimiter?: Delimiter): AsyncGenerator<CsvRows> {
  let rest = '';
  let number = 0;
  let parser: Papa.Parser | undefined;
  let divider = delimiter;
  /** Skips empty lines at the beginning, of which a damaged file may have millions. */
  const withoutEmptyLines = (text: string): string => {
    const [empty] = /^(?:[ \t]*\n)*/.exec(text) ?? [''];
    for (const letter of empty) if (letter === '\n') number++;
    return text.slice(empty.length);
  };
  const parse = (text: string, last: boolean): CsvRows => {
    divider ??= findDelimiter(text);
    parser ??= new Papa.Parser({ delimiter: divider, newline: '\n' });
    const begun = withoutEmptyLines(number === 0 ? blankComments(text, divider) : text);
    const { data, errors, meta }: Papa.ParseResult<string[]> = parser.parse(begun, 0, !last);
    // An error after the last complete row only means that the chunk ends there.
    const [error] = errors.filter(({ row = 0 }) => last || row < data.length);
    if (error) {
      const where = [file, `row ${number + (error.row ?? 0) + 1}`];
      throw invalidFile(
        where,
        'a quoted text is not closed as it should be: end it with a quote, and double every quote in it',
      );
    }
    rest = begun.slice(meta.cursor);
    requireRowLength(file, number + data.length + 1, rest);
    const rows = data.map((cells, i) => ({
      number: number + i + 1,
      cells: (divider === ' ' ? blanksOut(cells) : cells).map(unmarked),
    }));
    number += data.length;
    return { delimiter: divider, rows: rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== '')) };
  };
  for await (const text of textChunks(file, source)) yield parse(rest + text, false);
  yield parse(rest, true);
}

/** Several blanks divide two cells once, and those at the ends of a line divide nothing. */
function blanksOut(cells: string[]): string[] {
  return cells.flatMap((cell) => cell.split('\t')).filter((cell) => cell !== '');
}

/**
 * Empties the line that names the delimiter, and the comments above the rows. A last comment that has as many cells as
 * the row below is the header, as numpy writes it.
 */
function blankComments(text: string, divider: Delimiter): string {
  const begun = text.replace(SEPARATOR_LINE, '\n');
  const head = /^(?:\n|[#%][^\n]*\n)*/.exec(begun)?.[0] ?? '';
  if (!/[#%]/.test(head)) return begun;
  const lines = head.split('\n');
  const last = lines.findLastIndex((line) => line !== '');
  const below = begun.slice(head.length).split('\n', 1)[0];
  const header = lines[last].replace(/^[#%]+\s*/, '');
  const isHeader = cellCount(below, divider) > 1 && cellCount(header, divider) === cellCount(below, divider);
  return lines.map((_, i) => (i === last && isHeader ? header : '')).join('\n') + begun.slice(head.length);
}

function cellCount(line: string, divider: Delimiter): number {
  return divider === ' ' ? blanksOut(line.split(' ')).length : line.split(divider).length;
}

/**
 * The delimiter that Excel's first line names. Else a semicolon, tab or bar whose cells have no commas but decimal
 * ones; else the delimiter that divides the first rows most evenly; else blanks, if the rows have as many cells each; a
 * comma if nothing divides them.
 */
function findDelimiter(text: string): Delimiter {
  const named = SEPARATOR_LINE.exec(text)?.[1] as Delimiter | undefined;
  if (named && DELIMITERS.includes(named)) return named;
  const whole = text.slice(0, text.lastIndexOf('\n') + 1) || text;
  const lines = whole
    .split('\n', 50)
    .filter((line) => line.trim() !== '' && !/^[#%]/.test(line))
    .slice(0, SAMPLE_LINES);
  const withCommas = ([';', '\t', '|'] as const).find((divider) => hasDecimalCommas(lines, divider));
  if (withCommas) return withCommas;
  const { meta } = Papa.parse(lines.join('\n'), {
    newline: '\n',
    skipEmptyLines: true,
    delimitersToGuess: DELIMITERS.filter((divider) => divider !== ' '),
  });
  const guessed = meta.delimiter as Delimiter;
  return lines.some((line) => line.includes(guessed)) || !areDividedByBlanks(lines) ? guessed : ' ';
}

/** Whether this divides every line into as many cells, some with a decimal comma and none with another. */
function hasDecimalCommas(lines: string[], divider: Delimiter): boolean {
  const rows = lines.map((line) => line.split(divider));
  const count = rows[0]?.length ?? 0;
  const cells = rows.flat().filter((cell) => cell.includes(',') && !cell.includes('"'));
  return count > 1 && rows.every(({ length }) => length === count) && cells.length > 0 && cells.every(hasDecimalComma);
}

function areDividedByBlanks(lines: string[]): boolean {
  const counts = lines.map((line) => cellCount(line, ' '));
  return counts.length > 0 && counts[0] > 2 && counts.every((count) => count === counts[0]);
}
