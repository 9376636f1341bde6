import type { BenchConfig } from '../../bench/bench_config.ts';
import { isKnown } from '../../bench/estimate.ts';
import { digits, percent } from '../../bench/figures.ts';
import { attained, type ProfileResult } from '../../bench/profile_result.ts';
import { MODEL_NAMES } from '../../model/config.ts';
import { formLabel } from '../../settings/table.ts';
import { formatCount } from '../text.ts';

// A profile in words: for its caption, for lists, and for people who cannot see the charts.

export function describeSizes(config: BenchConfig): string {
  const { batchSize, timeSteps, inputDim, units } = config;
  const flags = MODEL_NAMES.filter((name) => config[name] === true).map(formLabel);
  return [`batch ${batchSize}`, `${timeSteps} time steps`, `channels ${inputDim}`, `units ${units}`, ...flags].join(
    ', ',
  );
}

export function describeProfile({ length, environment: { config, fused } }: ProfileResult): string {
  return `${length}, ${fused ? 'combined' : 'single'} kernels, ${describeSizes(config)}`;
}

/** What was timed, and the time it took. */
export function describeTotal(result: ProfileResult): string {
  const { rows, environment } = result;
  const total = rows.reduce((sum, { totalMs }) => sum + totalMs, 0);
  const kernels = `${rows.length} ${environment.fused ? 'combined' : 'single'} kernels`;
  return `${describeLength(result)}: ${digits(total)} ms in ${kernels}`;
}

export function summarizeProfile(result: ProfileResult): string {
  const { stepMs, environment } = result;
  const interval = isKnown(stepMs) ? ` (${digits(stepMs.low)} to ${digits(stepMs.high)})` : '';
  const step = `${digits(stepMs.median)} ms${interval}`;
  const { forward, backward } = environment.tiles;
  const unprofiled = `A step that is not profiled takes ${step} by the wall clock.`;
  return `${describeTotal(result)}. ${unprofiled} The LSTM’s tiles: ${forward} forward, ${backward} backward.`;
}

function describeLength({ length, steps, validationSteps, stopped }: ProfileResult): string {
  if (length === 'step') return `A training step, the mean of ${formatCount(steps)}`;
  const counted = `${formatCount(steps)} training and ${formatCount(validationSteps)} validation steps`;
  return stopped ? `An epoch, stopped after ${counted}` : `An epoch of ${counted}`;
}

/** The source of the times, and the times that were impossible. */
export function describeTimer({ environment: { timer, grainNanoseconds, droppedTimes }, rows }: ProfileResult): string {
  const most = Math.max(...rows.map(({ repeats }) => repeats));
  const repeated = most > 1 ? ` Short dispatches are repeated to be timed, up to ${formatCount(most)} times.` : '';
  if (timer === 'wall-clock') {
    return `Wall clock: this adapter gives no timestamps, so each dispatch is timed by itself from submission to end.${repeated}`;
  }
  const dropped = `${formatCount(droppedTimes)} impossible ${droppedTimes === 1 ? 'time' : 'times'} dropped`;
  return `Timestamps of the GPU in multiples of ${formatCount(grainNanoseconds ?? 0)} ns; ${dropped}.${repeated}`;
}

/** The roofline in words: its ridge, the kernels that take the most time, and the kernels that the plot cannot show. */
export function describeRoofline({ rows, limits }: ProfileResult): string {
  const { multiplyAddGflops, copyGBs } = limits;
  const roof = `Measured limits: ${digits(multiplyAddGflops)} GFLOP/s of multiply-adds, ${digits(copyGBs)} GB/s copied`;
  const ridge = `the ridge is at ${digits(multiplyAddGflops / copyGBs)} FLOP/byte`;
  const longest = rows.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, 3);
  const attaining = longest.map((row) => `${row.name} ${percent(row.shareOfLimit)}`).join(', ');
  const copying = rows.filter(({ flops }) => flops === 0);
  const moving = copying.map((row) => ` ${row.name} does no arithmetic and moves ${digits(attained(row).gbs)} GB/s.`);
  return `${roof}; ${ridge}. Shares of the limit: ${attaining}.${moving.join('')}`;
}
