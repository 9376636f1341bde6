import { Failure } from '../errors.ts';
import { failedWith } from '../jobs/failed.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { NOT_LOADED, tellLoadFailed } from './load_failure.ts';
import { scriptUrl } from './script_url.ts';
import type { WorkerCommand } from './worker.ts';
import workerUrl from './worker.ts?worker&url';

/** A job running in a worker of this page. */
export interface RunningJob {
  /** Training stands still after the updates that are under way. Its state stays on the GPU. */
  pause(): void;
  resume(): void;
  /** Takes one update, with validation and attention if it ends an epoch, and stands still again. */
  singleStep(): void;
  /** Ends training early. `done` still follows, with the results so far. */
  stop(): void;
  /** Ends the worker at once, without a last event. */
  terminate(): void;
}

export interface StartOptions {
  powerPreference?: GPUPowerPreference;
  /** Transfers the job's series to the worker: copying a large file's series would keep the page from answering. */
  handOver?: boolean;
}

/**
 * Starts a job in its own worker. `job` may be a promise; the run can be paused and stopped before it resolves.
 * `onEvent` may return a promise: the next event waits for it, so the job runs at most one event ahead. The last event
 * is `done` or `failed`, then the worker ends.
 */
export function startJob(
  job: Job | Promise<Job>,
  onEvent: (event: JobEvent) => void | Promise<void>,
  { powerPreference, handOver }: StartOptions = {},
): RunningJob {
  const worker = new Worker(scriptUrl(workerUrl), { type: 'module' });
  const send = (command: WorkerCommand, transfer: Transferable[] = []) => worker.postMessage(command, transfer);
  worker.addEventListener('message', async ({ data }: MessageEvent<JobEvent>) => {
    if (data.type === 'done' || data.type === 'failed') worker.terminate();
    if (data.type === 'failed' && data.code === 'not-loaded') tellLoadFailed();
    await onEvent(data);
    send({ type: 'taken' });
  });
  const fail = (error: unknown) => {
    worker.terminate();
    onEvent(failedWith(error));
  };
  worker.addEventListener('error', ({ message }) => {
    if (!message) tellLoadFailed();
    fail(new Failure(message ? 'internal' : 'not-loaded', message || NOT_LOADED));
  });
  Promise.resolve(job).then(
    (ready) => send({ type: 'run', job: ready, powerPreference }, handOver ? seriesOf(ready) : []),
    fail,
  );
  return {
    pause: () => send({ type: 'pause' }),
    resume: () => send({ type: 'resume' }),
    singleStep: () => send({ type: 'single-step' }),
    stop: () => send({ type: 'stop' }),
    terminate: () => worker.terminate(),
  };
}

function seriesOf(job: Job): Transferable[] {
  const series = job.type === 'train' ? job.series : job;
  return 'dataset' in series ? [series.dataset.x.buffer, series.dataset.y.buffer] : [];
}
