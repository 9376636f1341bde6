import { attentionBars, attentionTop } from '../model/attention_bars.ts';
import { type DiagramBox, describeParameters, layOutDiagram } from '../model/diagram.ts';
import { lineClass, MOST_LINES } from '../model/line_colors.ts';
import type { LayerSummary } from '../model/summary.ts';
import type { Residuals } from '../train/evaluation.ts';
import { attentionOfChannel, type MeanAttention } from '../train/mean_attention.ts';
import { type Axis, linearAxis, niceStep } from './report_axes.ts';
import { html, type Insert, type Markup } from './report_html.ts';
import { axes, percent, polyline, stepAxis, stepBars, uniformLine } from './report_plot.ts';

// Charts stretch to the page while their text keeps its size: positions are percentages of the plot, labels stand
// outside it in the padding that the style sheet gives `.plot`.

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
  /** A value as the legend and the points show it. */
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
  const dots = shown.length > MOST_DOTS ? shown.slice(-1) : shown;
  return html`
${polyline(className, shown, x, y)}
${dots.map(
  ([px, py]) =>
    html`<circle class="${className}" cx="${percent(x.position(px))}" cy="${percent(1 - y.position(py))}" r="3"><title>${name}, epoch ${px}: ${format(py)}</title></circle>`,
)}`;
}

/** The attention of each channel by time step, a line each in the channel's colour; of very many the first ones. */
export function channelFigure(attention: MeanAttention, names: string[]): Markup {
  const shown = names.slice(0, MOST_LINES);
  const lines = shown.map((_, channel) => attentionOfChannel(attention, channel));
  const [x, y] = [stepAxis(attention.timeSteps), linearAxis(0, attentionTop(lines), 4)];
  const legend = shown.map(
    (name, channel) =>
      html`<li><svg viewBox="0 0 24 8" aria-hidden="true"><line class="${lineClass(channel)}" x1="0" x2="24" y1="4" y2="4"/></svg>${name}</li>`,
  );
  const note =
    shown.length < names.length ? `the first ${shown.length} of ${names.length} channels` : 'mean over the series';
  const description = `The attention of ${shown.length} channels over ${attention.timeSteps} time steps, a line each.`;
  return figure({ id: 'channels', title: 'Attention by channel', note, description }, legend, [
    axes(x, y, 'time step'),
    lines.map((line, channel) => polyline(lineClass(channel), [...line.entries()], x, y)),
  ]);
}

/** The attention by time step as bars, with a planted step marked and a line at the uniform attention. */
export function attentionFigure(attention: number[], note: string, planted?: number): Markup {
  const T = attention.length;
  const drawn = attentionBars(attention, { marked: planted });
  const { top, uniform } = drawn;
  const x = stepAxis(T);
  const share = planted === undefined ? undefined : attention[planted].toFixed(4);
  const legend = [
    ...(share ? [html`<li><i class="key planted"></i>planted step ${planted} <b>${share}</b></li>`] : []),
    html`<li><i class="key bar"></i>${share ? 'other steps' : 'time steps'}</li>`,
    html`<li><i class="key uniform"></i>uniform, ${uniform.share} <b>${uniform.value.toFixed(4)}</b></li>`,
  ];
  const ofPlanted = share ? ` Planted step ${planted}: ${share}.` : '';
  return figure(
    {
      id: 'attention',
      title: 'Attention',
      note,
      description: `Bars of the attention of ${T} time steps.${ofPlanted} Uniform would be ${uniform.value.toFixed(4)}.`,
    },
    legend,
    [
      axes(x, linearAxis(0, top, 4), 'time step'),
      stepBars(drawn, 'planted'),
      uniformLine(drawn),
      planted === undefined ? undefined : pointer(x.position(planted)),
    ],
  );
}

/** The residuals of predicted numbers, a point a series. */
export function residualPlot(id: string, title: string, { labels, predicted }: Residuals): Markup {
  const points = labels.map((label, n): [number, number] => [label, predicted[n] - label]);
  const misses = points.map(([, miss]) => Math.abs(miss));
  const most = Math.max(...misses) || 1;
  const x = linearAxis(Math.min(...labels), Math.max(...labels), 6);
  const y = linearAxis(-most, most, 6);
  const dots = points.map(
    ([label, miss]) =>
      html`<circle class="train" cx="${percent(x.position(label))}" cy="${percent(1 - y.position(miss))}" r="3"><title>${label.toPrecision(4)}: ${miss.toPrecision(3)}</title></circle>`,
  );
  const zero = html`<line class="uniform" x1="0" x2="100%" y1="50%" y2="50%"/>`;
  const legend = [html`<li><i class="key uniform"></i>exact</li>`];
  const description = `Residuals of ${points.length} series by their labels. The largest is ${most.toPrecision(3)}.`;
  return figure({ id, title, note: 'predicted − label', description }, legend, [axes(x, y, 'label'), zero, dots]);
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

/** Epochs 1 … count; a lone one stands in the middle. */
export function epochAxis(count: number): Axis {
  const axis = linearAxis(1, count, 6, true);
  const step = niceStep(Math.max(1, (count - 1) / 6));
  const ticks =
    count <= 8 ? Array.from({ length: count }, (_, i) => i + 1) : [1, ...axis.ticks.filter((t) => t > step / 2 + 1)];
  return { ...axis, ticks };
}

/** The model's picture for the report. */
export function modelDiagram(layers: LayerSummary[]): Markup {
  const { width, height, boxes, edges, description } = layOutDiagram(layers);
  return html`<svg class="diagram" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-labelledby="model-title model-description">
<title id="model-title">The model's layers</title><desc id="model-description">${description}</desc>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>
${edges.map((path) => html`<path class="edge" d="${path}" marker-end="url(#arrow)"/>`)}
${boxes.map(box)}
</svg>`;
}

function box({ layer, x, y, width, height }: DiagramBox): Markup {
  return html`<g class="${layer.parameters > 0 ? 'layer learned' : 'layer'}">
<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>
<text x="${x + 14}" y="${y + 22}"><tspan class="name">${layer.name}</tspan>: ${layer.type}</text>
<text class="detail" x="${x + 14}" y="${y + 40}">${layer.outputShape}</text>
<text class="detail" x="${x + width - 14}" y="${y + 40}" text-anchor="end">${describeParameters(layer)}</text>
</g>`;
}
