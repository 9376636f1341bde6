import { get, update } from 'idb-keyval';
import { type ProfileResult, requireProfileResult } from '../../bench/profile_result.ts';

const KEY = 'attention-lstm profiles';
const MOST = 10;

/** A profile and its time, in milliseconds since 1970. */
export interface StoredProfile {
  at: number;
  result: ProfileResult;
}

/** The latest profiles of this browser, newest first. If the browser keeps nothing, those of this page alone. */
export class ProfileStore {
  private profiles: StoredProfile[] = [];

  /** Reads the profiles of earlier pages. */
  async open(): Promise<StoredProfile[]> {
    try {
      this.profiles = readable(await get(KEY));
    } catch {
      // No access to storage: no profiles are known.
    }
    return this.profiles;
  }

  async add(result: ProfileResult): Promise<StoredProfile[]> {
    const added = { at: Date.now(), result };
    const extended = (profiles: StoredProfile[]) => [added, ...profiles].slice(0, MOST);
    try {
      // Another tab may have added a profile.
      await update(KEY, (kept) => {
        this.profiles = extended(readable(kept));
        return this.profiles;
      });
    } catch {
      // The page's own copy serves until the page is closed.
      this.profiles = extended(this.profiles);
    }
    return this.profiles;
  }
}

/** The profiles that this version can read. Stored ones may be damaged or of another version. */
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
