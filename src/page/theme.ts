import { LINE_COLORS } from '../model/line_colors.ts';

// The style sheet owns the colours, one set for each scheme, but for those of lines, which the command line's pictures
// have too. Charts draw on a canvas and read them all from here.

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
export type ColorName = (typeof NAMES)[number] | `line-${number}`;

const DARK = '(prefers-color-scheme: dark)';
const colors = {} as Record<ColorName, string>;

function readColors(): void {
  const root = document.documentElement;
  const ground = matchMedia(DARK).matches ? 'dark' : 'light';
  for (const [i, color] of LINE_COLORS.entries()) {
    colors[`line-${i}`] = color[ground];
    root.style.setProperty(`--line-${i}`, color[ground]);
  }
  const style = getComputedStyle(root);
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
  matchMedia(DARK).addEventListener('change', () => {
    readColors();
    redraw();
  });
}
