#!/usr/bin/env node
import { CommanderError } from 'commander';
import { asFailure } from '../errors.ts';
import { FAILURES } from '../failures.ts';
import { createProgram } from './program.ts';
import { safeLines } from './terminal.ts';

/** Exit codes: 0 done, 1 failed, 2 called wrongly, 128 + n stopped by signal n. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // The parser has printed its message.
  const { code, message } = asFailure(error);
  process.stderr.write(`Error: ${safeLines(message)}\n`);
  return FAILURES[code].exitCode;
}

// A closed pipe, a full disk or a closed terminal ends no work: what it would print is lost, its files are not.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

createProgram()
  .parseAsync()
  .catch((error) => {
    process.exitCode = exitCodeOf(error);
  })
  // A browser or driver that hangs would keep the process alive. The wait lets the last output be written.
  .finally(() => setTimeout(() => process.exit(), 200).unref());
