import { median, possibleTimes } from './measure.ts';

/** The adapter's best rates. */
export interface Limits {
  multiplyAddGflops: number;
  /** Bytes read plus bytes written, in 10⁹ a second. */
  copyGBs: number;
}

/**
 * The least time that the limits allow, in milliseconds. Arithmetic and traffic overlap, so it is the longer of the
 * two.
 */
export function limitMs({ flops, bytes }: { flops: number; bytes: number }, limits: Limits): number {
  return Math.max(flops / limits.multiplyAddGflops, bytes / limits.copyGBs) / 1e6;
}

/** The medians over the rounds. Throws internal if the timer failed every time. */
export function typicalLimits(limits: Limits[]): Limits {
  const peaks = limits.map(({ multiplyAddGflops }) => multiplyAddGflops);
  const bandwidths = limits.map(({ copyGBs }) => copyGBs);
  return {
    multiplyAddGflops: median(possibleTimes('multiply_add_peak', peaks)),
    copyGBs: median(possibleTimes('copy_bandwidth', bandwidths)),
  };
}
