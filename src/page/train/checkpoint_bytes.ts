import { Failure } from '../../errors.ts';
import { readModel, writeModel } from '../../formats/model_file.ts';
import { type ModelContext, modelAt, unnamedSeries } from '../../formats/saved_model.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';

// A checkpoint as the model file that the command line writes too. Loaded when there is one.

/** `context` says what series the model is for, where they are not the experiment's. */
export function writeCheckpoint(
  checkpoint: Checkpoint,
  context: ModelContext = { series: unnamedSeries(checkpoint.config) },
): Uint8Array<ArrayBuffer> {
  return writeModel(modelAt(checkpoint, context));
}

/** Throws a Failure where the bytes are no checkpoint that this version can go on from. */
export function readCheckpoint(bytes: Uint8Array): { checkpoint: Checkpoint; context: ModelContext } {
  const { checkpoint, series, standardisation } = readModel('the kept run', bytes);
  if (!checkpoint) throw new Failure('invalid-file', 'the kept run has no checkpoint: train afresh');
  return { checkpoint, context: { series, standardisation } };
}
