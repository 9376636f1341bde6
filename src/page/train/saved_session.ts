import { delMany, entries, get, keys, set } from 'idb-keyval';
import type { ModelContext } from '../../formats/saved_model.ts';
import { experimentOf } from '../../model/config.ts';
import { type Checkpoint, requireSameRun } from '../../train/checkpoint.ts';
import { addressParameters, type PageSettings, readAddress } from '../address.ts';
import type { SavedSeries, TrainingPlan } from './training_plan.ts';

const PREFIX = 'attention-lstm run ';
/** Of the series that a run trains on: written once, while checkpoints come and go. */
const SERIES_PREFIX = 'attention-lstm series of ';
/** Sessions of closed pages that are kept beside the one that this page saves. */
const MOST = 4;
const KEEP_MS = 3000;

/** A training that a closed page did not finish. */
export interface UnfinishedSession {
  /** Milliseconds since 1970. */
  startedAt: number;
  settings: PageSettings;
  checkpoint: Checkpoint;
  context: ModelContext;
  /** Where it is one on own series. */
  series?: SavedSeries;
}

/** A session in the browser's store, without its series. */
interface Entry {
  startedAt: number;
  keptAt: number;
  /** The settings, as an address has them. */
  address: string;
  /** A model file. */
  bytes: Uint8Array;
}

/** Why a session is not saved, as a sentence; undefined once it is saved again. */
type OnProblem = (problem: string | undefined) => void;

/**
 * The newest checkpoint of this page's training, in the browser's store, with the file of its series if they are own
 * ones. Each session has an entry of its own, and a lock while a page has it: two tabs never touch each other's
 * entries, and the next page finds what a closed one has saved.
 */
export class SavedSession {
  private held: { key: string; startedAt: number; hasSeries: boolean; release: () => void } | undefined;
  /** What is written and removed, in its order. */
  private work: Promise<void> = Promise.resolve();
  private keptAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly onProblem: OnProblem) {}

  /**
   * Takes over the newest session whose page is closed. Undefined if there is none, or if a training has begun
   * meanwhile.
   */
  async open(): Promise<UnfinishedSession | undefined> {
    try {
      for (const [key, entry] of await unfinishedEntries()) {
        const release = await hold(key);
        if (!release) continue;
        try {
          const session = await read(key, entry);
          if (session && !this.held) {
            this.held = { key, startedAt: session.startedAt, hasSeries: true, release };
            return session;
          }
          if (!session) await remove(key); // Damaged, or of another version.
        } catch {
          // It cannot be read now: another page may.
        }
        release();
      }
    } catch {
      // No access to storage: no profiles are known.
    }
    return undefined;
  }

  /** A training begins; what this page saved before stays for other pages. */
  begin(): void {
    this.release();
    const key = PREFIX + crypto.randomUUID();
    const held = { key, startedAt: Date.now(), hasSeries: false, release: () => {} };
    this.held = held;
    this.keptAt = Number.NEGATIVE_INFINITY;
    this.enqueue(async () => {
      held.release = (await hold(key)) ?? held.release;
      await removeOldest(MOST);
    });
  }

  /** This page saves nothing any more; what it saved stays for other pages. */
  release(): void {
    const { held } = this;
    this.held = undefined;
    this.enqueue(async () => held?.release());
  }

  /** Saves a checkpoint, if one is due or it is the last one for now. */
  keep(checkpoint: Checkpoint, { settings, modelContext, source }: TrainingPlan, isLast = false): void {
    const { held } = this;
    if (!held || (!isLast && performance.now() - this.keptAt < KEEP_MS)) return;
    this.keptAt = Number.POSITIVE_INFINITY;
    this.enqueue(async () => {
      const { key, startedAt } = held;
      // First, so that no entry is there without its series.
      if (source && !held.hasSeries) await setWhereFull(seriesKey(key), source);
      held.hasSeries = true;
      const { writeCheckpoint } = await import('./checkpoint_bytes.ts');
      const bytes = writeCheckpoint(checkpoint, modelContext);
      const address = addressParameters('train', settings).toString();
      await setWhereFull(key, { startedAt, keptAt: Date.now(), address, bytes } satisfies Entry);
      this.onProblem(undefined);
    });
    this.enqueue(async () => {
      this.keptAt = performance.now();
    });
  }

  /** The run is finished, or is no longer wanted. */
  clear(): void {
    const { held } = this;
    if (held) this.enqueue(() => remove(held.key));
    this.release();
  }

  private enqueue(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error) => this.onProblem(describeProblem(error)));
  }
}

/** Stores a value; if the store is full, sessions of closed pages make room. */
async function setWhereFull(key: string, value: SavedSeries | Entry): Promise<void> {
  try {
    await set(key, value);
  } catch (error) {
    if (!isFull(error)) throw error;
    await removeOldest(0);
    await set(key, value);
  }
}

const isFull = (error: unknown) => error instanceof DOMException && error.name === 'QuotaExceededError';

function describeProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const why = isFull(error) ? 'the browser’s storage is full' : `the browser’s storage fails (${message})`;
  return `Training goes on, but this run is not kept for when the page is closed: ${why}.`;
}

const seriesKey = (key: string) => key.replace(PREFIX, SERIES_PREFIX);

const remove = (key: string) => delMany([key, seriesKey(key)]);

/** The newest first. */
async function unfinishedEntries(): Promise<[string, Entry][]> {
  const all = (await entries<string, Entry>()).filter(([key]) => String(key).startsWith(PREFIX));
  return all.sort(([, a], [, b]) => b.keptAt - a.keptAt);
}

/** Removes all unfinished sessions but the newest `most`, and series without a checkpoint. */
async function removeOldest(most: number): Promise<void> {
  const runs = (await unfinishedEntries()).map(([key]) => key);
  const ofSeries = (await keys<string>()).filter((key) => String(key).startsWith(SERIES_PREFIX));
  const alone = ofSeries.map((key) => key.replace(SERIES_PREFIX, PREFIX)).filter((key) => !runs.includes(key));
  for (const key of [...runs.slice(most), ...alone]) {
    const release = await hold(key);
    if (!release) continue;
    await remove(key);
    release();
  }
}

async function read(key: string, { startedAt, address, bytes }: Entry): Promise<UnfinishedSession | undefined> {
  const { readCheckpoint } = await import('./checkpoint_bytes.ts');
  const { data, values, refused } = readAddress(new URLSearchParams(address));
  const settings = { data, values };
  const series = data === 'series' ? await get<SavedSeries>(seriesKey(key)) : undefined;
  if (refused.length > 0 || (data === 'series' && !series)) return undefined;
  try {
    const { checkpoint, context } = readCheckpoint(bytes);
    if (data === 'planted') requireSameRun(checkpoint, experimentOf(values));
    return { startedAt, settings, checkpoint, context, series };
  } catch {
    return undefined;
  }
}

/** Takes the lock of a run until it is released or the page is gone; undefined if another page has it. */
function hold(key: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const request = navigator.locks.request(key, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
    request.catch(reject);
  });
}
