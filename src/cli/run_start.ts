import { Failure } from '../errors.ts';
import { modelAt } from '../formats/saved_model.ts';
import type { TrainingConfig } from '../model/config.ts';
import { type Checkpoint, requireSameRun } from '../train/checkpoint.ts';
import { recordOf, type TrainResult } from '../train/train_result.ts';
import { CheckpointFiles } from './checkpoint_files.ts';
import { requireModelName } from './model_paths.ts';
import { type Target, unwrittenFailure } from './results.ts';
import { finishRun, leaveModel } from './run_end.ts';
import { exists, RunFolder, readEnd, readRun, type StoredRun } from './run_folder.ts';
import { storedFlags } from './stored_flags.ts';
import type { TrainSource } from './train_source.ts';

/** The folder of a run, and what else it writes. */
export interface RunFlags {
  out: string;
  /** A file that gets the model too, in the format of its ending. */
  model?: string;
  /** The folder of a resumed run; `out` is then the same. */
  resume?: string;
  checkpointSeconds: number;
  /** A folder for a log, or true for one in the run's own. */
  tensorboard?: string | true;
}

/** The training that a run is about. */
export type RunSource = Pick<TrainSource, 'config' | 'context' | 'dataSha256' | 'base'>;

export interface StartedRun {
  folder: RunFolder;
  /** Whether an earlier process has begun it. */
  isBegun: boolean;
  /** The checkpoint from which it goes on; absent if there is none. */
  resume?: Checkpoint;
  keep(checkpoint: Checkpoint): Promise<void>;
  /**
   * Writes the results of the run, the model first, and then the other targets. Returns the failure that names all that
   * could not be written.
   */
  finish(result: TrainResult, report: () => string, others: Target[]): Promise<Failure | undefined>;
  /** Leaves a checkpoint of a run that failed as its model; returns its place. `say` tells what cannot be written. */
  leave(checkpoint: Checkpoint): Promise<string | undefined>;
}

/**
 * Makes the folder of a run, or opens that of a resumed one, which needs the series it began with. Throws
 * invalid-option, invalid-file or not-saved.
 */
export async function openRun(flags: RunFlags, source: RunSource, log: (line: string) => void): Promise<StartedRun> {
  if (flags.model) requireModelName(flags.model);
  const { out, resume } = flags;
  const folder = resume === undefined ? await RunFolder.create(out, storedFlags(flags)) : await RunFolder.open(out);
  try {
    return await startIn(folder, flags, source, log);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function startIn(
  folder: RunFolder,
  flags: RunFlags,
  { config, context, dataSha256, base }: RunSource,
  log: (line: string) => void,
): Promise<StartedRun> {
  const isNew = flags.resume === undefined;
  const files = new CheckpointFiles(folder.path);
  const isBegun = await exists(folder.runFile);
  let stored: StoredRun = { flags: storedFlags(flags), dataSha256 };
  if (isNew) {
    await folder.writeRun(stored);
    if (base) await files.keepInitial(base);
  } else stored = await readSameRun(folder, dataSha256);
  /** A run that trains longer than planned goes on so if it is resumed again. */
  const keepPlan = async () => {
    const { epochs } = config;
    if (isNew || stored.flags.epochs === epochs) return;
    stored = { ...stored, flags: { ...stored.flags, epochs } };
    await folder.writeRun(stored);
  };
  const places = { folder: folder.path, files, model: flags.model };
  return {
    folder,
    isBegun,
    resume: isNew ? undefined : await resumedFrom(folder, files, config, log),
    async keep(checkpoint) {
      await keepPlan();
      await files.keep(modelAt(checkpoint, context));
    },
    async leave(checkpoint) {
      const { place, inFolder, elsewhere } = await leaveModel(modelAt(checkpoint, context), places);
      const unwritten = [...inFolder, ...elsewhere];
      if (unwritten.length > 0) log(`Not saved: ${unwrittenFailure(unwritten, ': choose other places').message}`);
      if (inFolder.length === 0) await files.removeCheckpoints();
      return place;
    },
    finish(result, report, others) {
      const saved = modelAt(result.checkpoint, context, result);
      const written = folder.results(recordOf(result), report, context.series.channelNames);
      const results: Target[] = [[folder.runFile, keepPlan], ...written];
      return finishRun(saved, places, { results, others });
    },
  };
}

/**
 * The newest checkpoint; undefined if the run begins again. Throws invalid-option if the run cannot go on from it, before
 * an adapter is asked for.
 */
async function resumedFrom(
  { path }: RunFolder,
  files: CheckpointFiles,
  config: TrainingConfig,
  log: (line: string) => void,
): Promise<Checkpoint | undefined> {
  const found = await files.read(log);
  if (!found) return undefined;
  // The run was killed between its model and its results, and was too short for a checkpoint.
  const lacksResults = found.isFinal && found.checkpoint.epoch >= config.epochs && !(await readEnd(path));
  if (lacksResults) return undefined;
  requireSameRun(found.checkpoint, config);
  return found.checkpoint;
}

async function readSameRun({ path }: RunFolder, dataSha256: string | undefined): Promise<StoredRun> {
  const stored = await readRun(path);
  if (stored.dataSha256 === dataSha256) return stored;
  throw new Failure(
    'invalid-file',
    `the series are not those that the run in ${path} began with: give the file as it was, or train afresh`,
  );
}
