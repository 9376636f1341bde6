import type { ModelConfig } from '../model/config.ts';
import { createArena, type ParameterName, type Parameters } from '../model/parameters.ts';
import type { Wrong } from '../rules.ts';
import type { Role } from './keras_layers.ts';
import type { Tensor } from './safetensors.ts';

/** What Keras calls an array of a layer. */
export type Weight = 'kernel' | 'recurrent_kernel' | 'bias';

/** Where Keras keeps the parameters, in its order. */
export const PLACES: { parameter: ParameterName; role: Role; weight: Weight }[] = [
  { parameter: 'attention_kernel', role: 'attention', weight: 'kernel' },
  { parameter: 'attention_bias', role: 'attention', weight: 'bias' },
  { parameter: 'lstm_kernel', role: 'lstm', weight: 'kernel' },
  { parameter: 'lstm_recurrent_kernel', role: 'lstm', weight: 'recurrent_kernel' },
  { parameter: 'lstm_bias', role: 'lstm', weight: 'bias' },
  { parameter: 'output_kernel', role: 'output', weight: 'kernel' },
  { parameter: 'output_bias', role: 'output', weight: 'bias' },
];

/** A place's array. */
export type FindTensor = (role: Role, weight: Weight) => Tensor | undefined;

/** The arrays of a model in Keras' order. */
export function placedTensors(
  config: ModelConfig,
  parameters: Parameters,
): ({ role: Role; weight: Weight } & Tensor)[] {
  const { specs } = createArena(config);
  return PLACES.map(({ parameter, role, weight }) => {
    const { shape = [] } = specs.find(({ name }) => name === parameter) ?? {};
    return { role, weight, shape, data: parameters[parameter] };
  });
}

/** The parameters of a model of these sizes. Throws invalid-file where one is missing or of another shape. */
export function parametersFrom(config: ModelConfig, find: FindTensor, wrong: Wrong): Parameters {
  const parameters = {} as Parameters;
  for (const { name, shape } of createArena(config).specs) {
    const place = PLACES.find(({ parameter }) => parameter === name);
    const tensor = place && find(place.role, place.weight);
    if (tensor?.shape.join() !== shape.join()) {
      const found = tensor ? `of shape (${tensor.shape.slice(0, 8).join(', ')})` : 'missing';
      throw wrong(`has the ${place?.weight} of its ${place?.role} layer ${found}, not of shape (${shape.join(', ')})`);
    }
    parameters[name] = tensor.data;
  }
  return parameters;
}
