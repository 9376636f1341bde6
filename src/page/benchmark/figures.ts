import type { BenchConfig } from '../../bench/bench_config.ts';
import { digits } from '../../bench/figures.ts';
import type { BenchResult, BenchRow } from '../../bench/result.ts';
import { formatCount } from '../text.ts';

// How the benchmark's figures are written.

/** Three significant digits without an exponent; whole numbers from 1,000 on. */
export function formatFigure(value: number): string {
  return Math.abs(value) >= 1000 ? formatCount(value) : digits(value);
}

export function formatInterval(low: number, high: number): string {
  return `${formatFigure(low)} to ${formatFigure(high)}`;
}

/** The error of a check; its power of ten says the most. */
export function formatError(error: number): string {
  return error === 0 ? '0' : error.toExponential(1);
}

export function formatSizes({ batchSize, timeSteps, inputDim, units }: BenchConfig): string {
  return `B ${batchSize}, T ${timeSteps}, D ${inputDim}, U ${units}`;
}

/** Day and minute in the reader's time zone. */
export function formatDate(date: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(date));
}

export function adapterName({ environment: { adapter } }: BenchResult): string {
  return adapter.description || 'unnamed adapter';
}

/** Training samples a second at the result's own sizes; undefined if no whole step was timed. */
export function samplesPerSecond({ rows, environment: { config } }: BenchResult): number | undefined {
  const step = rows.find(({ name }) => name === 'training step');
  return step && (1000 * config.batchSize) / step.medianMs;
}

export function gflops({ flops, medianMs }: BenchRow): number {
  return flops / medianMs / 1e6;
}

export function gigabytesPerSecond({ bytes, medianMs }: BenchRow): number {
  return bytes / medianMs / 1e6;
}
