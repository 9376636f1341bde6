import { del, entries, set } from 'idb-keyval';
import type { ExperimentConfig } from '../../model/config.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';

const PREFIX = 'attention-lstm run ';
/** Runs that no page has any more, beside the one that is kept. */
const MOST = 4;
const KEEP_MS = 3000;

/** A run that a page left behind. */
export interface LeftRun {
  /** Milliseconds since 1970. */
  startedAt: number;
  checkpoint: Checkpoint;
  config: ExperimentConfig;
}

/** What the browser's store has of a run: the bytes are those of a model file. */
interface Entry {
  startedAt: number;
  keptAt: number;
  bytes: Uint8Array;
}

/** Why a run is not kept, for people; undefined where it is again. */
type OnProblem = (problem: string | undefined) => void;

/**
 * The newest checkpoint of this page's run of the experiment, in the browser's store. Each run has an entry of its own, and a lock
 * while a page has it: of two tabs none touches what the other keeps, and what a closed one left is there for the next.
 */
export class KeptRun {
  private held: { key: string; startedAt: number; release: () => void } | undefined;
  /** What is written and removed, in its order. */
  private work: Promise<void> = Promise.resolve();
  private keptAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly onProblem: OnProblem) {}

  /** The newest run that a page has left behind, which is this page's from now on; undefined where there is none, or one has begun. */
  async open(): Promise<LeftRun | undefined> {
    try {
      for (const [key, entry] of await leftEntries()) {
        const release = await hold(key);
        if (!release) continue;
        const left = await read(entry);
        if (left && !this.held) {
          this.held = { key, startedAt: left.startedAt, release };
          return left;
        }
        if (!left) await del(key); // Damaged, or of another version.
        release();
      }
    } catch {
      // No access to storage: nothing is known.
    }
    return undefined;
  }

  /** A run begins; what this page kept before is left to others. */
  begin(): void {
    this.leave();
    const key = PREFIX + crypto.randomUUID();
    const held = { key, startedAt: Date.now(), release: () => {} };
    this.held = held;
    this.keptAt = Number.NEGATIVE_INFINITY;
    this.enqueue(async () => {
      held.release = (await hold(key)) ?? held.release;
      await removeOldest();
    });
  }

  /** This page keeps no run; what it kept stays for others. */
  leave(): void {
    const { held } = this;
    this.held = undefined;
    this.enqueue(async () => held?.release());
  }

  /** Keeps a checkpoint of the run, where one is due or it is the last for now. */
  keep(checkpoint: Checkpoint, isLast = false): void {
    const { held } = this;
    if (!held || (!isLast && performance.now() - this.keptAt < KEEP_MS)) return;
    this.keptAt = Number.POSITIVE_INFINITY;
    this.enqueue(async () => {
      const { writeCheckpoint } = await import('./checkpoint_bytes.ts');
      const { key, startedAt } = held;
      await set(key, { startedAt, keptAt: Date.now(), bytes: writeCheckpoint(checkpoint) } satisfies Entry);
      this.onProblem(undefined);
    });
    this.enqueue(async () => {
      this.keptAt = performance.now();
    });
  }

  /** The run is finished, or nobody wants it any more. */
  clear(): void {
    const { held } = this;
    if (held) this.enqueue(() => del(held.key));
    this.leave();
  }

  private enqueue(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error) => this.onProblem(describeProblem(error)));
  }
}

function describeProblem(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const why =
    name === 'QuotaExceededError' ? 'the browser’s storage is full' : `the browser’s storage fails (${message})`;
  return `Training goes on, but this run is not kept for when the page is closed: ${why}.`;
}

/** The newest first. */
async function leftEntries(): Promise<[string, Entry][]> {
  const all = (await entries<string, Entry>()).filter(([key]) => String(key).startsWith(PREFIX));
  return all.sort(([, a], [, b]) => b.keptAt - a.keptAt);
}

async function removeOldest(): Promise<void> {
  for (const [key] of (await leftEntries()).slice(MOST)) {
    const release = await hold(key);
    if (!release) continue;
    await del(key);
    release();
  }
}

async function read({ startedAt, bytes }: Entry): Promise<LeftRun | undefined> {
  const { readExperiment } = await import('./checkpoint_bytes.ts');
  try {
    return { startedAt, ...readExperiment(bytes) };
  } catch {
    return undefined;
  }
}

/** Takes the lock of a run until it is released or the page is gone; undefined where another page has it. */
function hold(key: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const request = navigator.locks.request(key, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
    request.catch(reject);
  });
}
