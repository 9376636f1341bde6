import { Command } from 'commander';
import type { Sizes } from '../settings/sizes.ts';
import { DEFAULTS, type Settings } from '../settings/table.ts';
import { CheckpointFiles, modelPath } from './checkpoint_files.ts';
import { addHostOptions } from './hosts.ts';
import { addForceOption, type ForceFlag, modelOutputs, type Output, outputsOf, requireFree } from './outputs.ts';
import { RUN_FILES, readEnd, readRun } from './run_folder.ts';
import { addSeriesOptions, SERIES_FILES } from './series_files.ts';
import { addSettings, numberParser, requireUseOfGiven } from './settings.ts';
import { requireFlags, withinFolder } from './stored_flags.ts';
import { createTerminal, plainText } from './terminal.ts';
import { type OwnFlags, ownSource, plantedSource, readPaths } from './train_source.ts';
import { type TrainFlags, trainFrom } from './training.ts';
import { addTuningOptions } from './tuning.ts';

type GivenFlags = Omit<TrainFlags, 'out'> &
  Omit<Settings, keyof Sizes> &
  Omit<OwnFlags, 'data'> & { data?: string; out?: string };

const CHECKPOINT_SECONDS = { min: 0, max: 86_400, integer: false, reason: 'a crash loses at most this much work' };

export function trainCommand(): Command {
  const command = new Command('train').description(
    'train on planted series, or with --data on your own, and show where the attention looks',
  );
  addSettings(command);
  command.option('--data <file>', `train on ${SERIES_FILES}`);
  command.option('--test <file>', 'labelled series to test the trained model on');
  addSeriesOptions(command);
  command
    .option('--out <dir>', 'folder for model, history, attention and report (default: runs/<date and time>)')
    .option('--model <file>', 'write the model to this file too; its ending chooses the format, see convert')
    .option('--tensorboard [dir]', 'write a log for TensorBoard (default: tensorboard in the folder)')
    .option('--json <file>', 'write the whole result as JSON')
    .option('--resume <dir>', 'resume the run in this folder, with its options; --epochs may be larger')
    .option(
      '--checkpoint-seconds <s>',
      'seconds between two checkpoints',
      numberParser('--checkpoint-seconds', CHECKPOINT_SECONDS),
      10,
    );
  addHostOptions(addTuningOptions(addForceOption(command)));
  return command.action(async ({ force, ...all }: GivenFlags & Sizes & ForceFlag) => {
    const given = withoutSizes(command, all);
    const flags = given.resume === undefined ? given : await resumedFlags(command, given, given.resume);
    if (!flags) return;
    const { data, out = defaultFolder() } = flags;
    requireUseOfGiven(command, data === undefined ? 'planted' : 'series');
    await requireFree(newOutputs(command, flags), {
      inputs: readPaths(flags),
      folder: { path: out, files: RUN_FILES },
      force,
    });
    await trainFrom({ ...flags, out }, (say) =>
      data === undefined ? plantedSource({ ...DEFAULTS, ...flags }) : ownSource({ ...flags, data }, say),
    );
  });
}

/** The flags without the sizes that were not given: those of own series follow from their number. */
function withoutSizes(command: Command, { batchSize, epochs, ...flags }: GivenFlags & Sizes): GivenFlags {
  const isGiven = (name: keyof Sizes) => command.getOptionValueSource(name) !== 'default';
  return { ...flags, ...(isGiven('batchSize') && { batchSize }), ...(isGiven('epochs') && { epochs }) };
}

/** The files that the command line names. Those of a resumed run are its own. */
function newOutputs(command: Command, { model, json }: GivenFlags): Output[] {
  const isNew = (name: string) => command.getOptionValueSource(name) === 'cli';
  return [
    ...(model !== undefined && isNew('model') ? modelOutputs('--model', model) : []),
    ...outputsOf({ '--json': isNew('json') ? json : undefined }),
  ];
}

/** The options of the resumed run; options given now take precedence. Undefined if the run has ended, which it tells. */
async function resumedFlags(command: Command, given: GivenFlags, folder: string): Promise<GivenFlags | undefined> {
  const { flags } = await readRun(folder);
  requireFlags(folder, flags, command);
  const isGivenNow = ([name]: [string, unknown]) => command.getOptionValueSource(name) === 'cli';
  const now: Partial<GivenFlags> = Object.fromEntries(Object.entries(given).filter(isGivenNow));
  if (await tellEnd(folder, { ...given, ...flags, ...now }.epochs)) {
    if (now.model ?? now.json) {
      process.stderr.write(
        '--model and --json were not written: convert copies the model, and history.json has the result\n',
      );
    }
    return undefined;
  }
  return { ...given, ...(await withinFolder(folder, flags, now)), ...now, out: folder };
}

/** Tells how the folder's run has ended, if nothing is left to do for that many epochs. */
async function tellEnd(folder: string, epochs = 0): Promise<boolean> {
  const end = await readEnd(folder);
  if (!end || end.stopped || end.planned < epochs || !new CheckpointFiles(folder).areFinal) return false;
  const early = end.trained < end.planned ? ', because its loss had stopped falling' : '';
  const terminal = createTerminal(process.stdout, process.env);
  terminal.write(`The run in ${plainText(folder)} has ended after epoch ${end.trained} of ${end.planned}${early}. `);
  terminal.write(
    `Its model is ${plainText(modelPath(folder))}. Nothing was changed.\nSHA-256 ${end.parametersSha256}\n`,
  );
  terminal.write('A larger --epochs trains it further.\n');
  return true;
}

function defaultFolder(): string {
  return `runs/${new Date().toISOString().slice(0, 23).replace(/[:T.]/g, '-')}`;
}
