import type { ModelConfig } from '../model/config.ts';
import { countParameters, summarize } from '../model/summary.ts';
import { byId, tableBody, tableRow } from './dom.ts';
import { formatCount } from './text.ts';

/** The layers of the model with these dimensions. */
export function showModel(config: ModelConfig): void {
  const layers = summarize(config);
  tableBody('model-table').replaceChildren(
    ...layers.map(({ name, type, outputShape, parameters }) =>
      tableRow([name, type, outputShape, formatCount(parameters)]),
    ),
  );
  byId('model-total', HTMLElement).textContent = formatCount(countParameters(layers));
}
