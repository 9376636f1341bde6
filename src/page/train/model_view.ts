import type { ModelConfig } from '../../model/config.ts';
import { type DiagramBox, describeParameters, layOutDiagram } from '../../model/diagram.ts';
import { countParameters, type LayerSummary, summarize } from '../../model/summary.ts';
import { byId, createSvg, tableBody, tableRow } from '../dom.ts';
import { formatCount } from '../text.ts';

/** The layers of the model with these dimensions, as a picture and as a table. */
export function showModel(config: ModelConfig): void {
  const layers = summarize(config);
  tableBody('model-table').replaceChildren(
    ...layers.map(({ name, type, outputShape, parameters }) =>
      tableRow([name, type, outputShape, formatCount(parameters)]),
    ),
  );
  byId('model-total', HTMLElement).textContent = formatCount(countParameters(layers));
  byId('model-diagram', HTMLElement).replaceChildren(drawDiagram(layers));
}

function drawDiagram(layers: LayerSummary[]): SVGElement {
  const { width, height, boxes, edges, description } = layOutDiagram(layers);
  const arrow = createSvg(
    'marker',
    {
      id: 'arrow',
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 7,
      markerHeight: 7,
      orient: 'auto-start-reverse',
    },
    createSvg('path', { d: 'M0 0L10 5L0 10z' }),
  );
  return createSvg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, role: 'img', 'aria-label': `The model: ${description}` },
    createSvg('defs', {}, arrow),
    ...edges.map((d) => createSvg('path', { class: 'edge', d, 'marker-end': 'url(#arrow)' })),
    ...boxes.map(drawBox),
  );
}

function drawBox({ layer, x, y, width, height }: DiagramBox): SVGElement {
  return createSvg(
    'g',
    { class: layer.parameters > 0 ? 'layer learned' : 'layer' },
    createSvg('rect', { x, y, width, height, rx: 6 }),
    createSvg('text', { x: x + 14, y: y + 22 }, createSvg('tspan', { class: 'name' }, layer.name), `: ${layer.type}`),
    createSvg('text', { class: 'detail', x: x + 14, y: y + 40 }, layer.outputShape),
    createSvg(
      'text',
      { class: 'detail', x: x + width - 14, y: y + 40, 'text-anchor': 'end' },
      describeParameters(layer),
    ),
  );
}
