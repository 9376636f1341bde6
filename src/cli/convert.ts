import { Command } from 'commander';
import { MODEL_FILES } from '../formats/model_formats.ts';
import type { WriteOptions } from '../formats/saved_model.ts';
import { outputKind } from '../model/outputs/index.ts';
import { readModelPath, writeModelPath } from './model_paths.ts';
import { createTerminal, plainText } from './terminal.ts';

export function convertCommand(): Command {
  return new Command('convert')
    .description('convert a trained model from one file format to another')
    .argument('<model>', MODEL_FILES)
    .argument('<file>', 'the file to write; its ending chooses the format')
    .option('--raw', 'leave the standardisation out of the graph: it takes and gives standardised numbers')
    .action(convert);
}

async function convert(from: string, to: string, options: WriteOptions): Promise<void> {
  const terminal = createTerminal(process.stdout, process.env);
  const model = await readModelPath(from);
  const written = await writeModelPath(to, model, 'the model', options);
  const { timeSteps, inputDim, units, output } = model.config;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const { words } = outputKind(output);
  terminal.write(`${timeSteps} steps, ${channels}, ${units} units; predicts ${words.short}\n`);
  terminal.write(`Wrote ${written.map(plainText).join(' and ')}\n`);
}
