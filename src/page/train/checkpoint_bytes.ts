import { Failure } from '../../errors.ts';
import { readModel, writeModel } from '../../formats/model_file.ts';
import { type ModelContext, modelAt, unnamedSeries } from '../../formats/saved_model.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';

// A checkpoint as the bytes of a model file, the same as the command line writes. This module loads when there is a
// checkpoint.

/** `context` describes the series of the model, unless they are the experiment's. */
export function writeCheckpoint(
  checkpoint: Checkpoint,
  context: ModelContext = { series: unnamedSeries(checkpoint.config) },
): Uint8Array<ArrayBuffer> {
  return writeModel(modelAt(checkpoint, context));
}

/** Throws a Failure if the bytes are not a checkpoint that this version can resume from. */
export function readCheckpoint(bytes: Uint8Array): { checkpoint: Checkpoint; context: ModelContext } {
  const { checkpoint, series, standardisation } = readModel('the saved run', bytes);
  if (!checkpoint) throw new Failure('invalid-file', 'the saved run has no checkpoint: train afresh');
  return { checkpoint, context: { series, standardisation } };
}
