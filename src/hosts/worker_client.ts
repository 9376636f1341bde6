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

/** Starts a job in a worker of its own. `onEvent` gets every event; the last is `done` or `failed`, then the worker ends. */
export function startJob(
  job: Job,
  onEvent: (event: JobEvent) => void,
  powerPreference?: GPUPowerPreference,
): RunningJob {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const send = (command: WorkerCommand) => worker.postMessage(command);
  worker.addEventListener('message', ({ data }: MessageEvent<JobEvent>) => {
    if (data.type === 'done' || data.type === 'failed') worker.terminate();
    onEvent(data);
  });
  worker.addEventListener('error', (event) => {
    worker.terminate();
    onEvent({ type: 'failed', code: 'internal', message: event.message || 'the worker could not be loaded' });
  });
  send({ type: 'run', job, powerPreference });
  return {
    pause: () => send({ type: 'pause' }),
    resume: () => send({ type: 'resume' }),
    stop: () => send({ type: 'stop' }),
    terminate: () => worker.terminate(),
  };
}
