import { type BenchStart, benchResultOf } from '../bench/bench_starts.ts';
import { type EditTiming, editTimingOf } from '../bench/edit_timing.ts';
import { type ProfileResult, type ProfileStart, profileResultOf } from '../bench/profile_result.ts';
import type { BenchResult } from '../bench/result.ts';
import type { Start } from '../bench/start.ts';
import { Failure } from '../errors.ts';
import type { TileChoice } from '../model/tiles.ts';
import type { EventOf, Job, JobEvent, Jobs, WorkbenchStart } from './protocol.ts';

/** What came of an edited kernel. */
export interface WorkbenchResult extends Omit<WorkbenchStart, 'timing'> {
  /** Absent if the code does not compile or is wrong: a wrong kernel gets no time. */
  timing?: EditTiming;
}

/** Every kind of job that measures in starts, and the result of all of them. */
export interface Measurements {
  bench: BenchResult;
  profile: ProfileResult;
  workbench: WorkbenchResult;
}
export type MeasuringKind = keyof Measurements;
export type MeasuringJob<Kind extends MeasuringKind> = Jobs[Kind]['ask'] & { type: Kind };

/**
 * The fewest starts whose interval ends at measured values. More would take longer: each opens a device and compiles.
 */
export const STARTS = 6;

interface StartsOptions {
  starts?: number;
  /** No further start begins after an abort. */
  signal?: AbortSignal;
}

/** The result of all starts of a kind of job. */
const COMBINED: { [Kind in MeasuringKind]: (starts: Jobs[Kind]['answer'][]) => Measurements[Kind] } = {
  bench: (starts: BenchStart[]) => benchResultOf(starts),
  profile: (starts: ProfileStart[]) => profileResultOf(starts),
  workbench: ([first, ...others]: WorkbenchStart[]) => {
    const timings = [first, ...others].flatMap(({ timing }) => timing ?? []);
    return { ...first, timing: timings.length > 0 ? editTimingOf(timings) : undefined };
  },
};

/**
 * Measures in several starts, each of them a job of its own: `run` gives it a new device, and a new process if the host
 * can. The tiles that the first start measures are those of all. Yields the events of the first start, and one for each
 * further start; returns the result of all. Throws the failure of a start.
 */
export async function* inStarts<Kind extends MeasuringKind>(
  job: MeasuringJob<Kind>,
  run: (job: Job) => AsyncIterable<JobEvent>,
  { starts = STARTS, signal }: StartsOptions = {},
): AsyncGenerator<JobEvent, Measurements[Kind]> {
  const results: Jobs[Kind]['answer'][] = [];
  const measured: Record<string, TileChoice> = {};
  for (let index = 0; index < starts; index++) {
    if (index > 0) yield nextStart(index, starts);
    const one = { ...withTiles(job, measured), start: { index, of: starts, peak: peakOf(results) } };
    for await (const event of run(one)) {
      if (event.type === 'failed') throw new Failure(event.code, event.message);
      if (event.type === 'tiles' && event.key !== undefined) measured[event.key] = event.tiles;
      if (isAnswer(event, job)) results.push(event.result);
      else if (index === 0 || event.type === 'tiles') yield event;
    }
    if (signal?.aborted || !goesOn(results[0])) break;
  }
  return COMBINED[job.type](results);
}

/** The first start has searched for the peak's shape; the others take it. */
function peakOf([first]: Jobs[MeasuringKind]['answer'][]): Start['peak'] {
  return first && 'peak' in first ? first.peak : undefined;
}

/** The job with the tiles that an earlier start has measured. */
function withTiles<Kind extends MeasuringKind>(job: MeasuringJob<Kind>, tiles: Record<string, TileChoice>): Job {
  if (!('tuning' in job) || !job.tuning?.known) return job;
  return { ...job, tuning: { ...job.tuning, known: { ...job.tuning.known, ...tiles } } };
}

function nextStart(index: number, of: number): JobEvent {
  const what = `measuring again with a new device (start ${index + 1} of ${of})`;
  return { type: 'progress', what, done: index - 1, of: of - 1, phase: 'starts' };
}

function isAnswer<Kind extends MeasuringKind>(
  event: JobEvent,
  job: MeasuringJob<Kind>,
): event is EventOf<'done'> & { result: Jobs[Kind]['answer'] } {
  return event.type === 'done' && event.job === job.type;
}

/** A kernel that is wrong is not timed, so it needs no further start. */
function goesOn(first: Jobs[MeasuringKind]['answer']): boolean {
  return !('cases' in first) || first.timing !== undefined;
}
