import type { Job, JobEvent } from '../jobs/protocol.ts';

export type AdapterChoice = 'auto' | 'software' | 'high-performance' | 'low-power';
export const ADAPTER_CHOICES: AdapterChoice[] = ['auto', 'software', 'high-performance', 'low-power'];

export function powerPreferenceOf(choice: AdapterChoice): GPUPowerPreference {
  return choice === 'low-power' ? 'low-power' : 'high-performance';
}

export interface HostOptions {
  adapter: AdapterChoice;
  /** Stops training early; the job still says `done`. */
  signal?: AbortSignal;
  /** Where a host says what it does before the job runs (an installation). */
  log: (line: string) => void;
}

/**
 * A place outside this process where jobs run. A job is at most one event ahead of those that are taken, then it stands still.
 * The last event is `done` or `failed`.
 */
export type Host = (job: Job, options: HostOptions) => AsyncGenerator<JobEvent, void>;

/** Turns callbacks into a stream: events pushed by one side, taken one by one by the other. */
export class EventQueue {
  private readonly waiting: { event: JobEvent; taken: () => void }[] = [];
  private wake: () => void = () => {};

  /** Resolves when the event has been dealt with, that is when the one after it is asked for. */
  push(event: JobEvent): Promise<void> {
    return new Promise((taken) => {
      this.waiting.push({ event, taken });
      this.wake();
    });
  }

  /** Every event until the last one. */
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
