import { describe, expect, it } from 'vitest';
import { mean, percentile } from '../src/bench/measure.ts';
import { scheduleOf } from '../src/bench/profile.ts';
import {
  compareProfiles,
  gapShare,
  type ProfileResult,
  profileCsv,
  requireProfileResult,
} from '../src/bench/profile_result.ts';
import { profileTables } from '../src/cli/profile_tables.ts';
import { traceOf } from '../src/formats/trace.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { RESULT, ROW } from './profile_results.ts';

describe('the figures of a profile', () => {
  it('take percentiles that values have', () => {
    const values = Array.from({ length: 20 }, (_, i) => 20 - i);
    expect(percentile(values, 0.95)).toBe(19);
    expect(percentile(values, 1)).toBe(20);
    expect(percentile([3], 0.95)).toBe(3);
    expect(mean([1, 2, 6])).toBe(3);
  });

  it('count as a gap what no dispatch covers, also where two overlap', () => {
    expect(gapShare(RESULT.timeline)).toBeCloseTo(10 / 100);
    const within = { name: 'adam', kernel: 'adam', part: 'backward', startUs: 65, durationUs: 5 } as const;
    const [first, second, last] = RESULT.timeline.spans;
    expect(gapShare({ isMeasured: true, spans: [first, second, within, { ...last, startUs: 80 }] })).toBeCloseTo(
      10 / 90,
    );
    expect(gapShare({ ...RESULT.timeline, isMeasured: false })).toBeUndefined();
  });

  it('are those of one batch, or of every batch of an epoch', () => {
    const config = { ...EXPERIMENT, samples: 100, batchSize: 32, validationSplit: 0.1 };
    const epoch = scheduleOf('epoch', config);
    expect(epoch.training.map(({ count }) => count)).toEqual([32, 32, 26]);
    expect(epoch.validation).toEqual([{ first: 90, count: 10 }]);
    expect(scheduleOf('step', config)).toMatchObject({ training: [{ first: 0, count: 32 }], validation: [] });
  });
});

describe('a profile', () => {
  it('is written as comma-separated values under its own names', () => {
    const [header, first] = profileCsv(RESULT.rows).split('\n');
    expect(header.split(',')).toHaveLength(Object.keys(ROW).length);
    expect(first).toBe('lstm_forward,3,6,2,2,1.9,2.1,2.5,0.75,20,1,4000000,2000000,0.2');
  });

  it('is one table on a wide terminal, two on a narrow one', () => {
    const wide = profileTables(RESULT, 200);
    expect(wide.match(/^lstm_forward /gm)).toHaveLength(1);
    expect(wide).toMatch(/^kernel +count .* share +MFLOP .* of limit$/m);
    const narrow = profileTables(RESULT, 80);
    expect(narrow.match(/^lstm_forward /gm)).toHaveLength(2);
    expect(narrow).toContain('timestamps, multiples of 100 ns; 2 impossible times left out');
    expect(narrow).toContain('gaps between dispatches: 10 %');
  });

  it('says what it cannot know without timestamps', () => {
    const environment = { ...RESULT.environment, timer: 'wall-clock' as const, grainNanoseconds: undefined };
    const text = profileTables({ ...RESULT, environment, timeline: { isMeasured: false, spans: [] } }, 80);
    expect(text).toContain('gaps between dispatches: the timer cannot tell');
    expect(text).toMatch(/^wall clock: /m);
  });

  it('becomes a trace: complete events in microseconds, named threads, figures as arguments', () => {
    const { traceEvents, otherData } = traceOf(RESULT);
    const [process, thread, first, , last] = traceEvents;
    expect([process.ph, thread.ph]).toEqual(['M', 'M']);
    expect(first).toEqual({
      ph: 'X',
      name: 'lstm_forward from step 0',
      cat: 'forward',
      ts: 10,
      dur: 40,
      pid: 1,
      tid: 1,
      args: {
        flops: 4e6,
        bytes: 2e6,
        'GFLOP/s': 2,
        'GB/s': 1,
        'share of limit': 0.2,
        'mean ms': 2,
      },
    });
    expect(last).toMatchObject({ name: 'adam', cat: 'backward' });
    expect(otherData).toMatchObject({ adapter: 'an adapter', timer: 'timestamp, multiples of 100 ns' });
  });

  it('is compared kernel by kernel, with what makes the two differ', () => {
    const tiles = { forward: 'units/4/registers', backward: 'units/2/registers' };
    const old: ProfileResult = {
      ...RESULT,
      length: 'epoch',
      environment: { ...RESULT.environment, tiles },
      rows: [{ ...ROW, medianMs: 1, lowMs: 1, highMs: 1, starts: [0.99, 1, 1.01] }],
    };
    const now = { ...RESULT, rows: RESULT.rows.map((row) => ({ ...row, starts: [1.98, 2, 2.02] })) };
    const { rows, warnings } = compareProfiles(old, now);
    expect(rows.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['lstm_forward', 'slower'],
      ['adam', 'new'],
    ]);
    expect(warnings).toEqual([
      'the lengths differ: then epoch, now step',
      "the LSTM's tiles differ: then units/4/registers and units/2/registers, now units/1/registers and units/2/registers",
    ]);
  });

  it('is told from other files', () => {
    const refused = (change: object) => () => requireProfileResult('old.json', { ...RESULT, ...change });
    expect(refused({})).not.toThrow();
    expect(refused({ rows: [] })).toThrow('old.json has no rows: give a file that profile --json');
    expect(refused({ length: 'day' })).toThrow('has length "day", not step or epoch');
    const environment = { ...RESULT.environment, grainNanoseconds: { toString: 1 } };
    expect(refused({ environment })).toThrow('has environment.grainNanoseconds object, not a positive number');
    expect(refused({ timeline: undefined })).toThrow('has no timeline: give');
    expect(refused({ timeline: { isMeasured: true } })).toThrow('has no list timeline.spans');
    expect(refused({ rows: [{ ...ROW, p95Ms: 'long' }] })).toThrow('rows[0].p95Ms "long", not a number from 0');
  });
});
