// The style sheet owns the colours, one set a scheme; charts draw on a canvas and read them from here.

const NAMES = ['text', 'muted', 'grid', 'surface', 'training', 'validation', 'bar', 'planted'] as const;
type ColorName = (typeof NAMES)[number];

const colors = {} as Record<ColorName, string>;

function readColors(): void {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) colors[name] = style.getPropertyValue(`--${name}`).trim();
}

/** A chart option that is this colour of the scheme at the time of drawing. */
export function themed(name: ColorName): () => string {
  return () => colors[name];
}

/** Reads the colours now and whenever the scheme changes, then calls `redraw`. */
export function followColorScheme(redraw: () => void): void {
  readColors();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    readColors();
    redraw();
  });
}
