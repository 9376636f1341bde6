import type { Failure } from '../errors.ts';
import { CLASSES } from '../settings/bounds.ts';
import { quote, quoteList } from '../text/quote.ts';
import { fitsFloat, parseDecimal } from './decimal.ts';
import { allocateFloats, NumberList } from './float_list.ts';
import { invalidFile } from './invalid_file.ts';
import { LONGEST_NAME, type SeriesShape, type SeriesTarget } from './series_set.ts';

/**
 * What is learned from the labels. `auto` follows the file's declaration. Without one, labels are classes if one of
 * them is text, or if all are whole numbers with at most MOST_NUMBERED_CLASSES different ones; otherwise they are
 * numbers.
 */
export type Task = 'classification' | 'regression' | 'auto';

export const MOST_NUMBERED_CLASSES = 20;

/** A missing label. Words such as "none" or "missing" may be classes. */
const NO_LABEL = /^(\?|nan)?$/i;

export interface LabelOptions {
  /** The name of the label's column or array; absent if there is none. */
  name?: string;
  /** Series may have no labels: either all have one, or none has. */
  optional?: boolean;
  task?: Task;
  /** All classes in their order, if the file declares them. */
  classes?: string[];
  /** The training series, whose classes or numbers these labels must match. */
  like?: SeriesShape;
  /** The place of the labels, or of one row's label, for errors. */
  where: (row?: number) => string[];
}

/** Collects one label for each series and makes y of them. */
export class Labels {
  private task: Task;
  private readonly declared?: string[];
  /** Index of each class: as declared, or in order of first appearance. */
  private readonly classes = new Map<string, number>();
  private readonly indices = new NumberList(allocateFloats);
  private readonly numbers = new NumberList(allocateFloats);
  private given = 0;
  private missing: { text: string; row: number } | undefined;

  constructor(private readonly options: LabelOptions) {
    const { like, task = 'auto', classes } = options;
    const declared = like?.target.kind === 'class' ? like.target.classes : classes;
    this.task = like ? TASKS[like.target.kind] : task === 'auto' && declared ? 'classification' : task;
    if (!declared || this.task === 'regression') return;
    this.declared = nameClasses(declared);
    for (const name of declared) this.requireName(name);
    for (const [index, name] of this.declared.entries()) this.classes.set(name, index);
  }

  /** Adds the label of the next series. */
  add(text: string, row: number): void {
    const label = text.trim();
    if (NO_LABEL.test(label)) {
      this.missing ??= { text: label, row };
      if (!this.options.optional || this.given > 0) throw this.missingLabel(this.missing);
      return;
    }
    this.given++;
    if (this.missing) throw this.missingLabel(this.missing);
    const value = parseDecimal(label);
    this.decide(value);
    if (this.task !== 'regression') this.indices.push(this.indexOf(label, value, row));
    if (this.task === 'auto' && this.classes.size > MOST_NUMBERED_CLASSES) this.task = 'regression';
    if (this.task !== 'classification') this.numbers.push(this.requireNumber(value, label, row));
  }

  /**
   * The target and y; neither if no series has a label. Throws invalid-file if all series are of one class; test series
   * may be.
   */
  finish(): Partial<SeriesTarget> {
    const { name, like } = this.options;
    if (name === undefined || this.given === 0) return {};
    if (this.task === 'regression') return { target: { kind: 'number', name }, y: this.numbers.toArray() };
    const y = this.indices.toArray();
    const classes = this.declared ?? this.sortClasses(y);
    if (!like && y.every((index) => index === y[0])) {
      throw this.invalidLabel(
        `every series is of the class ${quote(classes[y[0]])}: give series of two classes or more`,
      );
    }
    return { target: { kind: 'class', name, classes }, y };
  }

  /** A text label means classes, a fraction means numbers. */
  private decide(value: number): void {
    if (this.task === 'auto' && !Number.isInteger(value)) {
      this.task = Number.isNaN(value) ? 'classification' : 'regression';
    }
  }

  private indexOf(label: string, value: number, row: number): number {
    const known = this.classes.get(label);
    if (known !== undefined) return known;
    if (this.declared) return this.declaredIndex(this.declared, label, value, row);
    if (this.classes.size === CLASSES.max) {
      throw this.invalidLabel(
        `${quote(label)} is one class more than ${CLASSES.max}, the most: take another column for the label`,
        row,
      );
    }
    this.requireName(label, row);
    // A clone: a slice would keep the file's whole text in memory.
    this.classes.set(structuredClone(label), this.classes.size);
    return this.classes.size - 1;
  }

  private requireName(name: string, row?: number): void {
    if (name.length <= LONGEST_NAME) return;
    throw this.invalidLabel(
      `${quote(name)} has ${name.length} letters, ${LONGEST_NAME} is the most for a class: take another column for the label`,
      row,
    );
  }

  private declaredIndex(declared: string[], label: string, value: number, row: number): number {
    // A number may be written differently from the name of its class.
    const index = Number.isFinite(value) ? this.classes.get(String(value)) : undefined;
    if (index !== undefined) return index;
    throw this.invalidLabel(
      `${quote(label)} is not one of the classes (${quoteList(declared)}): correct it, or declare it`,
      row,
    );
  }

  private requireNumber(value: number, label: string, row: number): number {
    if (fitsFloat(value)) return value;
    throw this.invalidLabel(
      `${quote(label)} is not a number: correct it, or choose classification if labels are classes`,
      row,
    );
  }

  /** Sorts the classes and renumbers y to match. */
  private sortClasses(y: Float32Array): string[] {
    const names = nameClasses([...this.classes.keys()]);
    const sorted = [...new Set(names)].sort(areNumbers(names) ? (a, b) => Number(a) - Number(b) : compareCodePoints);
    const places = names.map((name) => sorted.indexOf(name));
    y.set(y.map((index) => places[index]));
    return sorted;
  }

  private missingLabel({ text, row }: { text: string; row: number }): Failure {
    return this.invalidLabel(`the label is missing (${quote(text)}): fill it in`, row);
  }

  private invalidLabel(what: string, row?: number): Failure {
    return invalidFile(this.options.where(row), what);
  }
}

const TASKS = { class: 'classification', number: 'regression' } as const;

function areNumbers(labels: string[]): boolean {
  return labels.every((label) => Number.isFinite(parseDecimal(label)));
}

/** The names of classes. A number is always written the same way, so that 1, 1.0 and 01 are one class. */
export function nameClasses(labels: string[]): string[] {
  return areNumbers(labels) ? labels.map((label) => String(Number(label))) : labels;
}

/** Sorts by Unicode code points, which depends on no locale. JavaScript's own order is that of UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const i = left.findIndex((letter, index) => letter !== right[index]);
  if (i < 0) return left.length - right.length;
  return (left[i].codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? -1);
}
