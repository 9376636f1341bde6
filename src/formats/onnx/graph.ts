import { type ModelConfig, outputCount } from '../../model/config.ts';
import type { Parameters } from '../../model/parameters.ts';
import { toOnnxBias, toOnnxGates } from './lstm.ts';
import { DATA_TYPE, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor } from './messages.ts';

/** Any number of series. */
const BATCH = 'N';

/**
 * The model as operations of ONNX: series (N, T, D) → prediction (N, C) and attention (N, T, D). The LSTM takes time steps first;
 * its `layout`, which would take series first, is not to be had in ONNX Runtime.
 */
export function modelGraph(config: ModelConfig, parameters: Parameters): OnnxGraph {
  const { timeSteps: T, inputDim: D } = config;
  const C = outputCount(config);
  const standardised = 'series by steps by channels, standardised as those that the model was trained on';
  return {
    name: 'attention_lstm',
    docString: 'Attention over the time steps, channel by channel, then an LSTM whose last state a dense layer takes.',
    nodes: [...attend(config), ...recur(config), ...predict(config)],
    initializers: [...initializers(config, parameters)],
    inputs: [{ name: 'series', docString: standardised, dims: [BATCH, T, D] }],
    outputs: [
      { name: 'prediction', docString: PREDICTIONS[config.output?.kind ?? 'binary'], dims: [BATCH, C] },
      { name: 'attention', docString: 'share of each step in a channel; their sum is 1', dims: [BATCH, T, D] },
    ],
  };
}

const PREDICTIONS = {
  binary: 'probability of the second class',
  categorical: 'probability of each class',
  regression: 'the number predicted',
};

function attend({ singleAttentionVector }: ModelConfig): OnnxNode[] {
  const steps = { perm: [0, 2, 1] };
  const head = [
    node('permute', 'Transpose', ['series'], ['channels'], steps),
    node('attention_product', 'MatMul', ['channels', 'attention_kernel'], ['attention_product']),
    node('attention_sum', 'Add', ['attention_product', 'attention_bias'], ['attention_logits']),
    node('attention_softmax', 'Softmax', ['attention_logits'], ['channel_attention'], { axis: 2 }),
  ];
  if (!singleAttentionVector) {
    return [
      ...head,
      node('attention_vec', 'Transpose', ['channel_attention'], ['attention'], steps),
      node('multiply', 'Mul', ['series', 'attention'], ['attended']),
    ];
  }
  return [
    ...head,
    node('channel_mean', 'ReduceMean', ['channel_attention'], ['mean_attention'], { axes: [1], keepdims: 1 }),
    node('attention_vec', 'Transpose', ['mean_attention'], ['shared_attention'], steps),
    node('multiply', 'Mul', ['series', 'shared_attention'], ['attended']),
    node('attention_of_channels', 'Expand', ['shared_attention', 'channel_shape'], ['attention']),
  ];
}

function recur({ units }: ModelConfig): OnnxNode[] {
  const inputs = ['steps', 'lstm_kernel', 'lstm_recurrent_kernel', 'lstm_bias'];
  return [
    node('steps_first', 'Transpose', ['attended'], ['steps'], { perm: [1, 0, 2] }),
    node('lstm', 'LSTM', inputs, ['', 'last_state'], { hidden_size: units, direction: 'forward' }),
    node('one_direction', 'Squeeze', ['last_state', 'direction_axis'], ['hidden']),
  ];
}

function predict({ output }: ModelConfig): OnnxNode[] {
  const dense = (result: string) => node('dense', 'Gemm', ['hidden', 'output_kernel', 'output_bias'], [result]);
  switch (output?.kind ?? 'binary') {
    case 'binary':
      return [dense('logits'), node('output', 'Sigmoid', ['logits'], ['prediction'])];
    case 'categorical':
      return [dense('logits'), node('output', 'Softmax', ['logits'], ['prediction'], { axis: 1 })];
    case 'regression':
      return [dense('prediction')];
  }
}

function node(
  name: string,
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, OnnxAttribute> = {},
): OnnxNode {
  return { name, opType, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) };
}

function* initializers(config: ModelConfig, parameters: Parameters): Generator<OnnxTensor> {
  const { timeSteps: T, inputDim: D, units: U, singleAttentionVector } = config;
  const C = outputCount(config);
  yield floats('attention_kernel', [T, T], parameters.attention_kernel);
  yield floats('attention_bias', [T], parameters.attention_bias);
  if (singleAttentionVector) yield ints('channel_shape', [1, 1, D]);
  yield floats('lstm_kernel', [1, 4 * U, D], toOnnxGates(parameters.lstm_kernel, D));
  yield floats('lstm_recurrent_kernel', [1, 4 * U, U], toOnnxGates(parameters.lstm_recurrent_kernel, U));
  yield floats('lstm_bias', [1, 8 * U], toOnnxBias(parameters.lstm_bias));
  yield ints('direction_axis', [0]);
  yield floats('output_kernel', [U, C], parameters.output_kernel);
  yield floats('output_bias', [C], parameters.output_bias);
}

function floats(name: string, dims: number[], values: Float32Array): OnnxTensor {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType: DATA_TYPE.float, data, isExternal: false };
}

function ints(name: string, values: number[]): OnnxTensor {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dims: [values.length], dataType: DATA_TYPE.int64, data, isExternal: false };
}
