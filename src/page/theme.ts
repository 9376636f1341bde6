// The style sheet owns the colours, one set for each scheme. Charts draw on a canvas and read them from here.

const NAMES = [
  'text',
  'muted',
  'grid',
  'surface',
  'training',
  'validation',
  'bar',
  'planted',
  'good',
  'heat-0',
  'heat-1',
  'heat-2',
  'heat-3',
  'heat-4',
] as const;
export type ColorName = (typeof NAMES)[number];

const colors = {} as Record<ColorName, string>;

function readColors(): void {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) colors[name] = inSixDigits(style.getPropertyValue(`--${name}`).trim());
}

/** Writes `#rgb`, which a build may make of a colour, as `#rrggbb`. */
function inSixDigits(color: string): string {
  return color.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
}

/** A chart option that is the scheme's colour `#rrggbb` at the time of drawing. */
export function themed(name: ColorName): () => string {
  return () => colors[name];
}

/** Reads the colours now and after each change of the scheme, then calls `redraw`. */
export function followColorScheme(redraw: () => void): void {
  readColors();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    readColors();
    redraw();
  });
}

const LINE_COLORS: readonly ColorName[] = ['training', 'validation', 'good', 'text'];
const LINE_DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];

/** The number of lines that can be told apart. */
export const MOST_LINES = LINE_COLORS.length * LINE_DASHES.length;

/** The style of a class's or channel's line by its index: each differs in colour or dash. */
export function lineStyle(index: number): { color: ColorName; dash: number[] } {
  const dash = LINE_DASHES[Math.floor(index / LINE_COLORS.length) % LINE_DASHES.length];
  return { color: LINE_COLORS[index % LINE_COLORS.length], dash: [...dash] };
}
