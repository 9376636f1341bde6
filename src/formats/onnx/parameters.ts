import type { ModelConfig } from '../../model/config.ts';
import type { Parameters } from '../../model/parameters.ts';
import { SETTINGS } from '../../settings/table.ts';
import { toKerasBias, toKerasGates } from './lstm.ts';
import type { Dense, Lstm, ModelParts } from './match.ts';
import { type OnnxFloats, type OnnxWalk, shapeText } from './walk.ts';

/**
 * The model that a graph's constants make: its sizes are theirs, its parameters in Keras' layouts. Throws the walk's error where
 * constants do not go together.
 */
export function readParameters(
  walk: OnnxWalk,
  { attention, singleAttentionVector, lstm, output, kind }: ModelParts,
): { config: ModelConfig; parameters: Parameters } {
  const attentive = readDense(walk, attention);
  const recurrent = readLstm(walk, lstm);
  const last = readDense(walk, output);
  const [timeSteps, inputDim, units] = [
    within(walk, 'timeSteps', attentive.outputs),
    recurrent.inputDim,
    recurrent.units,
  ];
  requireShape(walk, attentive.kernel, [timeSteps, timeSteps]);
  requireShape(walk, last.kernel, [units, last.outputs]);
  if (last.outputs < 1 || (kind !== 'categorical' && last.outputs > 1)) {
    throw walk.wrong(`has ${last.outputs} outputs that are ${kind}`);
  }
  return {
    config: {
      ...{ timeSteps, inputDim, units, singleAttentionVector },
      output: kind === 'categorical' ? { kind, classes: last.outputs } : { kind },
    },
    parameters: {
      attention_kernel: attentive.kernel.data,
      attention_bias: attentive.bias.data,
      ...recurrent.parameters,
      output_kernel: last.kernel.data,
      output_bias: last.bias.data,
    },
  };
}

/** A kernel (inputs, outputs) and a bias (outputs). */
function readDense(walk: OnnxWalk, { kernel, isTransposed, bias }: Dense) {
  const read = walk.floats(kernel, 2);
  const biasRead = walk.floats(bias, 1);
  return { kernel: isTransposed ? transposed(read) : read, bias: biasRead, outputs: biasRead.dims[0] };
}

function transposed({ name, dims: [rows, columns], data }: OnnxFloats): OnnxFloats {
  const turned = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
  return { name, dims: [columns, rows], data: turned };
}

function readLstm(walk: OnnxWalk, { kernel, recurrentKernel, bias, hiddenSize }: Lstm) {
  const [input, state] = [walk.floats(kernel, 3), walk.floats(recurrentKernel, 3)];
  const biases = bias === undefined ? undefined : walk.floats(bias, 2);
  const inputDim = within(walk, 'inputDim', input.dims[2]);
  const units = within(walk, 'units', state.dims[2]);
  requireShape(walk, input, [1, 4 * units, inputDim]);
  requireShape(walk, state, [1, 4 * units, units]);
  if (biases) requireShape(walk, biases, [1, 8 * units]);
  if (hiddenSize !== undefined && hiddenSize !== units) {
    throw walk.wrong(`has an LSTM of ${units} units with another hidden_size`);
  }
  const parameters = {
    lstm_kernel: toKerasGates(input.data, inputDim),
    lstm_bias: biases ? toKerasBias(biases.data) : new Float32Array(4 * units),
    lstm_recurrent_kernel: toKerasGates(state.data, units),
  };
  return { inputDim, units, parameters };
}

function within(walk: OnnxWalk, name: 'timeSteps' | 'inputDim' | 'units', size: number): number {
  const { min, max } = SETTINGS[name].bound;
  if (size >= min && size <= max) return size;
  throw walk.wrong(`has ${name} ${size}, not ${min} to ${max}`);
}

function requireShape(walk: OnnxWalk, { name, dims }: OnnxFloats, wanted: number[]): void {
  if (dims.join() === wanted.join()) return;
  throw walk.wrong(`has ${name} of shape ${shapeText(dims)}, not ${shapeText(wanted)}`);
}
