import type { Job, JobEvent } from '../jobs/protocol.ts';
import type { WorkerCommand } from './worker.ts';

/** A job running in a worker of this page. */
export interface RunningJob {
  /** Lets the job stand still after what it is doing; its state stays on the GPU. */
  pause(): void;
  resume(): void;
  /** Ends training early: `done` still follows, with what there is. */
  stop(): void;
  /** Ends the worker at once, without a last event. */
  terminate(): void;
}

/**
 * Starts a job in a worker of its own. `onEvent` gets every event, the next one when its promise, if it gives one, has
 * resolved: the job is never further ahead than that next one. The last event is `done` or `failed`, then the worker ends.
 */
export function startJob(
  job: Job,
  onEvent: (event: JobEvent) => void | Promise<void>,
  powerPreference?: GPUPowerPreference,
): RunningJob {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const send = (command: WorkerCommand) => worker.postMessage(command);
  let resumed = Promise.resolve();
  let resume = () => {};
  worker.addEventListener('message', async ({ data }: MessageEvent<JobEvent>) => {
    if (data.type === 'done' || data.type === 'failed') worker.terminate();
    await onEvent(data);
    await resumed;
    send({ type: 'taken' });
  });
  worker.addEventListener('error', (event) => {
    worker.terminate();
    onEvent({ type: 'failed', code: 'internal', message: event.message || 'the worker could not be loaded' });
  });
  send({ type: 'run', job, powerPreference });
  return {
    pause: () => {
      resume(); // A second pause must not leave the first one waiting.
      resumed = new Promise((resolve) => {
        resume = resolve;
      });
    },
    resume: () => resume(),
    stop: () => {
      send({ type: 'stop' });
      resume();
    },
    terminate: () => worker.terminate(),
  };
}
