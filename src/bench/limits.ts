import { median, possibleTimes } from './measure.ts';

/** What the adapter does at best. */
export interface Limits {
  multiplyAddGflops: number;
  /** Read and written, in 10⁹ bytes a second. */
  copyGBs: number;
}

/** Milliseconds that the limits leave at least: arithmetic and traffic go on side by side, so the longer of the two. */
export function limitMs({ flops, bytes }: { flops: number; bytes: number }, limits: Limits): number {
  return Math.max(flops / limits.multiplyAddGflops, bytes / limits.copyGBs) / 1e6;
}

/** The medians of what was measured. Throws internal where the timer failed every time. */
export function typicalLimits(limits: Limits[]): Limits {
  const peaks = limits.map(({ multiplyAddGflops }) => multiplyAddGflops);
  const bandwidths = limits.map(({ copyGBs }) => copyGBs);
  return {
    multiplyAddGflops: median(possibleTimes('multiply_add_peak', peaks)),
    copyGBs: median(possibleTimes('copy_bandwidth', bandwidths)),
  };
}
