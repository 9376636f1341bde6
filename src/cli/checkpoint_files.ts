import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure, Failure } from '../errors.ts';
import { readModel, writeModel } from '../formats/model_file.ts';
import type { SavedModel } from '../formats/saved_model.ts';
import { readWholeFile } from '../library/node_files.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { reasonOf, writeWhole } from './files.ts';

const NEWEST = 'checkpoint.safetensors';
const BEFORE = 'checkpoint.before.safetensors';
const FINAL = 'model.safetensors';

/** The names of model files in a run's folder. */
export const MODEL_FILES = [NEWEST, BEFORE, FINAL];
/** The trained model that a run began with, if it did. */
export const INITIAL_FILE = 'initial.safetensors';

/** The model of a run that has ended, by the path of its folder. */
export function modelPath(folder: string): string {
  return join(folder, FINAL);
}

/** The model files in a run's folder: during training the two newest checkpoints, at the end only the model. */
export class CheckpointFiles {
  constructor(private readonly folder: string) {}

  async keep(model: SavedModel): Promise<void> {
    const bytes = writeModel(model);
    await rename(this.path(NEWEST), this.path(BEFORE)).catch(() => {}); // The first checkpoint has no predecessor.
    await writeWhole(this.path(NEWEST), bytes);
  }

  /** Keeps the trained model that the run begins with, so that it can be resumed without that model's file. */
  async keepInitial({ config, parameters, series, standardisation }: SavedModel): Promise<void> {
    const bytes = writeModel({ config, parameters, series, standardisation, history: [] });
    await writeWhole(this.path(INITIAL_FILE), bytes);
  }

  /** The trained model that the run began with. Throws invalid-file. */
  async readInitial(): Promise<SavedModel> {
    return readModel(INITIAL_FILE, await readWholeFile(this.path(INITIAL_FILE), 'the folder as train left it'));
  }

  /** Writes the final model. On a full disk the older of two checkpoints makes room for it. */
  async writeFinal(model: SavedModel): Promise<void> {
    const bytes = writeModel(model);
    const path = modelPath(this.folder);
    await writeWhole(path, bytes).catch(async (error) => {
      if (reasonOf(error) !== 'ENOSPC' || !existsSync(this.path(NEWEST))) throw error;
      await rm(this.path(BEFORE), { force: true });
      await writeWhole(path, bytes);
    });
  }

  /** Call this when everything that the run leaves is written. */
  async removeCheckpoints(): Promise<void> {
    for (const name of [NEWEST, BEFORE]) await rm(this.path(name), { force: true });
  }

  /** Whether there is a checkpoint to go on from. */
  get hasCheckpoint(): boolean {
    return [NEWEST, BEFORE].some((name) => existsSync(this.path(name)));
  }

  /** Whether the run has left its model, and no checkpoint from which it would go on. */
  get areFinal(): boolean {
    return existsSync(modelPath(this.folder)) && !this.hasCheckpoint;
  }

  /**
   * The newest checkpoint that can be read, and whether it is the final model's; undefined if there is none. `warn` gets
   * a line for each that cannot be read. Throws the failure of the last one tried.
   */
  async read(warn: (line: string) => void): Promise<{ checkpoint: Checkpoint; isFinal: boolean } | undefined> {
    const problems: Failure[] = [];
    for (const name of MODEL_FILES) {
      if (!existsSync(this.path(name))) continue;
      try {
        const { checkpoint } = readModel(name, await readWholeFile(this.path(name), 'the folder of a run'));
        if (!checkpoint) throw new Failure('invalid-file', `${name} has no checkpoint: train afresh`);
        for (const { message } of problems) warn(`Warning: ${message}; going on from ${name}`);
        return { checkpoint, isFinal: name === FINAL };
      } catch (error) {
        problems.push(asFailure(error));
      }
    }
    const last = problems.at(-1);
    if (last) throw last;
    return undefined;
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}
