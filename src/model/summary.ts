import { type ModelConfig, outputCount } from './config.ts';

/** One layer as Keras' `summary` and `plot_model` show it. */
export interface LayerSummary {
  name: string;
  type: string;
  outputShape: string;
  parameters: number;
  /** Names of the layers it takes its input from. */
  from: string[];
}

/** The model's layers under Keras' names, with the shapes and parameter counts that `model.summary()` prints. */
export function summarize(config: ModelConfig): LayerSummary[] {
  const { timeSteps: T, inputDim: D, units: U, singleAttentionVector } = config;
  const C = outputCount(config);
  const layers: LayerSummary[] = [];
  const add = (name: string, type: string, outputShape: number[], parameters: number, from: string[]) =>
    layers.push({ name, type, outputShape: `(None, ${outputShape.join(', ')})`, parameters, from });
  add('input', 'InputLayer', [T, D], 0, []);
  add('permute', 'Permute', [D, T], 0, ['input']);
  add('attention', 'Dense', [D, T], T * T + T, ['permute']);
  if (singleAttentionVector) {
    add('channel_mean', 'Lambda', [D, T], 0, ['attention']);
    add('attention_vec', 'Permute', [T, D], 0, ['channel_mean']);
  } else {
    add('attention_vec', 'Permute', [T, D], 0, ['attention']);
  }
  add('multiply', 'Multiply', [T, D], 0, ['input', 'attention_vec']);
  add('lstm', 'LSTM', [U], 4 * U * (D + U + 1), ['multiply']);
  add('dense', 'Dense', [C], (U + 1) * C, ['lstm']);
  return layers;
}

export function countParameters(layers: LayerSummary[]): number {
  return layers.reduce((sum, { parameters }) => sum + parameters, 0);
}
