import { isLabelName } from './column_names.ts';
import type { CsvRow } from './csv_rows.ts';
import { parseDecimal } from './decimal.ts';

/** A cell of the first row that is a gap in the data; the row is then not a header. */
const GAP = /^([?-]|nan|n\/?a)$/i;
/** Numbers that must stand in a row to be taken for times or for wavelengths, unless they count evenly. */
const FEWEST_ASCENDING = 5;

/**
 * Whether the first row names the columns. It does if it has text in every column that has a number in the rows below;
 * if it names a label that its column never has; or if its numbers count evenly, or only rise or only fall, as indices,
 * times and wavelengths do, and those of the rows below do not. A data row with a single bad cell is not taken for a
 * header; the reader then reports that cell.
 */
export function isHeader(first: CsvRow, below: CsvRow[]): boolean {
  const [second] = below;
  const overNumbers = first.cells.filter((_, i) => isNumber(second?.cells[i] ?? ''));
  if (overNumbers.length > 0 && !overNumbers.some((cell) => isNumber(cell) || GAP.test(cell.trim()))) return true;
  if (first.cells.some((cell, i) => isLabelName(cell) && below.every(({ cells }) => cells[i] !== cell))) return true;
  return isOrdered(first.cells) && !below.some(({ cells }) => isOrdered(cells));
}

/** Whether the numbers of a row count evenly, or rise or fall throughout. */
function isOrdered(cells: string[]): boolean {
  const numbers = cells.filter(isNumber).map(Number);
  const steps = numbers.slice(1).map((number, i) => number - numbers[i]);
  if (steps.length < 2) return false;
  const isEven = steps[0] !== 0 && steps.every((step) => Math.abs(step - steps[0]) <= 1e-9 * Math.abs(steps[0]));
  const isMonotone = steps.every((step) => step > 0) || steps.every((step) => step < 0);
  return isEven || (isMonotone && numbers.length >= FEWEST_ASCENDING);
}

function isNumber(cell: string): boolean {
  return !Number.isNaN(parseDecimal(cell));
}
