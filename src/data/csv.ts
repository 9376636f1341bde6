import type { ByteSource } from './bytes.ts';
import { CsvColumns } from './csv_columns.ts';
import { isHeader } from './csv_header.ts';
import type { CsvOptions, CsvTable } from './csv_options.ts';
import { type CsvRoles, findRoles, namedRoles } from './csv_roles.ts';
import { type CsvRow, csvRows, type Delimiter } from './csv_rows.ts';
import { type DecimalMark, hasDecimalComma } from './decimal.ts';
import { invalidFile } from './invalid_file.ts';
import { LongCsv } from './long_csv.ts';
import type { ReadSet } from './series_set.ts';
import { WideCsv, wideChannels } from './wide_csv.ts';

/** Rows from which the look of a file is told. */
const FIRST_ROWS = 200;

export async function readCsv(file: string, source: ByteSource, options: CsvOptions = {}): Promise<ReadSet> {
  const batches = csvRows(file, source, options.delimiter);
  let rows: CsvRow[] = [];
  let delimiter: Delimiter = ',';
  while (rows.length < FIRST_ROWS) {
    const { done, value } = await batches.next();
    if (done) break;
    rows = rows.concat(value.rows);
    delimiter = value.delimiter;
  }
  if (rows.length === 0) throw invalidFile([file], 'it holds no series: give one row or more');
  const first = rows.slice(0, FIRST_ROWS);
  const mark = options.decimal ?? decimalMark(first, delimiter);
  const header = options.header ?? (hasChosenName(first[0], options) || isHeader(first[0], first.slice(1), mark));
  const names = header ? first[0].cells.map((cell) => cell.trim()) : undefined;
  const columns = new CsvColumns(file, first[0], names, mark);
  if (columns.count < 2) {
    throw invalidFile([file], 'it has one column: divide the steps and the label by , ; | blanks or tabs');
  }
  const roles = rolesOf(columns, header ? first.slice(1) : first, options, delimiter);
  const reader = isLong(roles) ? new LongCsv(columns, roles, options) : new WideCsv(columns, roles, options);
  const add = (row: CsvRow) => {
    if (!isComment(row, columns)) reader.add(row);
  };
  for (const row of header ? rows.slice(1) : rows) add(row);
  rows = [];
  for await (const batch of batches) {
    for (const row of batch.rows) add(row);
    await options.fits?.({ bytes: reader.leastBytes, isAll: false });
  }
  return reader.finish();
}

/** Finds the roles and tells them; if they cannot be told, tells those that names give, so that somebody can choose. */
function rolesOf(columns: CsvColumns, rows: CsvRow[], options: CsvOptions, delimiter: Delimiter): CsvRoles {
  try {
    const roles = findRoles(columns, rows, options);
    options.found?.(describeTable(columns, roles, delimiter));
    return roles;
  } catch (error) {
    options.found?.(describeTable(columns, namedRoles(columns, options), delimiter));
    throw error;
  }
}

/** A comma if some cells have decimal commas and none has a point in a number. */
function decimalMark(rows: CsvRow[], delimiter: Delimiter): DecimalMark {
  if (delimiter === ',') return '.';
  const cells = rows.flatMap(({ cells }) => cells);
  return cells.some(hasDecimalComma) && !cells.some((cell) => /^\s*[+-]?\d+\.\d+\s*$/.test(cell)) ? ',' : '.';
}

/** Whether a chosen column is called like a cell of the first row. */
function hasChosenName({ cells }: CsvRow, { label, id, time, channels = [] }: CsvOptions): boolean {
  const names = [label, id, time, ...channels].filter(
    (choice) => typeof choice === 'string' && !/^-?\d+$/.test(choice),
  );
  return names.some((name) => cells.some((cell) => cell.trim() === name));
}

function isComment({ cells }: CsvRow, { count }: CsvColumns): boolean {
  return cells.length !== count && /^\s*#/.test(cells[0]);
}

function isLong(roles: CsvRoles): roles is CsvRoles & { id: number; time: number } {
  return roles.layout === 'long';
}

function describeTable(columns: CsvColumns, roles: CsvRoles, delimiter: Delimiter): CsvTable {
  const { layout, label, id, time, values } = roles;
  const isNamed = layout === 'long' || values.length === 0;
  const channels = isNamed
    ? values.map((column) => columns.title(column))
    : wideChannels(columns, values).map(({ name }) => name);
  const { names, mark: decimal, titles } = columns;
  return { delimiter, decimal, header: names !== undefined, layout, columns: titles, label, id, time, channels };
}
