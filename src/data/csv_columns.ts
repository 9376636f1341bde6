import { Failure } from '../errors.ts';
import { quote, quoteList } from '../text/quote.ts';
import type { CsvRow } from './csv_rows.ts';
import { parseDecimal } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { LONGEST_NAME } from './series_set.ts';

/** A column by name or by number; a number may be written as text. 0 is the first column, −1 the last. */
export type ColumnChoice = string | number;

const LABEL_NAMES = ['label', 'class', 'target', 'y'];
/** A cell of the first row that is a gap in the data; the row is then not a header. */
const GAP = /^([?-]|nan|n\/?a)$/i;

/** The columns of a CSV file: as many as its first row has, with names if that row is a header. */
export class CsvColumns {
  readonly count: number;

  constructor(
    readonly file: string,
    first: CsvRow,
    readonly names?: string[],
  ) {
    this.count = first.cells.length;
    const long = names?.find(({ length }) => length > LONGEST_NAME);
    if (long !== undefined) {
      throw invalidFile(
        [file, `row ${first.number}`],
        `${quote(long)} has ${long.length} letters, ${LONGEST_NAME} is the most for a column: give it a shorter name`,
      );
    }
    const unnamed = names?.indexOf('') ?? -1;
    if (unnamed < 0) return;
    throw invalidFile(
      [file, `row ${first.number}`],
      `column ${unnamed} of the header has no name: name it, or leave it out if it only counts rows`,
    );
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

  /** The first of `names` that a column has, ignoring case. */
  named(names: string[]): number | undefined {
    const lower = this.names?.map((name) => name.toLowerCase()) ?? [];
    return names.map((name) => lower.indexOf(name)).find((at) => at >= 0);
  }

  /**
   * The column of the label: the chosen one, else one with a usual name, else the last. A y beside an x is an axis, not
   * a label.
   */
  label(choice?: ColumnChoice): number {
    if (choice !== undefined) return this.find(choice);
    const names = this.named(['x']) === undefined ? LABEL_NAMES : LABEL_NAMES.filter((name) => name !== 'y');
    return this.named(names) ?? this.count - 1;
  }

  get titles(): string[] {
    return Array.from({ length: this.count }, (_, i) => this.title(i));
  }

  /** A column's name, or its number if it has no name. */
  title(index: number): string {
    return this.names?.[index] ?? `column ${index}`;
  }

  /** The place of a column, or of its cell in a row, for errors. */
  where(column: number, row?: number): string[] {
    const place = `column ${this.names ? quote(this.names[column]) : column}`;
    return row === undefined ? [this.file, place] : [this.file, `row ${row}`, place];
  }

  /** Throws invalid-file for a row with fewer or more cells than the first. */
  requireCells({ number, cells }: CsvRow): void {
    if (cells.length === this.count) return;
    throw invalidFile(
      [this.file, `row ${number}`],
      `it has ${cells.length} cells, but the first row has ${this.count}: bring all rows to one length`,
    );
  }
}

/**
 * Whether the first row is a header: it has text in every column that has a number in the row below, or it names a
 * label column beside columns called 0, 1, 2 … A data row with a single bad cell is not taken for a header; the reader
 * then reports that cell.
 */
export function isHeader(first: CsvRow, second?: CsvRow): boolean {
  const overNumbers = first.cells.filter((_, i) => isNumber(second?.cells[i] ?? ''));
  if (overNumbers.length > 0 && !overNumbers.some((cell) => isNumber(cell) || GAP.test(cell.trim()))) return true;
  const numbers = first.cells.filter(isNumber).map(Number);
  const counting = numbers.every((number, i) => number === numbers[0] + i && number <= i + 1);
  return counting && first.cells.some((cell) => LABEL_NAMES.includes(cell.trim().toLowerCase()));
}

function isNumber(cell: string): boolean {
  return !Number.isNaN(parseDecimal(cell));
}
