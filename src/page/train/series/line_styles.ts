import type { ColorName } from '../../theme.ts';

const COLORS: readonly ColorName[] = ['training', 'validation', 'good', 'text'];
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];

/** The number of lines that can be told apart. */
export const MOST_LINES = COLORS.length * DASHES.length;

/** The style of a class's or channel's line by its index: each differs in colour or dash. */
export function lineStyle(index: number): { color: ColorName; dash: number[] } {
  const dash = DASHES[Math.floor(index / COLORS.length) % DASHES.length];
  return { color: COLORS[index % COLORS.length], dash: [...dash] };
}
