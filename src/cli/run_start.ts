import { Failure } from '../errors.ts';
import { type ModelContext, modelAt, type SavedModel } from '../formats/saved_model.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { recordOf, type TrainResult } from '../train/train_result.ts';
import { CheckpointFiles } from './checkpoint_files.ts';
import { requireModelName, writeModelPath } from './model_paths.ts';
import { RunFolder } from './run_folder.ts';

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

export interface StartedRun {
  folder: RunFolder;
  /** The checkpoint from which it goes on; absent for a new run. */
  resume?: Checkpoint;
  keep(checkpoint: Checkpoint): Promise<void>;
  /** Writes the results of the run; the model has the result's parameters. */
  finish(result: TrainResult, report: string): Promise<void>;
  /** Leaves a checkpoint of a run that failed as its model. */
  leave(checkpoint: Checkpoint): Promise<void>;
}

/**
 * Makes the folder of a run, or opens that of a resumed one. `dataSha256` is the hash of own series: a resumed run
 * needs the same ones. Throws invalid-option, invalid-file or not-saved.
 */
export async function openRun(
  flags: RunFlags,
  context: ModelContext,
  log: (line: string) => void,
  dataSha256?: string,
): Promise<StartedRun> {
  const { out, resume, model } = flags;
  if (model) requireModelName(model);
  const isNew = resume === undefined;
  const folder = isNew ? await RunFolder.create(out) : await RunFolder.open(out);
  const files = new CheckpointFiles(folder.path);
  if (isNew) await folder.writeRun({ flags: { ...flags }, dataSha256 });
  else await requireSameSeries(folder, dataSha256);
  const leave = async (saved: SavedModel) => {
    await files.finish(saved);
    if (model) await writeModelPath(model, saved, '--model');
  };
  return {
    folder,
    resume: isNew ? undefined : await files.read(log),
    keep: (checkpoint) => files.keep(modelAt(checkpoint, context)),
    leave: (checkpoint) => leave(modelAt(checkpoint, context)),
    async finish(result, report) {
      await folder.writeResult(recordOf(result));
      await folder.writeReport(report);
      await leave(modelAt(result.checkpoint, context, result.parameters));
    },
  };
}

async function requireSameSeries(folder: RunFolder, dataSha256: string | undefined): Promise<void> {
  if ((await folder.readRun()).dataSha256 === dataSha256) return;
  throw new Failure(
    'invalid-file',
    `the series are not those that the run in ${folder.path} began with: give the file as it was, or train afresh`,
  );
}
