import type { Job, JobEvent } from '../jobs/protocol.ts';
import { readMessages, writeMessage } from './message_stream.ts';
import { type RunningJob, startJob } from './worker_client.ts';

// The page that the command line's headless Chrome opens. It gets jobs from its server and posts their events there.

declare global {
  interface Window {
    /** Starts the job that the server has under this path. */
    startHeadlessJob(path: string, powerPreference: GPUPowerPreference): void;
    stopHeadlessJob(): void;
  }
}

let running: RunningJob | undefined;
window.startHeadlessJob = (path, powerPreference) => {
  running = startJob(fetchJob(path), (event) => post(path, event), { powerPreference, handOver: true });
};
window.stopHeadlessJob = () => running?.stop();

async function fetchJob(path: string): Promise<Job> {
  const response = await fetch(path);
  const { value } = await readMessages(chunksOf(response)).next();
  return value as Job;
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void> {
  const reader = body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) yield part.value;
}

/** Resolves when the command line has dealt with the event. Each piece is a request of its own: none is large. */
async function post(path: string, event: JobEvent): Promise<void> {
  for (const body of writeMessage(event)) await fetch(path, { method: 'POST', body });
}
