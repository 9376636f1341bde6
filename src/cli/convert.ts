import { Command } from 'commander';
import { MODEL_FILES } from '../formats/model_formats.ts';
import type { WriteOptions } from '../formats/saved_model.ts';
import { outputKind } from '../model/outputs/index.ts';
import { modelInputs, readModelPath, writeModelPath } from './model_paths.ts';
import { addForceOption, type ForceFlag, modelOutputs, requireFree } from './outputs.ts';
import { createTerminal, plainText } from './terminal.ts';

export function convertCommand(): Command {
  const command = new Command('convert')
    .description('convert a trained model from one file format to another')
    .argument('<model>', MODEL_FILES)
    .argument('<file>', 'the file to write; its ending chooses the format')
    .option('--raw', 'leave the standardisation out of the graph: it takes and gives standardised numbers');
  return addForceOption(command).action(convert);
}

async function convert(from: string, to: string, { force, ...options }: ForceFlag & WriteOptions): Promise<void> {
  await requireFree(modelOutputs('the model', to), { inputs: await modelInputs(from), force });
  const terminal = createTerminal(process.stdout, process.env);
  const model = await readModelPath(from);
  const written = await writeModelPath(to, model, 'the model', options);
  const { timeSteps, inputDim, units, output } = model.config;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const { words } = outputKind(output);
  terminal.write(`${timeSteps} steps, ${channels}, ${units} units; predicts ${words.short}\n`);
  terminal.write(`Wrote ${written.map(plainText).join(' and ')}\n`);
}
