import type { Job } from '../jobs/protocol.ts';
import { runJob } from '../jobs/run.ts';

// Runs one job in a dedicated worker: events go out as they come, and a pause is not asking for the next one.

export type WorkerCommand =
  | { type: 'run'; job: Job; powerPreference?: GPUPowerPreference }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'stop' };

const controller = new AbortController();
let resumed = Promise.resolve();
let resume = () => {};

async function run(job: Job, powerPreference: GPUPowerPreference = 'high-performance'): Promise<void> {
  for await (const event of runJob(job, navigator.gpu, { powerPreference }, controller.signal)) {
    postMessage(event);
    await resumed;
  }
}

addEventListener('message', ({ data }: MessageEvent<WorkerCommand>) => {
  switch (data.type) {
    case 'run':
      void run(data.job, data.powerPreference);
      break;
    case 'pause':
      resume(); // A second pause must not leave the first one waiting.
      resumed = new Promise((resolve) => {
        resume = resolve;
      });
      break;
    case 'resume':
      resume();
      break;
    case 'stop':
      controller.abort();
      resume();
      break;
  }
});
