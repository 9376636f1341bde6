import { describe, expect, it } from 'vitest';
import { browserOf } from '../src/page/benchmark/environment.ts';
import { formatFigure, samplesPerSecond } from '../src/page/benchmark/figures.ts';
import { describeTimeLeft, expectPhases, TimeLeft } from '../src/page/benchmark/time_left.ts';
import { result, row } from './bench_results.ts';

describe('the time left', () => {
  const phases = [
    { phase: 'preparing', seconds: 10 },
    { phase: 'measuring', seconds: 20 },
    { phase: 'score', seconds: 30 },
  ] as const;

  it('is what was expected at first, and counts down', () => {
    let now = 100;
    const left = new TimeLeft([...phases], () => now);
    expect(left.seconds).toBe(60);
    now += 4;
    expect(left.seconds).toBe(56);
    // Longer than expected: the later phases still take their time.
    now += 50;
    expect(left.seconds).toBe(50);
  });

  it('goes by how the present phase went', () => {
    let now = 0;
    const left = new TimeLeft([...phases], () => now);
    now = 2;
    left.update('measuring', 0, 10);
    expect(left.seconds).toBe(50);
    now = 10;
    left.update('measuring', 2, 10);
    expect(left.seconds).toBe(32 + 30);
    now = 13;
    expect(left.seconds).toBe(29 + 30);
    left.update('score', 0, 10);
    expect(left.seconds).toBe(30);
  });

  it('is told no more exactly than it is known', () => {
    const told = [0, 4.9, 5, 42, 57, 58, 100, 400].map(describeTimeLeft);
    expect(told.slice(0, 2)).toEqual(['a few seconds left', 'a few seconds left']);
    expect(told.slice(2, 5)).toEqual(['about 5 s left', 'about 40 s left', 'about 55 s left']);
    expect(told.slice(5)).toEqual(['about 1 min left', 'about 2 min left', 'about 7 min left']);
  });

  it('has a phase for whatever was asked for, in the order of the run', () => {
    const least = { isSoftware: false, seconds: 5, score: false, sweepPoints: 0, peers: 0, peerSeconds: 10 };
    const names = (extent: typeof least) => expectPhases(extent).map(({ phase }) => phase);
    expect(names(least)).toEqual(['preparing', 'checking', 'measuring', 'starts']);
    expect(names({ ...least, score: true, sweepPoints: 7, peers: 1 })).toEqual([
      'preparing',
      'checking',
      'measuring',
      'score',
      'sweeps',
      'starts',
      'peers',
    ]);
    const total = (isSoftware: boolean) =>
      expectPhases({ ...least, isSoftware }).reduce((sum, { seconds }) => sum + seconds, 0);
    expect(total(true)).toBeGreaterThan(2 * total(false));
  });
});

describe('a browser', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome 140.0.0.0',
    ],
    [
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.1.2',
      'Edge 140.0.1.2',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0', 'Firefox 141.0'],
    ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15', 'Safari 26.0'],
    ['something else', 'unknown browser'],
  ])('that says %s is %s', (userAgent, browser) => {
    expect(browserOf(userAgent)).toBe(browser);
  });
});

describe('figures', () => {
  it('have three digits, and thousands apart', () => {
    expect([0, 0.01234, 1.5, 999.4, 1234.5].map(formatFigure)).toEqual(['0', '0.0123', '1.50', '999', '1,235']);
  });

  it('of training come from the whole step', () => {
    expect(samplesPerSecond(result([row('training step', 128), row('adam', 1)]))).toBe(2000);
    expect(samplesPerSecond(result([row('adam', 1)]))).toBeUndefined();
  });
});
