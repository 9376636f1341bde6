import { Failure, type FailureCode } from '../errors.ts';
import { type Checkpoint, describePlace } from '../train/checkpoint.ts';
import { failedWith } from './failed.ts';
import type { EventOf, JobEvent } from './protocol.ts';

/**
 * Seconds before each further try of a run that makes no progress. In all they exceed the two minutes for which Chrome
 * refuses WebGPU to a page after its GPU process has crashed more than once.
 */
const WAITS = [0, 1, 2, 4, 8, 16, 30, 30, 30, 30];

/** What another try may cure. */
const CURABLE: FailureCode[] = ['device-lost', 'no-adapter', 'adapter-timeout', 'no-dawn', 'browser-failed'];

/**
 * One try to run a job that trains, on a host: from the start, or from a checkpoint of it. Its last event is `done` or
 * `failed`.
 */
export type Attempt = (resume?: Checkpoint) => AsyncIterable<JobEvent>;

export interface RecoveryOptions {
  /** The first attempt resumes from here. */
  resume?: Checkpoint;
  /** Ends a wait at once. The attempts end themselves. */
  signal?: AbortSignal;
  /** For tests. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * The events of one run, from as many attempts as it takes. If the GPU or its process is lost, the next attempt goes on
 * from the newest checkpoint, or from the start if there is none yet. `interrupted` comes before the wait, `recovered`
 * when the run goes on; events that have come before do not come again. The run fails if it makes no progress, if
 * another try would not help, and with `stopped` after an abort during the wait.
 */
export async function* recovering(
  attempt: Attempt,
  { resume, signal, sleep = rest }: RecoveryOptions = {},
): AsyncGenerator<JobEvent, void> {
  const news = new News();
  let checkpoint = resume;
  let tries = 0;
  let failure: EventOf<'failed'> | undefined;
  for (;;) {
    let lost = failure;
    failure = undefined;
    for await (const event of attempt(checkpoint)) {
      if (event.type === 'failed') {
        failure = event;
        break;
      }
      if (event.type === 'checkpoint') {
        checkpoint = event.checkpoint;
        tries = 0;
      }
      if (lost && event.type === 'ready') {
        yield { type: 'recovered', place: placeOf(checkpoint), cause: causeOf(lost) };
        lost = undefined;
      }
      if (news.take(event)) yield event;
    }
    if (!failure) return;
    const isCurable = news.hasAdapter && CURABLE.includes(failure.code) && !signal?.aborted;
    const seconds = isCurable ? WAITS[tries++] : undefined;
    if (seconds === undefined) {
      yield failure;
      return;
    }
    yield { type: 'interrupted', seconds, cause: causeOf(failure) };
    if (!signal?.aborted) await sleep(1000 * seconds, signal);
    if (signal?.aborted) {
      yield failedWith(new Failure('stopped', 'stopped while it waited to go on'));
      return;
    }
  }
}

/** Separates a run's new events from those that a further attempt repeats. */
class News {
  private adapter: string | undefined;
  /** The last epoch in an event of this type; 0 for types without epochs. */
  private readonly told = new Map<JobEvent['type'], number>();

  get hasAdapter(): boolean {
    return this.adapter !== undefined;
  }

  take(event: JobEvent): boolean {
    switch (event.type) {
      case 'adapter': {
        const before = this.adapter;
        this.adapter = event.adapter.description;
        return this.adapter !== before;
      }
      case 'model':
      case 'untuned':
      case 'data':
      case 'samples':
      case 'ready':
        return this.isLater(event.type, 0);
      case 'epoch':
      case 'attention':
        return this.isLater(event.type, event.epoch);
      case 'parameters':
        return event.step !== undefined || this.isLater(event.type, event.epoch);
      default:
        return true;
    }
  }

  private isLater(type: JobEvent['type'], epoch: number): boolean {
    if (epoch <= (this.told.get(type) ?? -1)) return false;
    this.told.set(type, epoch);
    return true;
  }
}

const causeOf = ({ code, message }: EventOf<'failed'>) => ({ code, message });
const placeOf = ({ epoch, step } = { epoch: 0, step: 0 }) => ({ epoch, step });

/** Resolves after this many milliseconds, or at an abort. */
function rest(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}

/** What was lost, and how it came back. */
const LOST: Partial<Record<FailureCode, [string, string]>> = {
  'no-dawn': ['Dawn’s process ended', 'was started again'],
  'browser-failed': ['The browser ended', 'was started again'],
};
const GPU_LOST = ['The GPU was lost', 'came back'];

/** What a run waits for, as a sentence. */
export function describeInterruption({ seconds, cause }: EventOf<'interrupted'>): string {
  const [lost] = LOST[cause.code] ?? GPU_LOST;
  return seconds === 0
    ? `${lost}: going on from what is kept…`
    : `${lost}: waiting for it, the next try is in ${seconds} s.`;
}

/** Says from which place a training goes on, and which epoch's time leaves out what was lost. */
export function describeRecovery({ place, cause }: EventOf<'recovered'>): string {
  const [lost, back] = LOST[cause.code] ?? GPU_LOST;
  return `${lost} and ${back}: training goes on from ${describePlace(place)}. The time of epoch ${place.epoch + 1} leaves out what was lost.`;
}
