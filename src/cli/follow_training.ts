import { asFailure, Failure, type FailureCode } from '../errors.ts';
import type { TrainJob } from '../jobs/protocol.ts';
import { describeInterruption, describeRecovery, recovering } from '../jobs/recovery.ts';
import type { LayerSummary } from '../model/summary.ts';
import { type Checkpoint, describePlace } from '../train/checkpoint.ts';
import type { EpochRecord } from '../train/history.ts';
import type { TrainResult } from '../train/train_result.ts';
import { modelPath } from './checkpoint_files.ts';
import { HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import type { TrainProgress } from './progress.ts';
import type { StartedRun } from './run_start.ts';
import type { TensorBoardFolder } from './tensorboard_folder.ts';
import type { TileCache } from './tuning.ts';

/** What a run's events go to. */
export interface Followers extends HostFlags {
  progress: TrainProgress;
  run: StartedRun;
  tiles: TileCache;
  tensorBoard?: TensorBoardFolder;
  log: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Runs a job that trains to its end, also if the GPU or its process is lost on the way. Saves history and checkpoints
 * as they come. Throws the job's failure. If the loss became infinite or NaN, the folder's model has the last good
 * parameters.
 */
export async function followTraining(
  job: TrainJob,
  { runtime, adapter, progress, run, tiles, tensorBoard, log, signal }: Followers,
): Promise<{ result: TrainResult; layers: LayerSummary[] }> {
  const history: EpochRecord[] = [...(job.resume?.history ?? [])];
  const records = new Saving(log);
  const models = new Saving(log);
  let kept = job.resume;
  let layers: LayerSummary[] = [];
  const attempt = (resume?: Checkpoint) => HOSTS[runtime]({ ...job, resume }, { adapter, signal, log });
  try {
    for await (const event of recovering(attempt, { resume: job.resume, signal })) {
      progress.handle(event);
      if (event.type === 'interrupted' && event.seconds > 0) log(describeInterruption(event));
      if (event.type === 'recovered') log(describeRecovery(event));
      await tiles.keep(event, log);
      await tensorBoard?.handle(event, log);
      if (event.type === 'model') layers = event.layers;
      if (event.type === 'epoch') {
        const { type: _, epochs: __, steps: ___, ...record } = event;
        history.push(record);
        await records.done(run.folder.writeHistory(history));
      }
      if (event.type === 'checkpoint') {
        if (await models.done(run.keep(event.checkpoint))) kept = event.checkpoint;
      }
      if (event.type === 'failed') {
        if (event.code === 'not-finite' && kept) await models.done(run.leave(kept));
        const { code, message } = jobFailure(event, adapter);
        throw new Failure(code, `${message}${describeKept(run.folder, code, history, kept)}`);
      }
      if (event.type === 'done' && event.job === 'train') return { result: event.result, layers };
    }
  } finally {
    progress.finish();
  }
  throw new Failure('internal', 'the job ended without a last event: report this with the command');
}

/** The end of a failure's sentence: the files that the run has left. */
function describeKept(
  { path }: StartedRun['folder'],
  code: FailureCode,
  history: EpochRecord[],
  kept: Checkpoint | undefined,
): string {
  const epochs = history.length > 0 ? `; the history of epochs 1 to ${history.length} is kept in ${path}` : '';
  if (!kept) return epochs;
  // The numbers would become infinite or NaN again.
  if (code === 'not-finite') return `${epochs}; the parameters of ${describePlace(kept)} are in ${modelPath(path)}`;
  return `${epochs}; train --resume ${path} goes on from the last checkpoint`;
}

/** Saves while the run trains. A failure to save does not end the run. */
class Saving {
  private problem = '';

  constructor(private readonly log: (line: string) => void) {}

  /** Returns whether it was saved. Reports a problem once, until something is saved again. */
  async done(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      this.problem = '';
      return true;
    } catch (error) {
      const { message } = asFailure(error);
      if (message !== this.problem) this.log(`Not saved: ${message}`);
      this.problem = message;
      return false;
    }
  }
}
