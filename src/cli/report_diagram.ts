import { type DiagramBox, describeParameters, layOutDiagram } from '../model/diagram.ts';
import type { LayerSummary } from '../model/summary.ts';
import { html, type Markup } from './report_html.ts';

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
