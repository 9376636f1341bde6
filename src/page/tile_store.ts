import { get, set } from 'idb-keyval';
import type { Tuning } from '../jobs/tuning.ts';

const KEY = 'attention-lstm tiles';

/** What jobs have measured on this browser's adapters. A browser that keeps nothing (a private window) measures each time. */
export async function knownTiles(): Promise<Tuning> {
  const known = await get<Tuning['known']>(KEY).catch(() => undefined);
  return { known: known ?? {} };
}

export async function keepTiles({ known }: Tuning): Promise<void> {
  await set(KEY, known).catch(() => {});
}
