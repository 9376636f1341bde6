export type Cell = string | number | undefined;

/** A text that a spreadsheet would compute, with any number of apostrophes before it. */
const FORMULA = /^'*[=+\-@\t\r]/;

/**
 * A line of comma-separated values, with its line break. A text is quoted if it needs it, and marked by an apostrophe if
 * a spreadsheet would compute it; `undefined` is an empty cell.
 */
export function csvLine(cells: readonly Cell[]): string {
  const write = (cell: Cell = '') => {
    const text =
      typeof cell === 'string' && FORMULA.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : String(cell);
    return typeof cell === 'string' && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
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

/** A cell as it was before `csvLine` marked it. */
export function unmarked(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
