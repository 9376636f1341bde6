import type { Job, JobEvent } from '../jobs/protocol.ts';
import { runJob } from '../jobs/run.ts';
import { Pace } from '../train/pace.ts';

// Runs one job in a dedicated worker. An event is sent when the one before it was taken: the job runs one event ahead,
// then stands still. Without this lead it would wait while an event and its answer cross between processes.

export type WorkerCommand =
  | { type: 'run'; job: Job; powerPreference?: GPUPowerPreference }
  | { type: 'taken' }
  | { type: 'pause' | 'resume' | 'single-step' }
  | { type: 'stop' };

const controller = new AbortController();
const pace = new Pace();
let taken = Promise.resolve();
let take = () => {};

async function run(job: Job, powerPreference: GPUPowerPreference = 'high-performance'): Promise<void> {
  const loadTfjs = () => import('../bench/peers/tfjs.ts'); // A separate chunk.
  for await (const event of runJob(job, navigator.gpu, { powerPreference, loadTfjs, pace }, controller.signal)) {
    await taken;
    taken = new Promise((resolve) => {
      take = resolve;
    });
    postMessage(event, { transfer: resultOf(event) });
  }
}

/** The arrays of a result that may be as large as the series. The job has ended, so they need not be copied. */
function resultOf(event: JobEvent): Transferable[] {
  if (event.type !== 'done' || event.job !== 'predict') return [];
  return [event.result.values.buffer, event.result.attention.buffer];
}

addEventListener('message', ({ data }: MessageEvent<WorkerCommand>) => {
  switch (data.type) {
    case 'run':
      void run(data.job, data.powerPreference);
      break;
    case 'taken':
      take();
      break;
    case 'pause':
      pace.pause();
      break;
    case 'resume':
      pace.resume();
      break;
    case 'single-step':
      pace.singleStep();
      break;
    case 'stop':
      controller.abort();
      pace.resume();
      break;
  }
});
