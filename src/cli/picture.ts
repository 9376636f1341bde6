import { extname } from 'node:path';
import { Failure } from '../errors.ts';
import type { HostOptions } from '../hosts/host.ts';
import { writeBytes, writeText } from './files.ts';
import { html, type Insert, Markup } from './report_html.ts';
import { PALETTE, PLOT_STYLE } from './report_style.ts';
import { plainText, textWidth } from './terminal.ts';

/** A picture that needs nothing else: no script and no request; light or dark as its reader prefers. */
export interface Picture {
  /** In pixels. */
  width: number;
  height: number;
  title: string;
  /** Text below the title. */
  note: string;
  /** The picture in words, for people who cannot see it. */
  description: string;
  content: Insert;
}

/** Space on every side. */
export const MARGIN = 32;
/** Top of the content, below the title and the note. */
export const CONTENT_TOP = 104;

const STYLE = `${PALETTE}
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
text { fill: var(--ink); }
.page { fill: var(--page); } .title { font-size: 22px; font-weight: 600; } .name { font-weight: 600; } .note { fill: var(--quiet); }
${PLOT_STYLE}
polyline, .key { stroke-width: 1.5; }
rect.largest { fill: var(--planted); }
.right { fill: var(--train); } .wrong { fill: var(--planted); } .cell { fill: none; stroke: var(--rule); }
`;

/** The text of an SVG file. */
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
  /** Text below the name. */
  note: string;
  content: Insert;
}

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Space for the labels left of a plot, for the name above it, and for the ticks below. */
export const LABELS = 44;
export const AROUND = 96;
const GAP = 24;
const COLUMNS = 3;

/** A plot below its name. `place` is the plot itself; its labels stand outside. */
export function drawPanel({ name, note, content }: Panel, { x, y, width, height }: Place): Markup {
  return html`<text class="name" x="${x}" y="${y - 34}">${name}</text><text class="note" x="${x}" y="${y - 14}">${note}</text>
<g class="plot"><svg x="${x}" y="${y}" width="${width}" height="${height}" overflow="visible">${content}</svg></g>`;
}

/** Panels in rows from `top` on, and the top of the content after them. */
export function drawRows(panels: Panel[], top: number, pictureWidth: number, height: number): [Markup[], end: number] {
  const column = (pictureWidth - 2 * MARGIN + GAP) / COLUMNS;
  const drawn = panels.map((panel, i) => {
    const x = MARGIN + LABELS + (i % COLUMNS) * column;
    const y = top + Math.floor(i / COLUMNS) * (height + AROUND);
    return drawPanel(panel, { x, y, width: column - LABELS - GAP, height });
  });
  return [drawn, top + Math.ceil(panels.length / COLUMNS) * (height + AROUND)];
}

/** Whether a legend shows a CSS class as a line. */
const isLine = (className: string) => className === 'uniform' || className.startsWith('line-');

/** Squares and lines in a plot's colours with their meaning, from the left. */
export function legend(x: number, y: number, entries: [className: string, text: string, width: number][]): Markup {
  let at = x;
  const items = entries.map(([className, text, width]) => {
    const left = at;
    at += width;
    const key = isLine(className)
      ? html`<line class="key ${className}" x1="${left}" x2="${left + 18}" y1="${y - 4}" y2="${y - 4}"/>`
      : html`<rect class="${className}" x="${left}" y="${y - 10}" width="11" height="11" rx="2"/>`;
    return html`${key}<text class="note" x="${left + 24}" y="${y}">${text}</text>`;
  });
  return html`${items}`;
}

/** Approximate width of a character at size 13. */
const CHARACTER = 7.2;
const WIDE_CHARACTER = 13.5;
/** Scripts whose characters are as wide as high, and emoji. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/gu;

/** No picture has room for more characters. */
const MOST_CHARACTERS = 200;

/** Foreign text for a picture: one line, at most about `widest` pixels wide, without characters that XML forbids. */
export function pictureText(text: string, widest = 175): string {
  const whole = plainText(text).replace(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');
  if (widthOf(whole) <= widest) return whole;
  const characters = [...whole].slice(0, MOST_CHARACTERS);
  while (widthOf(`${characters.join('')}…`) > widest) characters.pop();
  return `${characters.join('')}…`;
}

/** Approximate width of a text, in pixels. */
export function widthOf(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return CHARACTER * (textWidth(text) - wide) + WIDE_CHARACTER * wide;
}

const OPTION = '--picture';

/** Throws invalid-option if the name does not end as a picture's. */
export function requirePictureName(path: string): void {
  if (['.svg', '.png'].includes(kindOf(path))) return;
  throw new Failure('invalid-option', `${OPTION} is ${path}: give a name that ends in .svg or .png`);
}

/** Writes the SVG, or lets a browser draw it as PNG. Throws not-saved, no-browser or browser-failed. */
export async function writePicture(
  path: string,
  picture: Picture,
  options: Pick<HostOptions, 'log' | 'signal'>,
): Promise<void> {
  const svg = renderPicture(picture);
  if (kindOf(path) === '.svg') return writeText(path, svg, OPTION);
  const { drawPng } = await import('../hosts/screenshot.ts');
  await writeBytes(path, await drawPng(svg, picture, options), OPTION);
}

function kindOf(path: string): string {
  return extname(path).toLowerCase();
}
