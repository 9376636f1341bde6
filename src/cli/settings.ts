import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import { BOUNDS, type Bound, describeMisfit, EXPERIMENT } from '../model/config.ts';
import { shown } from '../rules.ts';

export type Setting = keyof typeof BOUNDS;

/** The experiment's settings, and what each means, in the order in which --help lists them. */
const DESCRIPTIONS: Record<Setting, string> = {
  epochs: 'passes over the training part',
  batchSize: 'samples of one update',
  units: 'LSTM units U',
  timeSteps: 'steps T of a series',
  inputDim: 'channels D of a series',
  samples: 'series to make, validation included',
  attentionColumn: 'time step in which the label is planted',
  learningRate: "Adam's learning rate",
  validationSplit: 'share of the samples, from the end, that validates',
  seed: 'of data, initial values and order',
};

export const SETTINGS = Object.keys(DESCRIPTIONS) as Setting[];

/** Adds options for the settings, all of them unless told, and --single-attention-vector. */
export function addSettings(command: Command, settings = SETTINGS): Command {
  for (const name of settings) {
    const flag = optionName(name);
    command.option(`${flag} <n>`, DESCRIPTIONS[name], numberParser(flag, BOUNDS[name]), EXPERIMENT[name]);
  }
  return command.option('--single-attention-vector', 'one attention for all channels, their mean', false);
}

/** Reads an option's number. It throws invalid-option where that is out of bounds, or none. */
export function numberParser(flag: string, bound: Bound): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const misfit = describeMisfit(flag, value, bound, shown(text) || 'empty');
    if (misfit) throw new Failure('invalid-option', misfit);
    return value;
  };
}

/** A setting as the command line writes it: --batch-size. */
export function optionName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
