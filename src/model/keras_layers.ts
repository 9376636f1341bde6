import type { Standardisation } from '../data/standardisation.ts';
import type { ModelConfig } from './config.ts';
import { KerasWriter, type WrittenLayer } from './exchange/keras_writer.ts';
import { layerOf } from './layers/index.ts';
import { layersOf } from './model_layers.ts';

/**
 * The model's layers in Keras' form, under Keras' names, each after its inputs; with layers that standardise, if
 * `standardisation` is given.
 */
export function kerasLayers(config: ModelConfig, standardisation?: Standardisation): WrittenLayer[] {
  const graph = new KerasWriter(standardisation);
  const last = new Map<string, string>();
  for (const node of layersOf(config)) {
    const from = node.from.map((name) => last.get(name) as string);
    last.set(node.name, layerOf(node).keras.write(graph, node, from));
  }
  return graph.layers;
}
