#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { asFailure } from '../errors.ts';
import { version } from '../hosts/package_path.ts';
import { benchCommand } from './bench.ts';
import { doctorCommand } from './doctor.ts';
import { setupCommand } from './setup.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';

const program = new Command('attention-lstm')
  .description('Trains an attention + LSTM model on time series with hand-written WebGPU kernels.')
  .version(version())
  .helpCommand(false);

for (const command of [trainCommand(), verifyCommand(), benchCommand(), doctorCommand(), setupCommand()])
  program.addCommand(command);
for (const command of [program, ...program.commands])
  command.exitOverride().showHelpAfterError('(--help shows every option)');

/** Exit codes: 0 done, 1 failed, 2 called wrongly, 128 + n stopped by signal n. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // It has printed its message.
  const { code, message } = asFailure(error);
  process.stderr.write(`Error: ${message}\n`);
  return code === 'invalid-option' ? 2 : 1;
}

program
  .parseAsync()
  .catch((error) => {
    process.exitCode = exitCodeOf(error);
  })
  // A browser or driver that hangs would keep the process alive; what was printed needs a moment to be written.
  .finally(() => setTimeout(() => process.exit(), 200).unref());
