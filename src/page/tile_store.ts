import { get, set } from 'idb-keyval';
import type { JobEvent, Tuning } from '../jobs/protocol.ts';

const KEY = 'attention-lstm tiles';

/**
 * What jobs have measured on this browser's adapters. A browser that keeps nothing (a private window, no access to storage) measures
 * anew each time it is opened.
 */
export class TileStore {
  /** For the next job; until the browser's store has answered, as if it were empty. */
  tuning: Tuning = { known: {} };

  constructor() {
    void this.read();
  }

  // Where there is no access `get` and `set` throw, where it fails later they reject.

  private async read(): Promise<void> {
    try {
      this.tuning = { known: { ...(await get<Tuning['known']>(KEY)), ...this.tuning.known } };
    } catch {
      // Nothing is known.
    }
  }

  /** Keeps the tiles of an event that tells some; others are none of its business. */
  async keep(event: JobEvent): Promise<void> {
    if (event.type !== 'tiles') return;
    this.tuning = { known: { ...this.tuning.known, [event.key]: event.tiles } };
    try {
      await set(KEY, this.tuning.known);
    } catch {
      // The page's own copy serves until it is closed.
    }
  }
}
