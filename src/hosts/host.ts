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

/** Turns callbacks into a stream: one side pushes items, the other takes them one by one. */
export class HandOver<Item> {
  private readonly waiting: { item: Item; taken: () => void }[] = [];
  private wake: () => void = () => {};

  /** Resolves when the reader has dealt with the item, that is, when it asks for the next one. */
  push(item: Item): Promise<void> {
    return new Promise((taken) => {
      this.waiting.push({ item, taken });
      this.wake();
    });
  }

  /** Pushes items one by one. Resolves at their end; rejects as they do. */
  async pushAll(items: AsyncIterable<Item>): Promise<void> {
    for await (const item of items) await this.push(item);
  }

  /** Every item, up to and including the last. */
  async *take(isLast: (item: Item) => boolean = () => false): AsyncGenerator<Item, void> {
    for (;;) {
      const next = this.waiting.shift();
      if (!next) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      yield next.item;
      next.taken();
      if (isLast(next.item)) return;
    }
  }
}

/** The events of a job, until `done` or `failed`. */
export class EventQueue extends HandOver<JobEvent> {
  override take(): AsyncGenerator<JobEvent, void> {
    return super.take(({ type }) => type === 'done' || type === 'failed');
  }
}
