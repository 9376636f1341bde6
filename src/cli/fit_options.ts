import { type Command, Option } from 'commander';
import { OPTION_BOUNDS } from '../model/config.ts';
import type { FitSettings } from '../train/fit_settings.ts';
import { parseSchedule } from '../train/schedule.ts';
import { numberParser } from './settings.ts';

/** Adds the options that `FitSettings` holds. */
export function addFitOptions(command: Command): Command {
  return command
    .option(
      '--patience <epochs>',
      'stop after so many epochs without a smaller loss, and keep the best parameters',
      numberParser('--patience', OPTION_BOUNDS.patience),
    )
    .addOption(
      new Option('--schedule <kind>', 'learning rate: cosine, step:EPOCHS:FACTOR or plateau:EPOCHS:FACTOR').argParser(
        (text) => parseSchedule('--schedule', text),
      ),
    )
    .option('--l2 <lambda>', 'penalty on all kernels', numberParser('--l2', OPTION_BOUNDS.l2))
    .option(
      '--clip-norm <norm>',
      'scale gradients down to this norm',
      numberParser('--clip-norm', OPTION_BOUNDS.largestGradientNorm),
    )
    .addOption(new Option('--class-weights <weights>', 'balanced, or one a class: 1,2.5').argParser(parseWeights))
    .option('--no-shuffle', 'take the training part in its order every epoch');
}

function parseWeights(text: string): FitSettings['classWeights'] {
  if (text === 'balanced') return text;
  const weight = numberParser('--class-weights', OPTION_BOUNDS.classWeight);
  return text.split(',').map(weight);
}
