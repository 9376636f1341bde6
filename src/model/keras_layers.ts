import type { ModelConfig } from './config.ts';
import { type KerasTarget, KerasWriter, type WrittenLayer } from './exchange/keras_writer.ts';
import { layersOf } from './layer_list.ts';
import { layerOf } from './layers/index.ts';

/** The model's layers in Keras' form, under Keras' names, each after its inputs. Throws invalid-option. */
export function kerasLayers(config: ModelConfig, target?: KerasTarget): WrittenLayer[] {
  const graph = new KerasWriter(target);
  const last = new Map<string, string>();
  for (const node of layersOf(config)) {
    const from = node.from.map((name) => last.get(name) as string);
    last.set(node.name, layerOf(node).keras.write(graph, node, from));
  }
  return graph.layers;
}
