import type { ModelConfig } from './config.ts';
import { kerasLayers } from './keras_layers.ts';
import { layersOf } from './layer_list.ts';
import { layerOf } from './layers/index.ts';
import type { PlacedNode } from './layers/layer.ts';

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
  const counts = new Map(layersOf(config).map((node) => [node.name, parameterCount(node)]));
  return kerasLayers(config).map(({ name, type, shape, from, node }) => ({
    name,
    type,
    outputShape: `(None, ${shape.join(', ')})`,
    parameters: counts.get(node ?? '') ?? 0,
    from,
  }));
}

function parameterCount(node: PlacedNode): number {
  const sizes = layerOf(node).parameters(node);
  return sizes.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

export function countParameters(layers: LayerSummary[]): number {
  return layers.reduce((sum, { parameters }) => sum + parameters, 0);
}
