import type { Job, JobEvent } from '../jobs/protocol.ts';
import { type RunningJob, startJob } from './worker_client.ts';

// The page that the command line's headless Chrome opens. It starts jobs on request and passes their events on.

declare global {
  interface Window {
    /** Node's side of the bridge, installed by `chrome.ts`. Resolves when Node has dealt with the event. */
    emitJobEvent(event: JobEvent): Promise<void>;
    startHeadlessJob(job: Job, powerPreference: GPUPowerPreference): void;
    stopHeadlessJob(): void;
  }
}

let running: RunningJob | undefined;
window.startHeadlessJob = (job, powerPreference) => {
  running = startJob(job, window.emitJobEvent, { powerPreference });
};
window.stopHeadlessJob = () => running?.stop();
