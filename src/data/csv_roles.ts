import { Failure } from '../errors.ts';
import { quote, quoteList } from '../text/quote.ts';
import { idColumn, labelColumn, stepName, timeColumn } from './column_names.ts';
import type { CsvColumns } from './csv_columns.ts';
import type { CsvOptions } from './csv_options.ts';
import type { CsvRow } from './csv_rows.ts';
import { isMissing, parseNumber } from './decimal.ts';
import { MOST_NUMBERED_CLASSES } from './labels.ts';

/** The use of the columns, which are numbers from 0. */
export interface CsvRoles {
  /** `wide`: one row a series; `long`: one row a step. */
  layout: 'wide' | 'long';
  /** Absent if the series have no labels. */
  label?: number;
  id?: number;
  /** Long only. */
  time?: number;
  /** Long: the channels. Wide: every step of every channel. In the order of the file. */
  values: number[];
}

/** Rows of numbers that count, from which an id without a name is told. */
const FEWEST_COUNTED = 3;
/** An id, two steps and a label. */
const FEWEST_COLUMNS = 4;

/**
 * Finds the use of the columns from their names and the first rows below the header. Choices come first. Throws
 * invalid-option, naming the choice, if it cannot be told.
 */
export function findRoles(columns: CsvColumns, rows: CsvRow[], options: CsvOptions): CsvRoles {
  const chosen = (choice: CsvOptions['id']) => (choice === undefined ? undefined : columns.find(choice));
  const names = columns.names ?? [];
  const label = chosen(options.label) ?? labelNamed(names, options) ?? labelColumn(names);
  const free = (column: number | undefined) => (column === label ? undefined : column);
  const found = {
    id: chosen(options.id) ?? free(idColumn(names)),
    time: chosen(options.time) ?? free(timeColumn(names)),
  };
  const layout = options.layout ?? findLayout(columns, rows, options, found);
  if (layout === 'long') return longRoles(columns, rows, options, { ...found, label });
  const id = found.id ?? free(isCount(columns, rows, 0) || isNameOfRows(columns, rows, options) ? 0 : undefined);
  const steps = allBut(columns, id, label);
  const labelled = label ?? labelLike(options, steps) ?? wideLabel(columns, rows, options, steps);
  const values = steps.filter((column) => column !== labelled);
  if (values.length > 0) return { layout, label: labelled, id, values };
  throw new Failure(
    'invalid-option',
    `none of the ${columns.count} columns of ${columns.file} is left for a step: choose the columns of id and label`,
  );
}

/** The roles that the usual names give, whatever is missing. */
export function namedRoles({ names = [] }: CsvColumns, { layout }: CsvOptions): CsvRoles {
  const [id, time, label] = [idColumn(names), timeColumn(names), labelColumn(names)];
  return { layout: layout ?? (id === undefined && time === undefined ? 'wide' : 'long'), label, id, time, values: [] };
}

function allBut({ count }: CsvColumns, ...taken: (number | undefined)[]): number[] {
  return Array.from({ length: count }, (_, column) => column).filter((column) => !taken.includes(column));
}

function findLayout(
  columns: CsvColumns,
  rows: CsvRow[],
  options: CsvOptions,
  { id, time }: Pick<CsvRoles, 'id' | 'time'>,
): 'wide' | 'long' {
  const hasChannels = options.channels !== undefined;
  if (options.time !== undefined || hasChannels || (id !== undefined && time !== undefined)) return 'long';
  if (id !== undefined) {
    const ids = rows.map(({ cells }) => cells[id]);
    if (new Set(ids).size === ids.length) return 'wide';
    throw cannotTell(columns, `its column ${quote(columns.title(id))} has ids that repeat, and none is called time`);
  }
  if (time === undefined || (columns.names ?? []).filter((name) => stepName(name)).length > 2) return 'wide';
  throw cannotTell(columns, `its column ${quote(columns.title(time))} has times, and none is called id`);
}

function cannotTell(columns: CsvColumns, why: string): Failure {
  return new Failure(
    'invalid-option',
    `${columns.file} may have a row a step or a row a series: ${why}. Choose id, time and channels among its columns (${quoteList(columns.titles)}), or the layout wide`,
  );
}

function longRoles(
  columns: CsvColumns,
  rows: CsvRow[],
  options: CsvOptions,
  { id, time, label }: Partial<CsvRoles>,
): CsvRoles {
  if (id === undefined || time === undefined) {
    const missing = id === undefined ? 'id' : 'time';
    throw new Failure(
      'invalid-option',
      `${columns.file} has no column that is called ${missing}: choose one of ${quoteList(columns.titles)}`,
    );
  }
  const wanted = options.channels?.map((choice) => columns.find(choice));
  const rest = allBut(columns, id, time, label);
  const last = rest.at(-1);
  const isLabel = label === undefined && last !== undefined && rest.length > 1 && !wanted?.includes(last);
  const labelled = isLabel && isConstantWithin(rows, id, last) ? last : label;
  const values = rest.filter((column) => column !== labelled && (wanted?.includes(column) ?? true));
  if (new Set([id, time, labelled]).size === 3 && values.length > 0) {
    return { layout: 'long', id, time, label: labelled, values };
  }
  throw new Failure(
    'invalid-option',
    `none of the ${columns.count} columns of ${columns.file} is left for a channel: give id, time, one channel or more, and label`,
  );
}

function isConstantWithin(rows: CsvRow[], id: number, column: number): boolean {
  const values = new Map<string, string>();
  return rows.every(({ cells }) => {
    const known = values.get(cells[id]) ?? cells[column];
    values.set(cells[id], known);
    return known === cells[column];
  });
}

/** Whether a column has no other name than a number, and counts the rows. */
function isCount({ names, count }: CsvColumns, rows: CsvRow[], column: number): boolean {
  if (rows.length < FEWEST_COUNTED || count < FEWEST_COLUMNS || (names && stepName(names[column]) === undefined))
    return false;
  const numbers = rows.map(({ cells }) => Number(cells[column] || Number.NaN));
  return (numbers[0] === 0 || numbers[0] === 1) && numbers.every((number, i) => number === numbers[0] + i);
}

/** Whether the first column has a text of its own in every row, and more is left than the series of `like` have. */
function isNameOfRows({ count, mark }: CsvColumns, rows: CsvRow[], { like, optionalLabels }: CsvOptions): boolean {
  if (rows.length < FEWEST_COUNTED || count < FEWEST_COLUMNS) return false;
  if (like && !optionalLabels && count === like.timeSteps * like.inputDim + 1) return false;
  const texts = rows.map(({ cells }) => cells[0].trim());
  const isText = texts.every((text) => !isMissing(text) && Number.isNaN(parseNumber(text, mark)));
  return isText && new Set(texts).size === texts.length;
}

/** The column that is called as that of the labels of the training series. */
function labelNamed(names: string[], { like }: CsvOptions): number | undefined {
  const column = like ? names.indexOf(like.target.name) : -1;
  return column < 0 ? undefined : column;
}

/** The last column, if test series have one column more than the series that they must be like have values. */
function labelLike({ like }: CsvOptions, steps: number[]): number | undefined {
  return like && steps.length === like.timeSteps * like.inputDim + 1 ? steps.at(-1) : undefined;
}

/**
 * The label of a wide file without a usual name for it: the one column whose name is not a step's; else the last
 * column, or the first, if its values look like classes and not all others' do. Undefined if all columns are steps.
 */
function wideLabel(columns: CsvColumns, rows: CsvRow[], options: CsvOptions, steps: number[]): number | undefined {
  const { names, mark } = columns;
  const { like, task } = options;
  if (like && steps.length === like.timeSteps * like.inputDim && options.optionalLabels) return undefined;
  const isNamed = names?.some((name) => /[a-z]/i.test(name)) ?? false;
  const others = isNamed ? steps.filter((column) => stepName(columns.title(column)) === undefined) : [];
  if (others.length === 1 && steps.length > 2) return others[0];
  // Without need for a label, a column that is called like the steps is one of them.
  if (options.optionalLabels && isNamed && others.length === 0) return undefined;
  const last = steps.at(-1) as number;
  if (steps.length < FEWEST_COUNTED) return last;
  const valuesOf = (column: number) => rows.map(({ cells }) => cells[column]?.trim() ?? '');
  const isWhole = (column: number) => valuesOf(column).every((value) => Number.isInteger(parseNumber(value, mark)));
  const looksLike = (column: number) => {
    const values = valuesOf(column);
    const text = values.some((value) => value !== '' && Number.isNaN(parseNumber(value, mark)));
    return text || (isWhole(column) && new Set(values).size <= MOST_NUMBERED_CLASSES);
  };
  if (looksLike(last)) return last;
  if (looksLike(steps[0]) && !steps.slice(1).every(looksLike)) return steps[0];
  if (isNamed && others.length === 0) return undefined;
  const isApart = isWhole(last) && !steps.slice(0, -1).every(isWhole);
  if (task !== undefined && task !== 'auto') return last;
  if (isApart || others.includes(last)) return last;
  throw new Failure(
    'invalid-option',
    `which column of ${columns.file} has the labels cannot be told from their values: choose the label by its name or number, −1 for the last column`,
  );
}
