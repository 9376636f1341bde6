import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { type AttentionBars, attentionBars } from '../model/attention_bars.ts';

/** Properties of the place where the command line prints. */
export interface Terminal {
  /** Whether a line can be redrawn in place. */
  readonly isTTY: boolean;
  readonly columns: number;
  readonly color: boolean;
  write(text: string): void;
}

const DEFAULT_COLUMNS = 80;

/** A stream as a terminal. NO_COLOR wins over FORCE_COLOR. TERM=dumb has neither colour nor redrawing. */
export function createTerminal(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const isTTY = Boolean(stream.isTTY) && env.TERM !== 'dumb';
  const forced = env.FORCE_COLOR ? !['0', 'false'].includes(env.FORCE_COLOR) : undefined;
  return {
    isTTY,
    // Read anew each time, because a window may change its width. Some pseudo-terminals report 0.
    get columns() {
      return stream.columns || DEFAULT_COLUMNS;
    },
    color: !env.NO_COLOR && env.TERM !== 'dumb' && (forced ?? isTTY),
    write: (text) => {
      stream.write(text);
    },
  };
}

/** Columns that a text takes: colours take none, and a character beyond 16 bits counts once. */
export function textWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Lines of a message that cannot control the terminal, whatever names and paths are in them. */
export function safeLines(text: string): string {
  return text.split('\n').map(plainText).join('\n');
}

/** Foreign text (an adapter's name, a path) in one line that cannot control the terminal. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

export type Align = 'left' | 'right';

/** Columns as wide as their widest cell, two spaces apart. Cells may be coloured. Left-aligned by default. */
export function table(headers: string[], rows: string[][], align: Align[] = []): string {
  const widths = headers.map((header, i) => Math.max(...[header, ...rows.map((row) => row[i])].map(textWidth)));
  const line = (cells: string[]) => joinCells(cells, widths, align);
  return [line(headers), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function joinCells(cells: string[], widths: number[], align: Align[] = []): string {
  const padded = cells.map((cell, i) => {
    const space = ' '.repeat(widths[i] - textWidth(cell));
    return align[i] === 'right' ? space + cell : cell + space;
  });
  return padded.join('  ').trimEnd();
}

export interface AttentionChartOptions {
  columns: number;
  /** The planted time step, which gets an arrow. */
  marked?: number;
  /** Whether a thin line marks the uniform attention. */
  uniform?: boolean;
  color: boolean;
}

/** Up to this number every time step has a row; of more, only the largest have one. */
const ALL_STEPS = 64;
const LARGEST_STEPS = 32;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Attention by time step as horizontal bars, one line a step, below a heading. Below 20 columns lines are cut. */
export function attentionChart(attention: number[], options: AttentionChartOptions): string {
  const { columns, marked, color } = options;
  const colors = pc.createColors(color);
  const steps = shownSteps(attention, marked);
  const indexWidth = String(attention.length - 1).length;
  const mark = columns < 40 ? '◀' : '◀ planted';
  const markWidth = marked === undefined ? 0 : mark.length + 1;
  // One column stays free: some terminals break a line that fills the last one.
  const width = Math.max(1, columns - 1 - (indexWidth + 1 + 6 + 1) - markWidth);
  const { bars, uniform } = attentionBars(attention, { marked, top: Math.max(...attention) });
  const tick = options.uniform ? uniformTick(uniform, width) : undefined;
  const rows = steps.map((step) => {
    const { value, height, isMarked } = bars[step];
    const blocks = blocksOf(height, width);
    const gap = tick === undefined || tick < blocks.length ? '' : ' '.repeat(tick - blocks.length) + colors.dim('┊');
    const paint = isMarked ? colors.green : colors.cyan;
    const label = `${String(step).padStart(indexWidth)} ${value.toFixed(4)}`;
    const text = `${label} ${blocks && paint(blocks)}${gap}`;
    return isMarked ? `${text} ${colors.bold(mark)}` : text.trimEnd();
  });
  const header = chartHeader(uniform, attention.length, steps, tick !== undefined);
  const lines = [...header.flatMap((text) => wrap(text, columns - 1)), ...rows];
  return lines.map((text) => (textWidth(text) < columns ? text : cutText(text, columns - 1))).join('\n');
}

/** The first columns of a text, without its colours. */
function cutText(text: string, columns: number): string {
  return [...stripVTControlCharacters(text)].slice(0, columns).join('');
}

/** The column of the uniform attention; undefined if it is so near the start that the bars' ends hide it. */
function uniformTick({ height }: AttentionBars['uniform'], width: number): number | undefined {
  const tick = Math.min(width - 1, Math.floor(width * height));
  return tick >= 4 ? tick : undefined;
}

function shownSteps(attention: number[], marked: number | undefined): number[] {
  const all = attention.map((_, step) => step);
  if (all.length <= ALL_STEPS) return all;
  const largest = new Set(all.toSorted((a, b) => attention[b] - attention[a]).slice(0, LARGEST_STEPS));
  return all.filter((step) => largest.has(step) || step === marked);
}

function chartHeader(
  { value, share }: AttentionBars['uniform'],
  timeSteps: number,
  shown: number[],
  ticked: boolean,
): string[] {
  const level = `uniform would be ${share} = ${value.toFixed(4)}${ticked ? ', at ┊' : ''}`;
  const header = [`Mean attention by time step (${level})`];
  const planted = shown.length > LARGEST_STEPS ? ' and the planted one' : '';
  if (shown.length < timeSteps) header.push(`The ${LARGEST_STEPS} largest of ${timeSteps} steps${planted}:`);
  return header;
}

function blocksOf(fraction: number, width: number): string {
  const eighths = Number.isFinite(fraction) ? Math.round(fraction * width * 8) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** Breaks a text at spaces into lines of at most `columns`, if the words allow it. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : undefined;
    if (longer !== undefined && longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
