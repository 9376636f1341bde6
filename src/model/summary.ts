import type { ModelConfig } from './config.ts';
import { kerasLayers } from './keras_layers.ts';
import { createArena } from './parameters.ts';

/** One layer as Keras' `summary` and `plot_model` show it. */
export interface LayerSummary {
  name: string;
  type: string;
  outputShape: string;
  parameters: number;
  /** Names of the layers it takes its input from. */
  from: string[];
}

/** The model's layers as Keras' `model.summary()` prints them: those of the files for Keras, under the same names. */
export function summarize(config: ModelConfig): LayerSummary[] {
  const arena = createArena(config);
  return kerasLayers(config).map(({ name, type, shape, from, node }) => ({
    name,
    type,
    outputShape: `(None, ${shape.join(', ')})`,
    parameters: node === undefined ? 0 : arena.block(node, 'parameters').length,
    from,
  }));
}

export function countParameters(layers: LayerSummary[]): number {
  return layers.reduce((sum, { parameters }) => sum + parameters, 0);
}
