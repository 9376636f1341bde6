import { ATTENTION_ITEMS } from '../train/fit.ts';
import { type Axis, linearAxis, niceStep } from './report_axes.ts';
import { html, type Insert, type Markup } from './report_html.ts';

// Charts stretch to the page while their text keeps its size: positions are percentages of the plot, labels stand outside
// it in the padding that the style sheet gives `.plot`.

export interface Series {
  name: string;
  /** Class of its line and its legend's key. */
  className: string;
  points: [x: number, y: number][];
}

export interface LineChart {
  id: string;
  title: string;
  note: string;
  xLabel: string;
  description: string;
  x: Axis;
  y: Axis;
  series: Series[];
  /** A value as the legend and the points tell it. */
  format(value: number): string;
}

const MOST_POINTS = 400;
const MOST_DOTS = 40;

/** At most `count` of the items, evenly spread, the last always among them. */
export function thin<T>(items: T[], count: number): T[] {
  const every = Math.ceil(items.length / count);
  return items.filter((_, i) => (items.length - 1 - i) % every === 0);
}

/** Lines over a common axis, with a legend that ends in each line's last value. */
export function lineChart(chart: LineChart): Markup {
  const legend = chart.series.map(({ name, className, points }) => {
    const last = points[points.length - 1][1];
    return html`<li><i class="key ${className}"></i>${name} <b>${chart.format(last)}</b></li>`;
  });
  const content = [axes(chart.x, chart.y, chart.xLabel), chart.series.map((series) => line(series, chart))];
  return figure(chart, legend, content);
}

function line({ name, className, points }: Series, { x, y, format }: LineChart): Markup {
  const shown = thin(points, MOST_POINTS);
  const corners = shown.map(([px, py]) => `${fixed(100 * x.position(px))},${fixed(100 - 100 * y.position(py))}`);
  const dots = shown.length > MOST_DOTS ? shown.slice(-1) : shown;
  return html`
<svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible"><polyline class="${className}" points="${corners.join(' ')}" vector-effect="non-scaling-stroke"/></svg>
${dots.map(
  ([px, py]) =>
    html`<circle class="${className}" cx="${percent(x.position(px))}" cy="${percent(1 - y.position(py))}" r="3"><title>${name}, epoch ${px}: ${format(py)}</title></circle>`,
)}`;
}

/** The attention by time step as bars, the planted step told apart, a line where it would be uniform. */
export function attentionBars(attention: number[], planted: number): Markup {
  const T = attention.length;
  const top = Math.max(...attention, 1 / T) * 1.05;
  const y = linearAxis(0, top, 4);
  // A bar is centred on its step, so half a step belongs to the plot at either end.
  const steps = linearAxis(-0.5, T - 0.5, 8, true);
  const x = { ...steps, ticks: steps.ticks.filter((step) => step >= 0 && step < T) };
  const gap = T > 128 ? 0 : 0.2;
  const bars = attention.map((value, step) => {
    const left = percent(x.position(step - 0.5 + gap / 2));
    const className = step === planted ? 'planted' : 'bar';
    return html`<rect class="${className}" x="${left}" y="${percent(1 - value / top)}" width="${percent((1 - gap) / T)}" height="${percent(value / top)}"><title>step ${step}: ${value.toFixed(4)}</title></rect>`;
  });
  const level = percent(1 - 1 / T / top);
  const uniform = html`<line class="uniform" x1="0" x2="100%" y1="${level}" y2="${level}"/>`;
  const legend = [
    html`<li><i class="key planted"></i>planted step ${planted} <b>${attention[planted].toFixed(4)}</b></li>`,
    html`<li><i class="key bar"></i>other steps</li>`,
    html`<li><i class="key uniform"></i>uniform, 1/${T} <b>${(1 / T).toFixed(4)}</b></li>`,
  ];
  return figure(
    {
      id: 'attention',
      title: 'Attention',
      note: `mean over ${ATTENTION_ITEMS.toLocaleString('en-US')} fresh samples`,
      description: `Bars of the attention of ${T} time steps. Planted step ${planted}: ${attention[planted].toFixed(4)}. Uniform would be ${(1 / T).toFixed(4)}.`,
    },
    legend,
    [axes(x, y, 'time step'), bars, uniform, pointer(x.position(planted))],
  );
}

/** A triangle below the plot that points at the planted step: its bar may be too low to be seen. */
function pointer(x: number): Markup {
  return html`<svg class="pointer" x="${percent(x)}" y="100%" overflow="visible"><path d="M0 2l5 8h-10z"/></svg>`;
}

function figure(
  { id, title, note, description }: Pick<LineChart, 'id' | 'title' | 'note' | 'description'>,
  legend: Markup[],
  content: Insert[],
): Markup {
  return html`<figure>
<figcaption>${title} <small>${note}</small></figcaption>
<ul class="legend">${legend}</ul>
<div class="plot"><svg width="100%" height="220" overflow="visible" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${title}, ${note}</title><desc id="${id}-description">${description}</desc>
${content}
</svg></div>
</figure>`;
}

function axes(x: Axis, y: Axis, xLabel: string): Markup {
  const rows = y.ticks.map((tick) => {
    const at = percent(1 - y.position(tick));
    return html`<line class="grid" x1="0" x2="100%" y1="${at}" y2="${at}"/><text x="-8" y="${at}" dy="0.32em" text-anchor="end">${y.format(tick)}</text>`;
  });
  const columns = x.ticks.map((tick) => {
    const at = percent(x.position(tick));
    return html`<text x="${at}" y="100%" dy="1.9em" text-anchor="middle">${x.format(tick)}</text>`;
  });
  return html`${rows}<line class="axis" x1="0" x2="100%" y1="100%" y2="100%"/>${columns}<text x="50%" y="100%" dy="3.5em" text-anchor="middle">${xLabel}</text>`;
}

/** Epochs 1 … count; a lone one stands in the middle. */
export function epochAxis(count: number): Axis {
  const axis = linearAxis(1, count, 6, true);
  const step = niceStep(Math.max(1, (count - 1) / 6));
  const ticks =
    count <= 8 ? Array.from({ length: count }, (_, i) => i + 1) : [1, ...axis.ticks.filter((t) => t > step / 2 + 1)];
  return { ...axis, ticks };
}

function percent(share: number): string {
  return `${fixed(100 * share)}%`;
}

function fixed(value: number): number {
  return Number(value.toFixed(3));
}
