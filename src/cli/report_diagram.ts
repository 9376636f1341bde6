import type { LayerSummary } from '../model/summary.ts';
import { html, type Markup } from './report_html.ts';

const BOX = { width: 280, height: 52, gap: 26, left: 44 };
/** Room that each branch beside the boxes takes. */
const LANE = 18;

/** The model as Keras' `plot_model` draws it: boxes from the input down, arrows along the data. */
export function modelDiagram(layers: LayerSummary[]): Markup {
  const row = new Map(layers.map(({ name }, i) => [name, i]));
  const arrows = layers.flatMap(({ from }, to) => from.map((name) => ({ from: row.get(name) ?? to - 1, to })));
  const branches = arrows.filter(({ from, to }) => from !== to - 1);
  const straight = arrows.filter(({ from, to }) => from === to - 1);
  const width = BOX.left + BOX.width + 2;
  const height = layers.length * (BOX.height + BOX.gap) - BOX.gap + 2;
  const description = layers.map(({ name, from }) => (from.length > 0 ? `${from.join(' and ')} to ${name}` : name));
  return html`<svg class="diagram" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-labelledby="model-title model-description">
<title id="model-title">The model's layers</title><desc id="model-description">${description.join('; ')}</desc>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>
${straight.map(({ to }) => edge(`M${BOX.left + BOX.width / 2} ${top(to) - BOX.gap}v${BOX.gap - 1}`))}
${branches.map(({ from, to }, lane) => edge(branchPath(from, to, lane)))}
${layers.map(box)}
</svg>`;
}

function top(row: number): number {
  return 1 + row * (BOX.height + BOX.gap);
}

function edge(path: string): Markup {
  return html`<path class="edge" d="${path}" marker-end="url(#arrow)"/>`;
}

/** From the left side of one box, round the boxes between, into the left side of another. */
function branchPath(from: number, to: number, lane: number): string {
  const x = Math.max(8, BOX.left - (lane + 1) * LANE);
  const [start, end] = [top(from) + BOX.height / 2, top(to) + BOX.height / 2];
  const r = 8;
  return `M${BOX.left} ${start}H${x + r}Q${x} ${start} ${x} ${start + r}V${end - r}Q${x} ${end} ${x + r} ${end}H${BOX.left - 1}`;
}

function box({ name, type, outputShape, parameters }: LayerSummary, row: number): Markup {
  const y = top(row);
  const count = parameters > 0 ? `${parameters.toLocaleString('en-US')} parameters` : 'no parameters';
  return html`<g class="${parameters > 0 ? 'layer learned' : 'layer'}">
<rect x="${BOX.left}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/>
<text x="${BOX.left + 14}" y="${y + 22}"><tspan class="name">${name}</tspan>: ${type}</text>
<text class="detail" x="${BOX.left + 14}" y="${y + 40}">${outputShape}</text>
<text class="detail" x="${BOX.left + BOX.width - 14}" y="${y + 40}" text-anchor="end">${count}</text>
</g>`;
}
