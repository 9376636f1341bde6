import { Command, Option } from 'commander';
import { Failure } from '../errors.ts';
import type { SavedModel } from '../formats/saved_model.ts';
import { type OpenModel, openModel } from '../library/model_files.ts';
import { SIZES, type Sizes } from '../settings/sizes.ts';
import { DEFAULTS, type Settings } from '../settings/table.ts';
import { requireOwnSettings } from '../train/prepare_series.ts';
import { CheckpointFiles, modelPath } from './checkpoint_files.ts';
import { addHostOptions } from './hosts.ts';
import { type ForceFlag, modelOutputs, type Output, outputsOf, requireFree } from './outputs.ts';
import { readInput } from './reading.ts';
import { writeResults } from './results.ts';
import { roomOf } from './room.ts';
import { endTargets, RUN_FILES, readEnd, readRun } from './run_folder.ts';
import { addSeriesOptions, SERIES_FILES } from './series_files.ts';
import { addSettings, givenSettings, numberParser, optionName, requireUseOfGiven } from './settings.ts';
import { requireFlags, withinFolder } from './stored_flags.ts';
import { type OwnFlags, ownSource, plantedSource, readPaths } from './train_source.ts';
import { type TrainFlags, trainFrom } from './training.ts';
import { addTuningOptions } from './tuning.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

type GivenFlags = Omit<TrainFlags, 'out'> &
  Omit<Settings, keyof Sizes> &
  Omit<OwnFlags, 'data'> & { data?: string; out?: string; from?: string };

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
    .addOption(
      new Option(
        '--from <model>',
        'begin with the parameters of a trained model, in any format that convert reads; its structure and standardisation stay',
      ).conflicts('resume'),
    )
    .option('--resume <dir>', 'resume the run in this folder, with its options; --epochs may be larger')
    .option(
      '--checkpoint-seconds <s>',
      'seconds between two checkpoints',
      numberParser('--checkpoint-seconds', CHECKPOINT_SECONDS),
      10,
    );
  addHostOptions(addTuningOptions(addResultOptions(command, 'the whole result')));
  return command.action(async ({ force, quiet, ...all }: GivenFlags & Sizes & ResultFlags) => {
    const voice = new Voice({ quiet }, [all.json]);
    const given = withoutSizes(command, all);
    const flags =
      given.resume === undefined ? given : await resumedFlags(command, { ...given, force }, given.resume, voice);
    if (!flags) return;
    const { data, out = defaultFolder() } = flags;
    requireUseOfGiven(command, data === undefined ? 'planted' : 'series');
    const opened = await openBase(flags);
    await requireFree(newOutputs(command, flags), {
      inputs: [...readPaths(flags), ...(opened?.paths ?? [])],
      folder: { path: out, files: RUN_FILES },
      force,
    });
    const base = await opened?.read();
    if (base) requireBase(command, flags, base);
    const open = () =>
      data === undefined
        ? plantedSource({ ...DEFAULTS, ...flags }, base)
        : ownSource({ ...flags, data }, voice, roomOf(flags, voice.note), base);
    await trainFrom({ ...flags, out }, open, voice);
  });
}

/** The trained model to begin with, if there is one. A resumed run has it in its folder. */
async function openBase({ from, resume }: GivenFlags): Promise<OpenModel | undefined> {
  if (from === undefined) return undefined;
  return resume === undefined
    ? openModel(from, readInput)
    : { paths: [], read: () => new CheckpointFiles(resume).readInitial() };
}

/** Throws invalid-option for an option that the trained model contradicts. */
function requireBase(command: Command, flags: GivenFlags, base: SavedModel): void {
  const { from = '', task } = flags;
  const given = Object.fromEntries(givenSettings(command).map((name) => [name, flags[name]]));
  requireOwnSettings(given, base, from, optionName);
  const own = base.series.target.kind === 'class' ? 'classification' : 'regression';
  if (task === 'auto' || task === own) return;
  throw new Failure('invalid-option', `--task is ${task}, but ${from} is for ${own}: leave it out`);
}

/** The flags without the sizes that were not given: those of own series follow from their number. */
function withoutSizes(command: Command, flags: GivenFlags & Sizes): GivenFlags {
  const left: string[] = SIZES.filter((name) => command.getOptionValueSource(name) === 'default');
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !left.includes(name))) as unknown as GivenFlags;
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
async function resumedFlags(
  command: Command,
  { force, ...given }: GivenFlags & ForceFlag,
  folder: string,
  voice: Voice,
): Promise<GivenFlags | undefined> {
  const { flags } = await readRun(folder);
  requireFlags(folder, flags, command);
  const isGivenNow = ([name]: [string, unknown]) => command.getOptionValueSource(name) === 'cli';
  const now: Partial<GivenFlags> = Object.fromEntries(Object.entries(given).filter(isGivenNow));
  if (await tellEnd(folder, { ...given, ...flags, ...now }.epochs, voice)) {
    const { json, model } = now;
    if (model !== undefined) voice.warn('--model was not written: convert copies the model');
    await requireFree(outputsOf({ '--json': json }), { folder: { path: folder, files: RUN_FILES }, force });
    await writeResults(await endTargets(folder, json));
    return undefined;
  }
  return { ...given, ...(await withinFolder(folder, flags, now, voice)), ...now, out: folder };
}

/** Tells how the folder's run has ended, if nothing is left to do for that many epochs. */
async function tellEnd(folder: string, epochs = 0, voice: Voice): Promise<boolean> {
  const end = await readEnd(folder);
  if (!end || end.stopped || end.planned < epochs || !new CheckpointFiles(folder).areFinal) return false;
  const early = end.trained < end.planned ? ', because its loss had stopped falling' : '';
  const ended = `The run in ${folder} has ended after epoch ${end.trained} of ${end.planned}${early}.`;
  voice.tell(`${ended} Its model is ${modelPath(folder)}. Nothing was changed.`);
  voice.tell(`SHA-256 ${end.parametersSha256}`);
  voice.say('A larger --epochs trains it further.');
  return true;
}

function defaultFolder(): string {
  return `runs/${new Date().toISOString().slice(0, 23).replace(/[:T.]/g, '-')}`;
}
