import { quote, quoteList } from '../text/quote.ts';
import { invalidFile } from './invalid_file.ts';
import { nameClasses, type Task } from './labels.ts';
import { LONGEST_NAME } from './series_set.ts';

/** The declarations of a .ts file before `@data`. */
export interface TsHeader {
  name?: string;
  task?: Exclude<Task, 'auto'>;
  classes?: string[];
  dimensions?: number;
  seriesLength?: number;
  /** Series may differ in length. */
  isUnequal?: boolean;
}

/**
 * Reads the header line by line. Throws invalid-file for a line that is not a declaration or declares something
 * unsupported.
 */
export class TsHeaderReader {
  readonly header: TsHeader = {};

  constructor(private readonly file: string) {}

  /** Returns true at `@data`: the series follow. */
  read(line: string, row: number): boolean {
    const where = [this.file, `row ${row}`];
    if (!line.startsWith('@')) {
      throw invalidFile(where, `${quote(line)} stands before @data: begin the header's lines with @, comments with #`);
    }
    const [field, ...values] = line.slice(1).split(/\s+/);
    const key = field.toLowerCase();
    if (key === 'data') return true;
    this.readField(key, values, where);
    return false;
  }

  private readField(key: string, values: string[], where: string[]): void {
    const { header } = this;
    const holds = values[0]?.toLowerCase() === 'true';
    if (key === 'problemname') header.name = values.join(' ').slice(0, LONGEST_NAME) || undefined;
    else if (key === 'timestamps' && holds) {
      throw invalidFile(where, 'its values have time stamps: write the values alone, with @timeStamps false');
    } else if (key === 'univariate' && holds) header.dimensions ??= 1;
    else if (key === 'dimensions' || key === 'dimension') header.dimensions = readCount(values, where);
    else if (key === 'equallength') header.isUnequal = !holds;
    else if (key === 'serieslength') header.seriesLength = readCount(values, where);
    else if (key === 'targetlabel' && holds) header.task = 'regression';
    else if (key === 'classlabel' && holds) {
      header.task = 'classification';
      if (values.length > 1) header.classes = readClasses(values.slice(1), where);
    }
  }
}

function readCount([value = '']: string[], where: string[]): number {
  const count = /^\d+$/.test(value) ? Number(value) : 0;
  if (count >= 1) return count;
  throw invalidFile(where, `${quote(value)} is not a number of steps or dimensions: give a whole number from 1`);
}

function readClasses(values: string[], where: string[]): string[] {
  const classes = nameClasses(values);
  if (new Set(classes).size === classes.length) return classes;
  throw invalidFile(where, `a class is declared twice (${quoteList(classes)}): declare each once`);
}
