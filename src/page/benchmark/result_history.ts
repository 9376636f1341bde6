import { get, update } from 'idb-keyval';
import type { BenchResult } from '../../bench/result.ts';
import { requireBenchResult } from '../../bench/result_file.ts';

const KEY = 'attention-lstm benchmarks';
/** Some 10 kB each. */
const MOST_ENTRIES = 100;

export interface HistoryEntry {
  id: number;
  /** The file that it came from; absent if this browser measured it. */
  file?: string;
  result: BenchResult;
}

/**
 * Results of earlier runs and of other machines, newest first. If the browser keeps nothing (a private window, no
 * access to storage) they last until the page is closed.
 */
export class ResultHistory {
  /** Empty until `read` has resolved. */
  entries: HistoryEntry[] = [];
  /** Whether the entries will be there when the page is opened again. */
  isKept = true;

  // Without access `get` and `update` throw; a later failure rejects.

  async read(): Promise<void> {
    try {
      this.entries = readable(await get(KEY));
    } catch {
      this.isKept = false;
    }
  }

  async add(result: BenchResult, file?: string): Promise<HistoryEntry> {
    let added: HistoryEntry = { id: 0, file, result };
    await this.change((entries) => {
      added = { ...added, id: 1 + Math.max(0, ...entries.map(({ id }) => id)) };
      return [added, ...entries].slice(0, MOST_ENTRIES);
    });
    return added;
  }

  async remove(id: number): Promise<void> {
    await this.change((entries) => entries.filter((entry) => entry.id !== id));
  }

  /** Changes the stored list as it is now, because another tab may have added to it. */
  private async change(edit: (entries: HistoryEntry[]) => HistoryEntry[]): Promise<void> {
    try {
      if (!this.isKept) throw new Error('nothing is kept');
      await update(KEY, (kept) => {
        this.entries = edit(readable(kept));
        return this.entries;
      });
    } catch {
      this.isKept = false;
      this.entries = edit(this.entries);
    }
  }
}

/** The entries that this version can read. Stored ones may be damaged or of another version. */
function readable(kept: unknown): HistoryEntry[] {
  return Array.isArray(kept) ? kept.filter(isReadable) : [];
}

function isReadable(entry: unknown): entry is HistoryEntry {
  const { id, file, result } = (entry ?? {}) as Partial<HistoryEntry>;
  if (typeof id !== 'number' || !(file === undefined || typeof file === 'string')) return false;
  try {
    requireBenchResult('the history', result);
    return true;
  } catch {
    return false;
  }
}
