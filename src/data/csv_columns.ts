import { Failure } from '../errors.ts';
import { quote, quoteList } from '../text/quote.ts';
import type { CsvRow } from './csv_rows.ts';
import { type DecimalMark, describeNoFloat, fitsFloat, isMissing, parseNumber } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { LONGEST_NAME } from './series_set.ts';

/** A column by name or by number; a number may be written as text. 0 is the first column, −1 the last. */
export type ColumnChoice = string | number;

/** The columns of a CSV file: as many as its first row has, with names if that row is a header. */
export class CsvColumns {
  readonly count: number;

  /** `names` if the first row is a header. `mark` divides whole parts from fractions. */
  constructor(
    readonly file: string,
    first: CsvRow,
    readonly names?: string[],
    readonly mark: DecimalMark = '.',
  ) {
    // A comma behind every row leaves an empty last column.
    const cells = names ?? first.cells;
    this.count = cells.length - (cells.length > 2 && cells.at(-1)?.trim() === '' ? 1 : 0);
    const long = names?.find(({ length }) => length > LONGEST_NAME);
    if (long !== undefined) {
      throw invalidFile(
        [file, `row ${first.number}`],
        `${quote(long)} has ${long.length} letters, ${LONGEST_NAME} is the most for a column: give it a shorter name`,
      );
    }
    // pandas writes the numbers of the rows below an empty name.
    const unnamed = names?.slice(0, this.count).indexOf('', 1) ?? -1;
    if (unnamed < 0) return;
    throw invalidFile([file, `row ${first.number}`], `column ${unnamed} of the header has no name: name it`);
  }

  /** The number of a chosen column. Throws invalid-option if there is no such column. */
  find(choice: ColumnChoice): number {
    const byName = typeof choice === 'string' ? (this.names?.indexOf(choice) ?? -1) : -1;
    if (byName >= 0) return byName;
    const number = /^-?\d+$/.test(String(choice)) ? Number(choice) : Number.NaN;
    const index = number < 0 ? number + this.count : number;
    if (index >= 0 && index < this.count) return index;
    const columns = this.names ? `: ${quoteList(this.names)}` : '';
    throw new Failure(
      'invalid-option',
      `${this.file} has no column ${quote(String(choice))}: choose one of its ${this.count} by name or by number from 0${columns}`,
    );
  }

  get titles(): string[] {
    return Array.from({ length: this.count }, (_, i) => this.title(i));
  }

  /** A column's name, or its number if it has no name. */
  title(index: number): string {
    return this.names?.[index] || `column ${index}`;
  }

  /** The place of a column, or of its cell in a row, for errors. */
  where(column: number, row?: number): string[] {
    const place = `column ${this.names ? quote(this.names[column]) : column}`;
    return row === undefined ? [this.file, place] : [this.file, `row ${row}`, place];
  }

  /** The value of a cell; NaN if it is missing. Throws invalid-file, naming row and column. */
  value(cells: string[], column: number, row: number): number {
    const text = cells[column];
    const value = parseNumber(text, this.mark);
    if (fitsFloat(value)) return value;
    if (isMissing(text)) return Number.NaN;
    throw invalidFile(this.where(column, row), describeNoFloat(text));
  }

  /** Throws invalid-file for a row with fewer or more cells than the first. */
  requireCells({ number, cells }: CsvRow): void {
    if (cells.length === this.count || cells.slice(this.count).every((cell) => cell.trim() === '')) {
      if (cells.length >= this.count) return;
    }
    throw invalidFile(
      [this.file, `row ${number}`],
      `it has ${cells.length} cells, but the first row has ${this.count}: bring all rows to one length`,
    );
  }
}
