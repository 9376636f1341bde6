import type { Job, JobEvent } from '../jobs/protocol.ts';
import { recovering } from '../jobs/recovery.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { EventQueue } from './host.ts';
import { type RunningJob, type StartOptions, startJob } from './worker_client.ts';

export interface RecoveringOptions extends StartOptions {
  /** Resumes from here; if absent, training begins. */
  resume?: Checkpoint;
}

/**
 * Like `startJob` for a training job, but goes on in another worker if the GPU is lost. `createJob` is called for each
 * worker. A requested pause or single step holds in the next worker too; a stop while it waits for the GPU makes the
 * job fail.
 */
export function startRecovering(
  createJob: (resume?: Checkpoint) => Promise<Job>,
  onEvent: (event: JobEvent) => void | Promise<void>,
  { resume, ...options }: RecoveringOptions = {},
): RunningJob {
  const controller = new AbortController();
  let current: RunningJob | undefined;
  let pace: 'pause' | 'resume' | 'singleStep' = 'resume';
  async function* attempt(from?: Checkpoint): AsyncGenerator<JobEvent, void> {
    const queue = new EventQueue();
    current = startJob(createJob(from), (event) => queue.push(event), options);
    current[pace]();
    try {
      yield* queue.take();
    } finally {
      current = undefined;
    }
  }
  const run = async () => {
    for await (const event of recovering(attempt, { resume, signal: controller.signal })) await onEvent(event);
  };
  const set = (to: typeof pace) => () => {
    pace = to;
    current?.[to]();
  };
  void run();
  return {
    pause: set('pause'),
    resume: set('resume'),
    singleStep: set('singleStep'),
    stop() {
      controller.abort();
      current?.stop();
    },
    terminate() {
      controller.abort();
      current?.terminate();
    },
  };
}
