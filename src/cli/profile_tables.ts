import { digits, percent } from '../bench/figures.ts';
import { attained, gapShare, type ProfileResult, type ProfileRow } from '../bench/profile_result.ts';
import { droppedText, limitsText } from './bench_tables.ts';
import { type Align, plainText, table } from './terminal.ts';

/** A profile as one table if it fits into `columns`, else as two. */
export function profileTables(result: ProfileResult, columns: number): string {
  const { environment, rows, timeline } = result;
  const { adapter, tiles, fused } = environment;
  const sorted = rows.toSorted((a, b) => b.totalMs - a.totalMs);
  const gaps = gapShare(timeline);
  const parts = [
    [
      `Adapter: ${plainText(adapter.description)}${adapter.isSoftware ? ' (software adapter)' : ''}`,
      `${lengthText(result)}, ${fused ? 'combined' : 'single'} kernels`,
      `LSTM: forward ${tiles.forward}, backward ${tiles.backward}`,
    ],
    [rowTables(sorted, columns)],
    [
      `limits: ${limitsText(result.limits)}`,
      `a step by the wall clock, not profiled: ${digits(result.stepMs.median)} ms`,
      gaps === undefined
        ? 'gaps between dispatches: the timer cannot tell'
        : `gaps between dispatches: ${percent(gaps)}`,
      timerText(result),
    ],
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

function lengthText({ length, steps, validationSteps, stopped }: ProfileResult): string {
  if (length === 'step') return `A training step, timed ${steps} times`;
  const counted = `${steps} training and ${validationSteps} validation steps`;
  return stopped ? `An epoch, stopped after ${counted}` : `An epoch of ${counted}`;
}

function timerText({ environment: { timer, grainNanoseconds, droppedTimes } }: ProfileResult): string {
  if (timer === 'wall-clock') return 'wall clock: each dispatch repeated until it is long enough for it';
  return `timestamps, multiples of ${grainNanoseconds} ns${droppedText(droppedTimes)}`;
}

const TIMES = ['count', 'total ms', 'mean ms', 'p95 ms', 'share'];
const WORK = ['MFLOP', 'MB', 'GFLOP/s', 'GB/s', 'of limit'];

/** Times and work side by side, or one below the other. */
function rowTables(rows: ProfileRow[], columns: number): string {
  const wide = build([...TIMES, ...WORK], rows, (row) => [...timeCells(row), ...workCells(row)]);
  if (wide.split('\n').every((line) => line.length <= columns)) return wide;
  return [build(TIMES, rows, timeCells), build(WORK, rows, workCells)].join('\n\n');
}

function build(headers: string[], rows: ProfileRow[], cells: (row: ProfileRow) => string[]): string {
  const aligns: Align[] = ['left', ...headers.map((): Align => 'right')];
  return table(
    ['kernel', ...headers],
    rows.map((row) => [row.name, ...cells(row)]),
    aligns,
  );
}

function timeCells({ count, totalMs, meanMs, p95Ms, share }: ProfileRow): string[] {
  return [String(count), digits(totalMs), digits(meanMs), digits(p95Ms), percent(share)];
}

function workCells(row: ProfileRow): string[] {
  const { gflops, gbs } = attained(row);
  return [digits(row.flops / 1e6), digits(row.bytes / 1e6), digits(gflops), digits(gbs), percent(row.shareOfLimit)];
}
