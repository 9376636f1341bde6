import { asFailure, Failure } from '../errors.ts';
import type { TrainJob } from '../jobs/protocol.ts';
import { describeInterruption, describeRecovery, recovering } from '../jobs/recovery.ts';
import type { LayerSummary } from '../model/summary.ts';
import { type Checkpoint, describePlace } from '../train/checkpoint.ts';
import type { EpochRecord } from '../train/history.ts';
import type { TrainResult } from '../train/train_result.ts';
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
  /** Gets a line about trouble. */
  log: (line: string) => void;
  /** Gets a line about the host. */
  note: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Runs a job that trains to its end, also if the GPU or its process is lost on the way. Saves history and checkpoints
 * as they come. Throws the job's failure. If the loss became infinite or NaN, the folder's model has the last good
 * parameters.
 */
export async function followTraining(
  job: TrainJob,
  { runtime, adapter, progress, run, tiles, tensorBoard, log, note, signal }: Followers,
): Promise<{ result: TrainResult; layers: LayerSummary[] }> {
  const history: EpochRecord[] = [...(job.resume?.history ?? [])];
  const records = new Saving(log);
  const models = new Saving(log);
  let kept = job.resume;
  let newest = job.resume;
  let layers: LayerSummary[] = [];
  const attempt = (resume?: Checkpoint) => HOSTS[runtime]({ ...job, resume }, { adapter, signal, log: note });
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
        newest = event.checkpoint;
        if (await models.done(run.keep(event.checkpoint))) kept = event.checkpoint;
      }
      if (event.type === 'failed') {
        const { code, message } = jobFailure(event, adapter);
        // The same numbers would become infinite or NaN again: a checkpoint to go on from is of no use.
        const mustLeave = newest !== undefined && (code === 'not-finite' || newest !== kept);
        const place = mustLeave && newest ? await run.leave(newest) : undefined;
        throw new Failure(
          code,
          `${message}${describeKept(run.folder, records.isDone ? history : [], { newest, place, kept })}`,
        );
      }
      if (event.type === 'done' && event.job === 'train') return { result: event.result, layers };
    }
  } finally {
    progress.finish();
  }
  throw new Failure('internal', 'the job ended without a last event: report this with the command');
}

/** The end of a failure's sentence: the files that the run has left. `place` is that of the newest checkpoint's model. */
function describeKept(
  { path }: StartedRun['folder'],
  history: EpochRecord[],
  { newest, place, kept }: { newest?: Checkpoint; place?: string; kept?: Checkpoint },
): string {
  const epochs = history.length > 0 ? `; the history of epochs 1 to ${history.length} is kept in ${path}` : '';
  if (newest && place !== undefined) return `${epochs}; the parameters of ${describePlace(newest)} are in ${place}`;
  return kept ? `${epochs}; train --resume ${path} goes on from the last checkpoint` : epochs;
}

/** Saves while the run trains. A failure to save does not end the run. */
class Saving {
  private problem = '';

  constructor(private readonly log: (line: string) => void) {}

  /** Whether the last work was saved. */
  get isDone(): boolean {
    return this.problem === '';
  }

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
