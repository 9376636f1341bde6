import { plainText, safeLines, type Terminal } from './terminal.ts';

/** A line of progress that is redrawn in place. Silent on a terminal that cannot do that. */
export class StatusLine {
  private isShown = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly isQuiet = false,
  ) {}

  show(what: string): void {
    if (!this.terminal.isTTY) return;
    this.clear();
    this.terminal.write(plainText(what).slice(0, this.terminal.columns - 1));
    this.isShown = true;
  }

  /** Erases the line, if there is one. Call this before anything else is printed. */
  clear(): void {
    if (this.isShown) this.terminal.write('\r\x1b[K');
    this.isShown = false;
  }

  /** Prints a line of its own on standard error, unless the command is to be quiet. */
  log(line: string): void {
    this.clear();
    if (!this.isQuiet) process.stderr.write(`${safeLines(line)}\n`);
  }
}
