import { get, set } from 'idb-keyval';
import type { JobEvent, Tuning } from '../jobs/protocol.ts';

const KEY = 'attention-lstm tiles';

/**
 * Tiles that jobs have measured on this browser's adapters. A browser without storage (a private window, no access)
 * measures anew each time the page is opened.
 */
export class TileStore {
  /** For the next job. Empty until the browser's storage has answered. */
  tuning: Tuning = { known: {} };

  constructor() {
    void this.read();
  }

  // Without access `get` and `set` throw; a later failure rejects.

  private async read(): Promise<void> {
    try {
      this.tuning = { known: { ...(await get<Tuning['known']>(KEY)), ...this.tuning.known } };
    } catch {
      // No tiles are known.
    }
  }

  /** Keeps the tiles of a `tiles` event; ignores other events. */
  async keep(event: JobEvent): Promise<void> {
    if (event.type !== 'tiles' || event.key === undefined) return;
    this.tuning = { known: { ...this.tuning.known, [event.key]: event.tiles } };
    try {
      await set(KEY, this.tuning.known);
    } catch {
      // The page's own copy serves until the page is closed.
    }
  }
}
