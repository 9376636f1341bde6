import type { Fits } from '../data/series_set.ts';
import { Failure } from '../errors.ts';
import { HOSTS, type HostFlags, jobFailure } from './hosts.ts';

/** WebGPU's default limit of a storage buffer: every adapter has this much. */
const EVERYWHERE_BYTES = 2 ** 27;

/** The adapter's largest buffer, which holds all series of a training. */
export class Room {
  private largest: Promise<number> | undefined;
  private taken = 0;

  /** `ask` gives the bytes of the largest buffer; it is asked once, and only if more than `everywhere` is needed. */
  constructor(
    private readonly ask: () => Promise<number>,
    private readonly everywhere = EVERYWHERE_BYTES,
  ) {}

  /** Throws limit if series of this size do not fit beside those that have taken their place. */
  readonly fits: Fits = async ({ bytes, isAll }) => {
    const needed = this.taken + bytes;
    if (needed <= this.everywhere) return;
    this.largest ??= this.ask();
    const largest = await this.largest;
    if (needed <= largest) return;
    const what = this.taken > 0 ? 'training and test series together' : 'the series';
    throw new Failure(
      'limit',
      `${what} need ${needed.toLocaleString('en')} bytes${isAll ? '' : ' or more'} in one buffer, the largest of this adapter has ${largest.toLocaleString('en')}: use fewer series, a shorter --length, or another adapter`,
    );
  };

  take(bytes: number): void {
    this.taken += bytes;
  }
}

/** The room of the chosen adapter. Its host is started to ask it. */
export function roomOf({ runtime, adapter }: HostFlags, log: (line: string) => void): Room {
  return new Room(async () => {
    for await (const event of HOSTS[runtime]({ type: 'describe' }, { adapter, log })) {
      if (event.type === 'failed') throw jobFailure(event, adapter);
      if (event.type !== 'adapter') continue;
      const { maxBufferSize, maxStorageBufferBindingSize } = event.adapter.limits;
      return Math.min(maxBufferSize, maxStorageBufferBindingSize);
    }
    return Number.POSITIVE_INFINITY;
  });
}
