import { isLabelName } from './column_names.ts';
import type { CsvRow } from './csv_rows.ts';
import { type DecimalMark, parseNumber } from './decimal.ts';

/** A cell of the first row that is a gap in the data; the row is then not a header. */
const GAP = /^([?-]|nan|n\/?a)$/i;
/** Numbers that must stand in a row to be taken for times or for wavelengths, unless they count evenly. */
const FEWEST_ASCENDING = 5;

/** Numbers of a row that do not stand in order by chance. */
const CERTAIN_NUMBERS = 5;
const CERTAIN_ASCENDING = 8;
/** The share of rows below that may stand in order by chance, under a row whose order is no chance. */
const CHANCE_SHARE = 0.25;

/**
 * Whether the first row names the columns. It does if it has text in every column that has a number in the rows below;
 * if it names a label that its column never has; or if its numbers count evenly, or only rise or only fall, as indices,
 * times and wavelengths do, and those of the rows below do not. A data row with a single bad cell is not taken for a
 * header; the reader then reports that cell. `mark` divides the numbers' fractions.
 */
export function isHeader(first: CsvRow, below: CsvRow[], mark: DecimalMark = '.'): boolean {
  const isNumber = (cell: string) => !Number.isNaN(parseNumber(cell, mark));
  const [second] = below;
  const overNumbers = first.cells.filter((_, i) => isNumber(second?.cells[i] ?? ''));
  if (overNumbers.length > 0 && !overNumbers.some((cell) => isNumber(cell) || GAP.test(cell.trim()))) return true;
  if (first.cells.some((cell, i) => isLabelName(cell) && below.every(({ cells }) => cells[i] !== cell))) return true;
  const numbersOf = ({ cells }: CsvRow) => cells.map((cell) => parseNumber(cell, mark)).filter((n) => !Number.isNaN(n));
  const numbers = numbersOf(first);
  const inOrder = (row: number[]) => isEven(row) || isAscending(row);
  if (!inOrder(numbers)) return false;
  if (!below.some((row) => inOrder(numbersOf(row)))) return true;
  // Among many rows some are in order by chance.
  const certain = isEven(numbers) ? numbers.length >= CERTAIN_NUMBERS : numbers.length >= CERTAIN_ASCENDING;
  const alike = isEven(numbers) ? isEven : inOrder;
  return certain && below.filter((row) => alike(numbersOf(row))).length < CHANCE_SHARE * below.length;
}

/** Whether numbers count evenly. */
function isEven(numbers: number[]): boolean {
  const [step, ...steps] = differences(numbers);
  return steps.length > 0 && step !== 0 && steps.every((other) => Math.abs(other - step) <= 1e-9 * Math.abs(step));
}

/** Whether numbers rise or fall throughout. */
function isAscending(numbers: number[]): boolean {
  const steps = differences(numbers);
  return numbers.length >= FEWEST_ASCENDING && (steps.every((step) => step > 0) || steps.every((step) => step < 0));
}

function differences(numbers: number[]): number[] {
  return numbers.slice(1).map((number, i) => number - numbers[i]);
}
