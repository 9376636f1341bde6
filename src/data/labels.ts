import type { Failure } from '../errors.ts';
import { CLASSES } from '../settings/bounds.ts';
import { quote, quoteList } from '../text/quote.ts';
import { fitsFloat, parseDecimal } from './decimal.ts';
import { FloatList } from './float_list.ts';
import { invalidFile } from './invalid_file.ts';
import { LONGEST_NAME, type SeriesShape, type Target } from './series_set.ts';

/**
 * What is learnt from the labels. `auto`: what the file declares; else classes when a label is text or all are whole numbers, of
 * which there are at most MOST_NUMBERED_CLASSES; else numbers.
 */
export type Task = 'classification' | 'regression' | 'auto';

export const MOST_NUMBERED_CLASSES = 20;

/** A label that is not there. Words such as none or missing may be classes. */
const NO_LABEL = /^(\?|nan)?$/i;

export interface LabelOptions {
  /** What the labels are called: a column, an array. */
  name: string;
  task?: Task;
  /** All classes in their order, where the file declares them. */
  classes?: string[];
  /** Training series whose classes, or numbers, these labels are too. */
  like?: SeriesShape;
  /** Where the labels are, or the label of one row, for errors. */
  where: (row?: number) => string[];
}

/** Collects a label for each series and makes y of them. */
export class Labels {
  private task: Task;
  private readonly declared?: string[];
  /** Index by class: as declared, or in order of their first appearance. */
  private readonly classes = new Map<string, number>();
  private readonly indices = new FloatList();
  private readonly numbers = new FloatList();

  constructor(private readonly options: LabelOptions) {
    const { like, task = 'auto', classes } = options;
    const declared = like?.target.kind === 'class' ? like.target.classes : classes;
    this.task = like ? TASKS[like.target.kind] : task === 'auto' && declared ? 'classification' : task;
    if (!declared || this.task === 'regression') return;
    this.declared = nameClasses(declared);
    for (const name of declared) this.requireName(name);
    for (const [index, name] of this.declared.entries()) this.classes.set(name, index);
  }

  /** The label of the next series. */
  add(text: string, row: number): void {
    const label = text.trim();
    if (NO_LABEL.test(label)) throw this.invalidLabel(`the label is missing (${quote(label)}): fill it in`, row);
    const value = parseDecimal(label);
    this.decide(value);
    if (this.task !== 'regression') this.indices.push(this.indexOf(label, value, row));
    if (this.task === 'auto' && this.classes.size > MOST_NUMBERED_CLASSES) this.task = 'regression';
    if (this.task !== 'classification') this.numbers.push(this.requireNumber(value, label, row));
  }

  /** What to learn, and y. Throws invalid-file when all series are of one class, which only test series may be. */
  finish(): { target: Target; y: Float32Array } {
    const { name, like } = this.options;
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

  /** A text among labels means classes, a fraction means numbers. */
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
    // A clone, because a slice of the file's text would keep all of that in memory.
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
    // A number may be written in another way than its class.
    const index = Number.isFinite(value) ? this.classes.get(String(value)) : undefined;
    if (index !== undefined) return index;
    throw this.invalidLabel(
      `${quote(label)} is none of the classes (${quoteList(declared)}): correct it, or declare it`,
      row,
    );
  }

  private requireNumber(value: number, label: string, row: number): number {
    if (fitsFloat(value)) return value;
    throw this.invalidLabel(
      `${quote(label)} is no number: correct it, or choose classification if labels are classes`,
      row,
    );
  }

  /** The classes in their order, to which y is made to refer. */
  private sortClasses(y: Float32Array): string[] {
    const names = nameClasses([...this.classes.keys()]);
    const sorted = [...new Set(names)].sort(areNumbers(names) ? (a, b) => Number(a) - Number(b) : compareCodePoints);
    const places = names.map((name) => sorted.indexOf(name));
    for (let n = 0; n < y.length; n++) y[n] = places[y[n]];
    return sorted;
  }

  private invalidLabel(what: string, row?: number): Failure {
    return invalidFile(this.options.where(row), what);
  }
}

const TASKS = { class: 'classification', number: 'regression' } as const;

function areNumbers(labels: string[]): boolean {
  return labels.every((label) => Number.isFinite(parseDecimal(label)));
}

/** The classes' names: numbers are written in one way, so that 1, 1.0 and 01 are one class. */
export function nameClasses(labels: string[]): string[] {
  return areNumbers(labels) ? labels.map((label) => String(Number(label))) : labels;
}

/** The order of Unicode's code points, which no locale changes; JavaScript's own would be that of UTF-16. */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const i = left.findIndex((letter, index) => letter !== right[index]);
  if (i < 0) return left.length - right.length;
  return (left[i].codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? -1);
}
