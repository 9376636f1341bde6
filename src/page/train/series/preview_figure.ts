import { lineStyle, MOST_LINES } from '../../../model/line_colors.ts';
import { formatMetric } from '../../../train/history.ts';
import { create, createSvg } from '../../dom.ts';
import { formatCount } from '../../text.ts';

import type { Preview } from './series_summary.ts';

const SIZE = { width: 240, height: 72 };
/** Most points of a line. */
const MOST_POINTS = 240;

/** A series below its label: one line a channel, over all values from `low` to `high`. Missing values are left out. */
export function previewFigure(
  { label, place, id, x }: Preview,
  inputDim: number,
  [low, high]: [number, number],
): HTMLElement {
  const { width, height } = SIZE;
  const timeSteps = x.length / inputDim;
  const across = (t: number) => ((t / Math.max(1, timeSteps - 1)) * width).toFixed(1);
  const down = (value: number) => ((1 - (value - low) / (high - low || 1)) * height).toFixed(1);
  const lines = Array.from({ length: Math.min(inputDim, MOST_LINES) }, (_, channel) => {
    const values = Array.from({ length: timeSteps }, (__, t) => x[t * inputDim + channel]);
    const known = thin(values, MOST_POINTS).filter(([, value]) => !Number.isNaN(value));
    const points = known.map(([t, value]) => `${across(t)},${down(value)}`);
    return createSvg('polyline', { points: points.join(' '), ...strokeOf(channel) });
  });
  const series = id ?? `series ${formatCount(place)}`;
  const name = `${label}, ${series}, values from ${formatMetric(low)} to ${formatMetric(high)}`;
  const picture = createSvg(
    'svg',
    { viewBox: `0 -1 ${width} ${height + 2}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': name },
    ...lines,
  );
  const figure = create('figure', '', 'preview');
  const caption = create('figcaption');
  caption.append(create('span', label, 'preview-label'), create('span', series, 'preview-place'));
  const scale = create('div', '', 'preview-scale');
  scale.append(create('span', formatMetric(high)), create('span', formatMetric(low)));
  const body = create('div', '', 'preview-body');
  body.append(scale, picture);
  figure.append(caption, body);
  return figure;
}

/** A short line in a channel's style, for the legend. */
export function legendEntry(name: string, channel: number): HTMLElement {
  const entry = create('span', '', 'legend-entry');
  const line = createSvg('line', { x1: 0, y1: 4, x2: 24, y2: 4, ...strokeOf(channel) });
  entry.append(createSvg('svg', { viewBox: '0 0 24 8', width: 24, height: 8, 'aria-hidden': 'true' }, line), name);
  return entry;
}

/** The style of a channel's line in an SVG. */
export function strokeOf(channel: number): Record<string, string> {
  const { color, dash } = lineStyle(channel);
  return { stroke: `var(--line-${color})`, 'stroke-dasharray': dash.join(' ') || 'none' };
}

/** A point of a course: step and value. */
export type Point = readonly [step: number, value: number];

/**
 * A course as about `most` points that look alike: each stretch of steps gives its smallest and its largest value. NaN,
 * a missing value, stays only if the stretch has no other.
 */
export function thin(values: ArrayLike<number>, most: number): Point[] {
  const stretch = Math.ceil((2 * values.length) / most);
  if (stretch <= 2) return Array.from(values, (value, t) => [t, value] as const);
  const points: Point[] = [];
  for (let first = 0; first < values.length; first += stretch) {
    let [least, greatest] = [first, first];
    for (let t = first; t < Math.min(values.length, first + stretch); t++) {
      if (values[t] < values[least] || Number.isNaN(values[least])) least = t;
      if (values[t] > values[greatest] || Number.isNaN(values[greatest])) greatest = t;
    }
    const ends = least === greatest ? [least] : [Math.min(least, greatest), Math.max(least, greatest)];
    points.push(...ends.map((t) => [t, values[t]] as const));
  }
  return points;
}
