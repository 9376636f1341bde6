import { Failure } from '../errors.ts';
import type { Jobs } from '../jobs/protocol.ts';
import { HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import type { StatusLine } from './status_line.ts';
import type { TileCache } from './tuning.ts';

export interface MeasuringOptions {
  status: StatusLine;
  tiles: TileCache;
  signal?: AbortSignal;
}

/** Runs a measuring job and shows its progress on a terminal. Throws the job's failure. */
export async function runMeasuring<Kind extends keyof Jobs>(
  job: Jobs[Kind]['ask'] & { type: Kind },
  { runtime, adapter }: HostFlags,
  { status, tiles, signal }: MeasuringOptions,
): Promise<Jobs[Kind]['answer']> {
  const log = (line: string) => status.log(line);
  try {
    for await (const event of HOSTS[runtime](job, { adapter, log, signal })) {
      await tiles.keep(event, log);
      if (event.type === 'failed') throw jobFailure(event, adapter);
      if (event.type === 'done' && event.job === job.type) return event.result as Jobs[Kind]['answer'];
      if (event.type === 'progress') status.show(`${event.done}/${event.of} ${event.what}`);
    }
  } finally {
    status.clear();
  }
  throw new Failure('internal', 'the job ended without a last event: report this with the command');
}
