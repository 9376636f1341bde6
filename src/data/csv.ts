import type { ByteSource } from './bytes.ts';
import { CsvColumns, isHeader } from './csv_columns.ts';
import type { CsvOptions, CsvTable } from './csv_options.ts';
import { type CsvRow, csvRows, type Delimiter } from './csv_rows.ts';
import { invalidFile } from './invalid_file.ts';
import { idColumn, LongCsv, timeColumn } from './long_csv.ts';
import type { SeriesSet } from './series_set.ts';
import { WideCsv } from './wide_csv.ts';

export async function readCsv(file: string, source: ByteSource, options: CsvOptions = {}): Promise<SeriesSet> {
  const batches = csvRows(file, source, options.delimiter);
  let rows: CsvRow[] = [];
  let delimiter: Delimiter = ',';
  while (rows.length < 2) {
    const { done, value } = await batches.next();
    if (done) break;
    rows = rows.concat(value.rows);
    delimiter = value.delimiter;
  }
  if (rows.length === 0) throw invalidFile([file], 'it holds no series: give one row or more');
  const header = options.header ?? isHeader(rows[0], rows[1]);
  const names = header ? rows[0].cells.map((cell) => cell.trim()) : undefined;
  const columns = new CsvColumns(file, rows[0], names);
  const table = describeTable(columns, options, delimiter);
  options.found?.(table);
  const reader = table.layout === 'long' ? new LongCsv(columns, options) : new WideCsv(columns, options);
  for (const row of header ? rows.slice(1) : rows) reader.add(row);
  rows = [];
  for await (const batch of batches) {
    for (const row of batch.rows) reader.add(row);
  }
  return reader.finish();
}

function describeTable(columns: CsvColumns, { layout, id, time }: CsvOptions, delimiter: Delimiter): CsvTable {
  const found = { label: columns.label(), id: idColumn(columns), time: timeColumn(columns) };
  const isLong = id !== undefined || time !== undefined || (found.id !== undefined && found.time !== undefined);
  const header = columns.names !== undefined;
  return { delimiter, header, layout: layout ?? (isLong ? 'long' : 'wide'), columns: columns.titles, ...found };
}
