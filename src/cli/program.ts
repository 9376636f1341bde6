import { Command } from 'commander';
import { version } from '../hosts/package_path.ts';
import { benchCommand } from './bench.ts';
import { convertCommand } from './convert.ts';
import { doctorCommand } from './doctor.ts';
import { attentionCommand, predictCommand } from './predict.ts';
import { profileCommand } from './profile.ts';
import { setupCommand } from './setup.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';

/** The command line. Parsing throws a CommanderError, whose message is printed already, or a Failure. */
export function createProgram(): Command {
  const program = new Command('attention-lstm')
    .description('Trains an attention + LSTM model on time series with hand-written WebGPU kernels.')
    .version(version())
    .helpCommand(false);
  const work = [
    trainCommand(),
    predictCommand(),
    attentionCommand(),
    convertCommand(),
    verifyCommand(),
    benchCommand(),
    profileCommand(),
  ];
  for (const command of [...work, doctorCommand(), setupCommand()]) program.addCommand(command);
  for (const command of [program, ...program.commands])
    command.exitOverride().showHelpAfterError('(--help shows every option)');
  return program;
}
