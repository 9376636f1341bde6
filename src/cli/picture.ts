import { html, type Insert, Markup } from './report_html.ts';
import { PALETTE, PLOT_STYLE } from './report_style.ts';

/** A picture that stands alone: no script, no request, light or dark as its reader wants it. */
export interface Picture {
  /** Pixels. */
  width: number;
  height: number;
  title: string;
  /** Below the title. */
  note: string;
  /** What the picture shows, for those who do not see it. */
  description: string;
  content: Insert;
}

/** Free on every side. */
export const MARGIN = 32;
/** Where the content may begin, below the title and the note. */
export const CONTENT_TOP = 104;

const STYLE = `${PALETTE}
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
text { fill: var(--ink); }
.page { fill: var(--page); } .title { font-size: 22px; font-weight: 600; } .name { font-weight: 600; } .note { fill: var(--quiet); }
${PLOT_STYLE}
.series { stroke: var(--train); stroke-width: 1.5; }
rect.largest { fill: var(--planted); }
.right { fill: var(--train); } .wrong { fill: var(--planted); } .cell { fill: none; stroke: var(--rule); }
`;

/** The bytes of an SVG file, as text. */
export function renderPicture({ width, height, title, note, description, content }: Picture): string {
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${title}</title><desc id="description">${description}</desc>
<style>${new Markup(STYLE)}</style>
<rect class="page" width="${width}" height="${height}"/>
<text class="title" x="${MARGIN}" y="${MARGIN + 20}">${title}</text>
<text class="note" x="${MARGIN}" y="${MARGIN + 44}">${note}</text>
${content}
</svg>
`.text;
}

export interface Panel {
  name: string;
  /** Below the name. */
  note: string;
  content: Insert;
}

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Of the labels left of a plot, and of the name above it and the ticks below. */
export const LABELS = 44;
export const AROUND = 96;
const GAP = 24;
const COLUMNS = 3;

/** A plot under its name; `place` is the plot's own, its labels stand outside. */
export function drawPanel({ name, note, content }: Panel, { x, y, width, height }: Place): Markup {
  return html`<text class="name" x="${x}" y="${y - 34}">${name}</text><text class="note" x="${x}" y="${y - 14}">${note}</text>
<g class="plot"><svg x="${x}" y="${y}" width="${width}" height="${height}" overflow="visible">${content}</svg></g>`;
}

/** Panels in rows from `top` on, and where what follows them may begin. */
export function drawRows(panels: Panel[], top: number, pictureWidth: number, height: number): [Markup[], end: number] {
  const column = (pictureWidth - 2 * MARGIN + GAP) / COLUMNS;
  const drawn = panels.map((panel, i) => {
    const x = MARGIN + LABELS + (i % COLUMNS) * column;
    const y = top + Math.floor(i / COLUMNS) * (height + AROUND);
    return drawPanel(panel, { x, y, width: column - LABELS - GAP, height });
  });
  return [drawn, top + Math.ceil(panels.length / COLUMNS) * (height + AROUND)];
}

/** Classes that a legend shows as a line. */
const LINES = ['uniform', 'series'];

/** Squares and lines of a plot's colours with what they stand for, from the left. */
export function legend(x: number, y: number, entries: [className: string, text: string, width: number][]): Markup {
  let at = x;
  const items = entries.map(([className, text, width]) => {
    const left = at;
    at += width;
    const key = LINES.includes(className)
      ? html`<line class="${className}" x1="${left}" x2="${left + 18}" y1="${y - 4}" y2="${y - 4}"/>`
      : html`<rect class="${className}" x="${left}" y="${y - 10}" width="11" height="11" rx="2"/>`;
    return html`${key}<text class="note" x="${left + 24}" y="${y}">${text}</text>`;
  });
  return html`${items}`;
}
