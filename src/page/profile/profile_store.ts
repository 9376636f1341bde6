import { get, update } from 'idb-keyval';
import { type ProfileResult, requireProfileResult } from '../../bench/profile_result.ts';

const KEY = 'attention-lstm profiles';
const MOST = 10;

/** A profile and when it was made, in milliseconds since 1970. */
export interface StoredProfile {
  at: number;
  result: ProfileResult;
}

/** The latest profiles of this browser, newest first; where it keeps nothing, those of this page alone. */
export class ProfileStore {
  private profiles: StoredProfile[] = [];

  /** Reads what earlier pages have kept. */
  async open(): Promise<StoredProfile[]> {
    try {
      this.profiles = readable(await get(KEY));
    } catch {
      // No access to storage: nothing is known.
    }
    return this.profiles;
  }

  async add(result: ProfileResult): Promise<StoredProfile[]> {
    const added = { at: Date.now(), result };
    const extended = (profiles: StoredProfile[]) => [added, ...profiles].slice(0, MOST);
    try {
      // Another tab may have added to what is kept.
      await update(KEY, (kept) => {
        this.profiles = extended(readable(kept));
        return this.profiles;
      });
    } catch {
      // The page's own copy serves until it is closed.
      this.profiles = extended(this.profiles);
    }
    return this.profiles;
  }
}

/** The profiles that this version can read: what is kept may be damaged, or of another one. */
function readable(kept: unknown): StoredProfile[] {
  return Array.isArray(kept) ? kept.filter(isReadable) : [];
}

function isReadable(entry: unknown): entry is StoredProfile {
  const { at, result } = (entry ?? {}) as Partial<StoredProfile>;
  try {
    requireProfileResult('the store', result);
    return typeof at === 'number';
  } catch {
    return false;
  }
}
