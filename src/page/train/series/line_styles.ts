import type { ColorName } from '../../theme.ts';

const COLORS: readonly ColorName[] = ['training', 'validation', 'good', 'text'];
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];

/** Lines that can be told apart. */
export const MOST_LINES = COLORS.length * DASHES.length;

/** How the line of a class or a channel looks, by its place in the order: another colour, or another dash. */
export function lineStyle(index: number): { color: ColorName; dash: number[] } {
  const dash = DASHES[Math.floor(index / COLORS.length) % DASHES.length];
  return { color: COLORS[index % COLORS.length], dash: [...dash] };
}
