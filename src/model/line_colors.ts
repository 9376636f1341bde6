/** A line's colour `#rrggbb` on a light and on a dark ground. */
export interface LineColor {
  light: string;
  dark: string;
}

/**
 * The colours of channels and classes, in every chart of the page, in pictures and in reports. Each stands out from the
 * ground, and from the others for people who see fewer colours too.
 */
export const LINE_COLORS: readonly LineColor[] = [
  { light: '#1f55c4', dark: '#8db0ff' },
  { light: '#ed6608', dark: '#ee7b3b' },
  { light: '#00a18e', dark: '#00ea95' },
  { light: '#6a046d', dark: '#996c9b' },
  { light: '#8e7043', dark: '#ffee4c' },
  { light: '#25362f', dark: '#deffff' },
];

/** Lengths of strokes and gaps, in pixels; the first line is whole. */
const LINE_DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];

/** The number of lines that can be told apart: no chart has more. */
export const MOST_LINES = LINE_COLORS.length * LINE_DASHES.length;

/**
 * The style of a channel's or class's line by its index: the place of its colour in the list, and its dashes. Behind
 * the last colour the first one comes again, with other dashes.
 */
export function lineStyle(index: number): { color: number; dash: number[] } {
  const dash = LINE_DASHES[Math.floor(index / LINE_COLORS.length) % LINE_DASHES.length];
  return { color: index % LINE_COLORS.length, dash: [...dash] };
}

/** CSS variables with the colours of one kind of ground: `--line-0: #1f55c4; …`. */
export function lineVariables(ground: keyof LineColor): string {
  return LINE_COLORS.map((color, i) => `--line-${i}: ${color[ground]};`).join(' ');
}

/** The CSS class of a line in a document with `LINE_RULES`. */
export function lineClass(index: number): string {
  return `line-${index % MOST_LINES}`;
}

/** CSS rules for the lines of SVG, and for what else has a colour of the text. */
export const LINE_RULES = Array.from({ length: MOST_LINES }, (_, i) => {
  const { color, dash } = lineStyle(i);
  const dashes = dash.length > 0 ? ` stroke-dasharray: ${dash.join(' ')};` : '';
  return `.line-${i} { color: var(--line-${color}); stroke: var(--line-${color});${dashes} }`;
}).join('\n');
