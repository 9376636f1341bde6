import type { ModelConfig } from '../model/config.ts';
import { layersOf } from '../model/layer_list.ts';
import { layerOf } from '../model/layers/index.ts';
import type { PlacedNode } from '../model/layers/layer.ts';
import { type Parameters, parameterName } from '../model/parameters.ts';
import type { Wrong } from '../rules.ts';
import type { Tensor } from './safetensors.ts';

/** An array of a layer: the layer's name in the model, and Keras' name of the array. */
export interface ParameterPlace {
  node: string;
  weight: string;
}

/** A place's array. */
export type FindTensor = (node: string, weight: string) => Tensor | undefined;

/** The names that Keras has for the arrays of a layer, in its order. */
export function weightsOf(node: Pick<PlacedNode, 'type'>): string[] {
  return layerOf(node).keras.holder?.parameters ?? [];
}

/** The arrays of a model in Keras' order. */
export function placedTensors(config: ModelConfig, parameters: Parameters): (ParameterPlace & Tensor)[] {
  return layersOf(config).flatMap((node) => {
    const shapes = new Map(
      layerOf(node)
        .parameters(node)
        .map(({ name, shape }) => [name, shape]),
    );
    return weightsOf(node).map((weight) => {
      const data = parameters[parameterName(node, weight)];
      return { node: node.name, weight, shape: shapes.get(weight) ?? [], data };
    });
  });
}

/** The parameters of a model of these sizes. Throws invalid-file if one is missing or has another shape. */
export function parametersFrom(config: ModelConfig, find: FindTensor, wrong: Wrong): Parameters {
  const parameters: Parameters = {};
  for (const node of layersOf(config)) {
    for (const { name: weight, shape } of layerOf(node).parameters(node)) {
      const tensor = find(node.name, weight);
      if (tensor?.shape.join() !== shape.join()) {
        const found = tensor ? `of shape (${tensor.shape.slice(0, 8).join(', ')})` : 'missing';
        throw wrong(`has the ${weight} of its ${node.name} layer ${found}, not of shape (${shape.join(', ')})`);
      }
      parameters[parameterName(node, weight)] = tensor.data;
    }
  }
  return parameters;
}
