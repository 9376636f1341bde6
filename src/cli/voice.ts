import type { Command } from 'commander';
import { STANDARD_OUTPUT } from './files.ts';
import { addForceOption, type ForceFlag } from './outputs.ts';
import { StatusLine } from './status_line.ts';
import { createTerminal, safeLines, type Terminal } from './terminal.ts';

// The one way in which commands with a result print.

export interface ResultFlags extends ForceFlag {
  json?: string;
  quiet?: boolean;
}

/** Adds --json, --quiet and --force to a command; `result` names its result. */
export function addResultOptions(command: Command, result: string): Command {
  command.option('--json <file>', `write ${result} as JSON; - is standard output, and all else goes to standard error`);
  return addForceOption(addQuietOption(command));
}

export function addQuietOption(command: Command): Command {
  return command.option('--quiet', 'print only the essential lines of the result, and errors');
}

/** Where a command prints: on standard output, or on standard error if standard output gets a file's content. */
export class Voice {
  /** For the result's essential lines. */
  readonly result: Terminal;
  /** For everything else about the work: what is read, how it goes, details. Silent if the command is to be quiet. */
  readonly course: Terminal;
  readonly status: StatusLine;
  readonly isQuiet: boolean;

  /** `outputs` are the paths that the command writes to. */
  constructor({ quiet = false }: Pick<ResultFlags, 'quiet'>, outputs: (string | undefined)[] = []) {
    this.isQuiet = quiet;
    this.result = createTerminal(outputs.includes(STANDARD_OUTPUT) ? process.stderr : process.stdout, process.env);
    this.course = quiet ? silent(this.result) : this.result;
    this.status = new StatusLine(this.course, quiet);
  }

  /** Prints lines about the work. */
  readonly say = (lines: string): void => {
    this.status.clear();
    this.course.write(`${safeLines(lines)}\n`);
  };

  /** Prints lines of the result. */
  readonly tell = (lines: string): void => {
    this.status.clear();
    this.result.write(`${safeLines(lines)}\n`);
  };

  /** Prints a note on standard error. */
  readonly note = (line: string): void => this.status.log(line);

  /** Prints a line about trouble on standard error, also if the command is to be quiet. */
  readonly warn = (line: string): void => {
    this.status.clear();
    process.stderr.write(`${safeLines(line)}\n`);
  };
}

function silent({ columns, color }: Terminal): Terminal {
  return { isTTY: false, columns, color, write() {} };
}
