import type { Job, JobEvent } from '../jobs/protocol.ts';
import { type RunningJob, startJob } from './worker_client.ts';

// The page that the command line's headless Chrome opens: it starts jobs when asked and hands their events over.

declare global {
  interface Window {
    /** Node's side of the bridge, put here by `chrome.ts`; resolves when the event was dealt with there. */
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
