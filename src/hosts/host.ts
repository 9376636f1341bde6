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

/** A place outside this process where jobs run. The last event is `done` or `failed`. */
export type Host = (job: Job, options: HostOptions) => AsyncGenerator<JobEvent, void>;

/** Turns callbacks into a stream: events pushed by one side, taken one by one by the other. */
export class EventQueue {
  private readonly waiting: JobEvent[] = [];
  private wake: () => void = () => {};

  push(event: JobEvent): void {
    this.waiting.push(event);
    this.wake();
  }

  /** Every event until the last one. */
  async *take(): AsyncGenerator<JobEvent, void> {
    for (;;) {
      const event = this.waiting.shift();
      if (!event) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      yield event;
      if (event.type === 'done' || event.type === 'failed') return;
    }
  }
}
