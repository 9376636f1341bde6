import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../errors.ts';
import { writeModel } from '../formats/model_file.ts';
import type { SavedModel } from '../formats/saved_model.ts';
import { type CheckpointFiles, modelPath } from './checkpoint_files.ts';
import { writeWhole } from './files.ts';
import { writeModelPath } from './model_paths.ts';
import { type Target, type Unwritten, unwrittenFailure, writeAll } from './results.ts';

/** The places of a run's results. */
export interface RunPlaces {
  /** The run's folder, and the model files in it. */
  folder: string;
  files: CheckpointFiles;
  /** A file that gets the model too. */
  model?: string;
}

/** Where a model was written. */
export interface LeftModel {
  /** The run's folder, `--model`, or the user's temporary folder if neither takes it; absent if that fails too. */
  place?: string;
  /** The run's folder did not take it. */
  inFolder: Unwritten;
  elsewhere: Unwritten;
}

export async function leaveModel(saved: SavedModel, { folder, files, model }: RunPlaces): Promise<LeftModel> {
  const path = modelPath(folder);
  const inFolder = await writeAll([[path, () => files.writeFinal(saved)]]);
  if (model === undefined) {
    return { place: inFolder.length === 0 ? path : await leaveInTemporary(saved), inFolder, elsewhere: [] };
  }
  const elsewhere = await writeAll([[`--model ${model}`, () => writeModelPath(model, saved, '--model')]]);
  const places = [...(inFolder.length === 0 ? [path] : []), ...(elsewhere.length === 0 ? [model] : [])];
  return { place: places[0] ?? (await leaveInTemporary(saved)), inFolder, elsewhere };
}

async function leaveInTemporary(saved: SavedModel): Promise<string | undefined> {
  try {
    const path = modelPath(await mkdtemp(join(tmpdir(), 'attention-lstm-')));
    await writeWhole(path, writeModel(saved));
    return path;
  } catch {
    return undefined; // The failure's sentence says that the model is nowhere.
  }
}

/**
 * Writes a run's results: the model, then `results` into the folder, then `others`, each whatever becomes of the rest.
 * Checkpoints stay until the folder has everything. Returns the failure that names all that could not be written.
 */
export async function finishRun(
  saved: SavedModel,
  places: RunPlaces,
  { results, others }: { results: Target[]; others: Target[] },
): Promise<Failure | undefined> {
  const { folder, files } = places;
  const { place, inFolder, elsewhere } = await leaveModel(saved, places);
  inFolder.push(...(await writeAll(results)));
  elsewhere.push(...(await writeAll(others)));
  const isWhole = inFolder.length === 0;
  if (isWhole) await files.removeCheckpoints();
  const unwritten = [...inFolder, ...elsewhere];
  if (unwritten.length === 0) return undefined;
  const next = isWhole ? `: choose other places; ${folder} has everything else` : describeRest(place, places);
  return unwrittenFailure(unwritten, next);
}

/** The next step if the run's folder lacks something. */
function describeRest(place: string | undefined, { folder, files }: RunPlaces): string {
  const model = place === undefined ? '; the model is nowhere' : `; the model is in ${place}`;
  const resume = files.hasCheckpoint ? `; train --resume ${folder} then goes on from the last checkpoint` : '';
  return `${model}: free some space or choose another folder${resume}`;
}
