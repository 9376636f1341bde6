export type Cell = string | number | undefined;

/**
 * A line of comma-separated values, with its line break. A text is quoted if it needs it; `undefined` is an empty cell.
 */
export function csvLine(cells: readonly Cell[]): string {
  const write = (cell: Cell = '') =>
    typeof cell === 'string' && /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell);
  return `${cells.map(write).join(',')}\n`;
}

/** A header and its rows. */
export function csvTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map(csvLine).join('');
}

/** A row for each object, with the values of these fields under their names. */
export function csvOf<Field extends string>(fields: readonly Field[], objects: readonly Record<Field, Cell>[]): string {
  return csvTable(
    fields,
    objects.map((one) => fields.map((field) => one[field])),
  );
}
