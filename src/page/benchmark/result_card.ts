import type { BenchResult } from '../../bench/result.ts';
import { create } from '../dom.ts';
import { themed } from '../theme.ts';
import { adapterName, formatDate, formatFigure, formatInterval } from './figures.ts';

const WIDTH = 1200;
const HEIGHT = 630;
const LEFT = 80;

/** A line of the card: its text, its size in pixels and its baseline. */
interface Line {
  text: string;
  size: number;
  y: number;
  color: 'text' | 'muted' | 'training';
  bold?: boolean;
}

/** Draws a result as a picture to post: score, adapter, browser, date and versions. */
export function drawResultCard(result: BenchResult): HTMLCanvasElement {
  const canvas = create('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser has no memory for a picture of the result');
  const { fontFamily } = getComputedStyle(document.body);
  context.fillStyle = themed('training')();
  context.fillRect(0, 0, 16, HEIGHT);
  for (const { text, size, y, color, bold } of linesOf(result)) {
    context.fillStyle = themed(color)();
    context.font = `${bold ? '600 ' : ''}${size}px ${fontFamily}`;
    context.fillText(text, LEFT, y, WIDTH - 2 * LEFT);
  }
  return canvas;
}

function linesOf(result: BenchResult): Line[] {
  const { environment, date, score } = result;
  const { adapter, browser, userAgent, platform, version } = environment;
  const kind = adapter.isSoftware ? 'software adapter (CPU)' : 'GPU';
  return [
    { text: 'Attention + LSTM in WebGPU, benchmark', size: 36, y: 100, color: 'muted' },
    { ...headline(result), y: 245, color: 'training', bold: true },
    { text: score ? describeScore(score) : '', size: 32, y: 305, color: 'muted' },
    { text: adapterName(result), size: 46, y: 400, color: 'text', bold: true },
    { text: [kind, platform].filter(Boolean).join(', '), size: 32, y: 450, color: 'text' },
    { text: browser ?? userAgent ?? '', size: 32, y: 495, color: 'text' },
    {
      text: [formatDate(date), version && `version ${version}`].filter(Boolean).join(', '),
      size: 28,
      y: 560,
      color: 'muted',
    },
  ];
}

function headline({ score, invalid }: BenchResult): Pick<Line, 'text' | 'size'> {
  if (score) return { text: `${formatFigure(score.value)} samples/s`, size: 110 };
  return { text: invalid ? 'Invalid run' : 'No score at these sizes', size: 80 };
}

function describeScore({ low, high, version }: NonNullable<BenchResult['score']>): string {
  return `training, 95 % interval ${formatInterval(low, high)}, score version ${version}`;
}
