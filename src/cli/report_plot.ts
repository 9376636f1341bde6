import type { AttentionBars } from '../model/attention_bars.ts';
import { type Axis, linearAxis } from './report_axes.ts';
import { html, type Markup } from './report_html.ts';

// Parts of charts. Positions are percentages of the `svg` that holds a plot; labels stand outside it, so it needs room
// around.

/** Lines at the ticks of y, ticks of x and both axes' labels. */
export function axes(x: Axis, y: Axis, xLabel?: string): Markup {
  const rows = y.ticks.map((tick) => {
    const at = percent(1 - y.position(tick));
    return html`<line class="grid" x1="0" x2="100%" y1="${at}" y2="${at}"/><text x="-8" y="${at}" dy="0.32em" text-anchor="end">${y.format(tick)}</text>`;
  });
  const columns = x.ticks.map((tick) => {
    const at = percent(x.position(tick));
    return html`<text x="${at}" y="100%" dy="1.9em" text-anchor="middle">${x.format(tick)}</text>`;
  });
  const label = xLabel && html`<text x="50%" y="100%" dy="3.5em" text-anchor="middle">${xLabel}</text>`;
  return html`${rows}<line class="axis" x1="0" x2="100%" y1="100%" y2="100%"/>${columns}${label}`;
}

/** A line through points whose width does not depend on the plot's proportions. */
export function polyline(className: string, points: [x: number, y: number][], x: Axis, y: Axis): Markup {
  const corners = points.map(([px, py]) => `${fixed(100 * x.position(px))},${fixed(100 - 100 * y.position(py))}`);
  return html`<svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible"><polyline class="${className}" points="${corners.join(' ')}" vector-effect="non-scaling-stroke"/></svg>`;
}

/** Time steps 0 … T - 1, each in the middle of its bar. */
export function stepAxis(timeSteps: number, count = 8): Axis {
  // Half a step belongs to the plot at either end.
  const axis = linearAxis(-0.5, timeSteps - 0.5, count, true);
  return { ...axis, ticks: axis.ticks.filter((step) => step >= 0 && step < timeSteps) };
}

/** A bar a time step; the marked one has a class of its own. */
export function stepBars({ bars }: AttentionBars, markedClass = 'bar'): Markup {
  const rects = bars.map(({ step, value, left, width, height, isMarked }) => {
    const className = isMarked ? markedClass : 'bar';
    return html`<rect class="${className}" x="${percent(left)}" y="${percent(1 - height)}" width="${percent(width)}" height="${percent(height)}"><title>step ${step}: ${value.toFixed(4)}</title></rect>`;
  });
  return html`${rects}`;
}

/** A line at the uniform attention. */
export function uniformLine({ uniform }: AttentionBars): Markup {
  const level = percent(1 - uniform.height);
  return html`<line class="uniform" x1="0" x2="100%" y1="${level}" y2="${level}"/>`;
}

export function percent(share: number): string {
  return `${fixed(100 * share)}%`;
}

function fixed(value: number): number {
  return Number(value.toFixed(3));
}
