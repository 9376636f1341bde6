import { Command } from 'commander';
import { MODEL_FILES } from '../formats/model_formats.ts';
import type { WriteOptions } from '../formats/saved_model.ts';
import { openModel } from '../library/model_files.ts';
import { outputKind } from '../model/outputs/index.ts';
import { describeUnits } from '../settings/layers.ts';
import { writeModelPath } from './model_paths.ts';
import { modelOutputs, outputsOf, requireFree } from './outputs.ts';
import { readInput } from './reading.ts';
import { jsonText, textTargets, writeResults } from './results.ts';
import { plainText } from './terminal.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

export function convertCommand(): Command {
  const command = new Command('convert')
    .description('convert a trained model from one file format to another')
    .argument('<model>', MODEL_FILES)
    .argument('<file>', 'the file to write; its ending chooses the format')
    .option('--raw', 'leave the standardisation out of the graph: it takes and gives standardised numbers');
  return addResultOptions(command, 'what the file holds').action(convert);
}

async function convert(from: string, to: string, flags: ResultFlags & WriteOptions): Promise<void> {
  const { force, json, raw } = flags;
  const opened = await openModel(from, readInput);
  const outputs = [...modelOutputs('the model', to), ...outputsOf({ '--json': json })];
  await requireFree(outputs, { inputs: opened.paths, force });
  const voice = new Voice(flags, [json]);
  const model = await opened.read();
  const files = await writeModelPath(to, model, 'the model', { raw });
  const { timeSteps, inputDim, output } = model.config;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const { words } = outputKind(output);
  voice.say(`${timeSteps} steps, ${channels}, ${describeUnits(model.config)}; predicts ${words.short}`);
  voice.tell(`Wrote ${files.map(plainText).join(' and ')}`);
  const { config, series, standardisation } = model;
  const record = () => jsonText({ files, config, series, standardisation: raw ? undefined : standardisation });
  await writeResults(textTargets([['--json', json, record]]));
}
