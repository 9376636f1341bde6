import { describe, expect, it } from 'vitest';
import { benchResultOf } from '../src/bench/bench_starts.ts';
import { profileResultOf, requireProfileResult } from '../src/bench/profile_result.ts';
import { requireBenchResult } from '../src/bench/result_file.ts';
import { Failure } from '../src/errors.ts';
import type { Job, JobEvent } from '../src/jobs/protocol.ts';
import { inStarts } from '../src/jobs/starts.ts';
import { result } from './bench_results.ts';
import { benchStart, profileStart } from './measuring_starts.ts';

const CONFIG = result([]).environment.config;

describe('a benchmark of several starts', () => {
  it('has the median of the starts’ medians, and keeps them', () => {
    const combined = benchResultOf([1, 2, 1.5, 3, 1.2, 1.1].map((factor) => benchStart(factor)));
    const [row] = combined.rows;
    expect(row).toMatchObject({ samples: 18, lowMs: 2, highMs: 6, starts: [2, 4, 3, 6, 2.4, 2.2] });
    expect(row.medianMs).toBeCloseTo(2.7);
    expect(combined.epoch?.outsideKernels).toBeCloseTo(1 - (0.9 / 1.2 + 0.9 / 1.5) / 2);
    expect(combined.epoch?.low).toBeCloseTo(0.1);
    expect(combined.lstmShareOfPeak.low).toBeCloseTo(0.1);
    expect(combined.lstmShareOfPeak.high).toBe(0.3);
    expect(() => requireBenchResult('it', JSON.parse(JSON.stringify(combined)))).not.toThrow();
  });

  it('is invalid if the adapter slowed down from start to start', () => {
    const starts = [100, 100, 90, 50, 40, 40].map((rate) => {
      const workloads = [{ name: 'experiment', config: CONFIG }];
      return benchStart(1, { score: { workloads, rounds: [[rate], [rate]] } });
    });
    expect(benchResultOf(starts).invalid).toEqual([expect.stringMatching(/slowed down to 0\.40 /)]);
    expect(benchResultOf(starts).score).toBeUndefined();
    expect(benchResultOf(starts.slice(0, 3)).score).toMatchObject({ version: 2, rounds: 6 });
  });
});

describe('a profile of several starts', () => {
  it('adds up the batches that the starts have taken', () => {
    const combined = profileResultOf([profileStart(1, [1, 2, 3]), profileStart(2, [1, 2]), profileStart(1, [])]);
    const [row] = combined.rows;
    expect(row).toMatchObject({
      count: 5,
      samples: 5,
      meanMs: 12 / 5,
      totalMs: 12,
      p95Ms: 4,
      share: 1,
      starts: [2, 3],
    });
    expect(combined).toMatchObject({ steps: 5, environment: { droppedTimes: 3 }, stepMs: { median: 1 } });
    expect(() => requireProfileResult('it', JSON.parse(JSON.stringify(combined)))).not.toThrow();
  });

  it('that was stopped in its first start is readable, and tells nothing', () => {
    const combined = profileResultOf([profileStart(1, [1, 2])]);
    expect(combined.rows[0]).toMatchObject({ lowMs: 0, highMs: Number.MAX_VALUE });
    expect(() => requireProfileResult('it', JSON.parse(JSON.stringify(combined)))).not.toThrow();
  });
});

describe('starts', () => {
  const job = { type: 'bench', config: CONFIG, tuning: { known: {} } } as const;

  /** Runs the starts on a host that answers with `eventsOf`. Returns the jobs, the events and the result or failure. */
  async function follow(eventsOf: (index: number) => JobEvent[], signal?: AbortSignal) {
    const jobs: Job[] = [];
    const events: JobEvent[] = [];
    async function* run(one: Job) {
      jobs.push(one);
      yield* eventsOf(jobs.length - 1);
    }
    const measuring = inStarts(job, run, { starts: 3, signal });
    for (;;) {
      const { done, value } = await measuring.next();
      if (done) return { jobs, events, result: value };
      events.push(value);
    }
  }

  const done = (factor: number): JobEvent => ({ type: 'done', job: 'bench', result: benchStart(factor) });

  it('are jobs of their own, with the tiles that the first one measured', async () => {
    const tiles: JobEvent = { type: 'tiles', key: 'k', tiles: { lstm_forward: 'quads/32' }, seconds: 1 };
    const { jobs, events, result } = await follow((index) => (index === 0 ? [tiles, done(1)] : [done(1 + index)]));
    expect(jobs).toMatchObject([
      { start: { index: 0, of: 3 }, tuning: { known: {} } },
      { start: { index: 1, of: 3 }, tuning: { known: { k: tiles.tiles } } },
      { start: { index: 2, of: 3 }, tuning: { known: { k: tiles.tiles } } },
    ]);
    expect(events.map(({ type }) => type)).toEqual(['tiles', 'progress', 'progress']);
    expect(result.rows[0].starts).toEqual([2, 4, 6]);
  });

  it('end with the first failure', async () => {
    const failed: JobEvent = { type: 'failed', code: 'device-lost', message: 'it was lost' };
    await expect(follow((index) => (index === 1 ? [failed] : [done(1)]))).rejects.toThrow(
      new Failure('device-lost', 'it was lost'),
    );
  });

  it('end after the one that was stopped', async () => {
    const { jobs } = await follow(() => [done(1)], AbortSignal.abort());
    expect(jobs).toHaveLength(1);
  });
});
