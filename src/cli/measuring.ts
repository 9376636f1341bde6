import { Failure } from '../errors.ts';
import type { Job, JobEvent, Jobs } from '../jobs/protocol.ts';
import { inStarts, type Measurements, type MeasuringJob, type MeasuringKind } from '../jobs/starts.ts';
import { HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import type { StatusLine } from './status_line.ts';
import type { TileCache } from './tuning.ts';

export interface MeasuringOptions {
  status: StatusLine;
  tiles: TileCache;
  signal?: AbortSignal;
}

/** Runs a job, once, and shows its progress on a terminal. Throws the job's failure. */
export async function runMeasuring<Kind extends keyof Jobs>(
  job: Jobs[Kind]['ask'] & { type: Kind },
  flags: HostFlags,
  options: MeasuringOptions,
): Promise<Jobs[Kind]['answer']> {
  async function* run(): AsyncGenerator<JobEvent, Jobs[Kind]['answer']> {
    for await (const event of hostOf(flags, options)(job)) {
      if (event.type === 'failed') throw new Failure(event.code, event.message);
      if (event.type === 'done' && event.job === job.type) return event.result as Jobs[Kind]['answer'];
      yield event;
    }
    throw new Failure('internal', 'the job ended without a last event: report this with the command');
  }
  return followed(run(), flags, options);
}

/**
 * Measures in several starts, each in a process or browser of its own, and shows the progress on a terminal. Throws the
 * failure of a start.
 */
export function measureInStarts<Kind extends MeasuringKind>(
  job: MeasuringJob<Kind>,
  flags: HostFlags,
  { starts, ...options }: MeasuringOptions & { starts?: number },
): Promise<Measurements[Kind]> {
  return followed(inStarts(job, hostOf(flags, options), { starts, signal: options.signal }), flags, options);
}

function hostOf({ runtime, adapter }: HostFlags, { status, signal }: MeasuringOptions) {
  return (job: Job) => HOSTS[runtime](job, { adapter, log: (line) => status.log(line), signal });
}

async function followed<Result>(
  events: AsyncGenerator<JobEvent, Result>,
  { adapter }: HostFlags,
  { status, tiles }: MeasuringOptions,
): Promise<Result> {
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      await tiles.keep(value, (line) => status.log(line));
      if (value.type === 'progress') status.show(`${value.done}/${value.of} ${value.what}`);
    }
  } catch (error) {
    throw error instanceof Failure ? jobFailure(error, adapter) : error;
  } finally {
    status.clear();
  }
}
