import { get, set } from 'idb-keyval';
import type { Tuning } from '../jobs/tuning.ts';

const KEY = 'attention-lstm tiles';

// A browser that keeps nothing (a private window, no access to storage) measures each time. Where there is no access `get` and
// `set` throw, where it fails later they reject.

/** What jobs have measured on this browser's adapters. */
export async function knownTiles(): Promise<Tuning> {
  try {
    return { known: (await get<Tuning['known']>(KEY)) ?? {} };
  } catch {
    return { known: {} };
  }
}

export async function keepTiles({ known }: Tuning): Promise<void> {
  try {
    await set(KEY, known);
  } catch {
    // The page's own copy serves until it is closed.
  }
}
