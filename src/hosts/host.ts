import type { Job, JobEvent } from '../jobs/protocol.ts';

export type AdapterChoice = 'auto' | 'software' | 'high-performance' | 'low-power';
export const ADAPTER_CHOICES: AdapterChoice[] = ['auto', 'software', 'high-performance', 'low-power'];

export function powerPreferenceOf(choice: AdapterChoice): GPUPowerPreference {
  return choice === 'low-power' ? 'low-power' : 'high-performance';
}

export interface HostOptions {
  adapter: AdapterChoice;
  /** Stops training early; the job still ends with `done`. */
  signal?: AbortSignal;
  /** Takes the host's messages before the job runs, for example about an installation. */
  log: (line: string) => void;
}

/**
 * A place outside this process that runs jobs. A job runs at most one event ahead of the reader, then stands still. The
 * last event is `done` or `failed`.
 */
export type Host = (job: Job, options: HostOptions) => AsyncGenerator<JobEvent, void>;

/** Turns callbacks into a stream: one side pushes events, the other takes them one by one. */
export class EventQueue {
  private readonly waiting: { event: JobEvent; taken: () => void }[] = [];
  private wake: () => void = () => {};

  /** Resolves when the reader has dealt with the event, that is, when it asks for the next one. */
  push(event: JobEvent): Promise<void> {
    return new Promise((taken) => {
      this.waiting.push({ event, taken });
      this.wake();
    });
  }

  /** Every event, up to and including the last. */
  async *take(): AsyncGenerator<JobEvent, void> {
    for (;;) {
      const next = this.waiting.shift();
      if (!next) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      yield next.event;
      next.taken();
      if (next.event.type === 'done' || next.event.type === 'failed') return;
    }
  }
}
