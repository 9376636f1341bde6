import { type ModelConfig, outputCount } from '../model/config.ts';

/** A layer of Keras' functional model, by the words that TensorFlow.js and all versions of Keras share. */
export interface KerasLayer {
  type: string;
  name: string;
  /** Its settings under Keras' names. */
  config: Record<string, unknown>;
  /** Names of the layers that it takes its input from. */
  from: string[];
}

/** The layers that have parameters. */
export type Role = 'attention' | 'lstm' | 'output';

/** Their names in what is written: the experiment's. */
export const ROLE_NAMES: Record<Role, string> = { attention: 'dense', lstm: 'lstm', output: 'dense_1' };

const ACTIVATIONS = { binary: 'sigmoid', categorical: 'softmax', regression: 'linear' } as const;

/** A layer with the shape of a sample's output, which newer versions of Keras write down. */
export interface WrittenLayer extends KerasLayer {
  shape: number[];
}

/** The model's layers under the experiment's names, each behind those that it takes its input from. */
export function kerasLayers(config: ModelConfig): WrittenLayer[] {
  const { timeSteps: T, inputDim: D, units: U, singleAttentionVector } = config;
  const C = outputCount(config);
  const layer = (
    type: string,
    name: string,
    shape: number[],
    from: string[],
    settings: Record<string, unknown> = {},
  ): WrittenLayer => ({ type, name, shape, from, config: settings });
  const dense = (units: number, activation: string) => ({ units, activation, use_bias: true });
  // The mean over the channels: pooling takes them for the steps of a series, which is what they are behind `permute`.
  const mean = [
    layer('GlobalAveragePooling1D', 'global_average_pooling1d', [T], ['dense']),
    layer('RepeatVector', 'repeat_vector', [D, T], ['global_average_pooling1d'], { n: D }),
  ];
  return [
    layer('InputLayer', 'input_1', [T, D], []),
    layer('Permute', 'permute', [D, T], ['input_1'], { dims: [2, 1] }),
    layer('Dense', ROLE_NAMES.attention, [D, T], ['permute'], dense(T, 'softmax')),
    ...(singleAttentionVector ? mean : []),
    layer('Permute', 'attention_vec', [T, D], [singleAttentionVector ? 'repeat_vector' : 'dense'], { dims: [2, 1] }),
    layer('Multiply', 'multiply', [T, D], ['input_1', 'attention_vec']),
    layer('LSTM', ROLE_NAMES.lstm, [U], ['multiply'], {
      units: U,
      activation: 'tanh',
      recurrent_activation: 'sigmoid',
      use_bias: true,
      unit_forget_bias: true,
    }),
    layer('Dense', ROLE_NAMES.output, [C], ['lstm'], dense(C, ACTIVATIONS[config.output?.kind ?? 'binary'])),
  ];
}
