import type { MultiplyAddShape } from '../../shaders/roofline.ts';

/**
 * Which of the independent starts of a measurement a job takes. Each has a device, buffers and compiled code of its
 * own, and takes its share of the time; only the first does things that are done once.
 */
export interface Start {
  /** From 0. */
  index: number;
  of: number;
  /** The shape of the peak kernel that the first start has chosen. */
  peak?: MultiplyAddShape;
}

/** A measurement of a single start, whose figures have no interval. */
export const ONLY_START: Start = { index: 0, of: 1 };
