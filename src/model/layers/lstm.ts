import type { Wrong } from '../../rules.ts';
import { quote } from '../../text/quote.ts';
import { HARD_SLOPES } from '../exchange/keras_writer.ts';
import { toKerasBias, toKerasGates, toOnnxBias, toOnnxGates } from '../exchange/onnx_gates.ts';
import { lastState as onnxLastState } from '../exchange/onnx_last_step.ts';
import type { OnnxAttribute, OnnxNode } from '../exchange/onnx_messages.ts';
import { glorotUniform, orthogonal, zeros } from '../initial_values.ts';
import { shapeOf } from './input.ts';
import type { Layer } from './layer.ts';
import { type Cell, type RecurrentSettings, recurrent } from './recurrent.ts';

export interface LstmSettings extends RecurrentSettings {
  /** The slope of hard gates. */
  gateSlope?: number;
}

/** In Keras' order. */
const GATES = ['input i', 'forget f', 'candidate c̃', 'output o'] as const;

/** Gates and their gradients have four numbers a unit. `cell` is (T + 1, B, U), like `hidden`. */
const cell: Cell<LstmSettings> = {
  parameters: (D, U) => [
    { name: 'kernel', shape: [D, 4 * U], initial: glorotUniform, decays: true, groups: GATES },
    {
      name: 'bias',
      shape: [4 * U],
      initial: (random, shape) => zeros(random, shape).fill(1, U, 2 * U), // The forget gate's is one.
      decays: false,
      groups: GATES,
    },
    { name: 'recurrent_kernel', shape: [U, 4 * U], initial: orthogonal, decays: true, groups: GATES },
  ],
  forward({ on }, settings, { shape, x, parameters, own, label }) {
    const { units } = shape;
    const [hidden, state, gates] = [own('hidden', units), own('cell', units), own('gates', 4 * units)];
    return on('lstmForward', { ...shape, ...gatesOf(settings) }, { x, parameters, hidden, cell: state, gates }, label);
  },
  // dh and dc behind the last step are handed on in place from chunk to chunk.
  backward({ on }, settings, { shape, parameters, own, label }, { stepGradient, ...gradients }) {
    const { units } = shape;
    const [state, gates, gateGradient] = [own('cell', units), own('gates', 4 * units), own('gate_gradient', 4 * units)];
    const tensors = { gates, cell: state, parameters, gateGradient, ...gradients };
    const whole = { ...shape, ...gatesOf(settings) };
    return stepGradient
      ? on('lstmSequenceBackward', whole, { ...tensors, stepGradient }, label)
      : on('lstmBackward', whole, tensors, label);
  },
  parameterGradient({ on, stride }, { shape, x, own, label }, parts, partials) {
    const [hidden, gateGradient] = [own('hidden', shape.units), own('gate_gradient', 4 * shape.units)];
    return on('lstmParameterGradient', { ...shape, parts, stride }, { x, hidden, gateGradient, partials }, label);
  },
  seen: [
    // Four numbers a unit: its gates i, f, c̃ and o.
    { name: 'gates', words: 'gates', row: 4, skip: 0 },
    { name: 'hidden', words: 'hidden states', row: 1, skip: 1 },
    { name: 'cell', words: 'cell states', row: 1, skip: 1 },
  ],
};

/** Long short-term memory, as Keras has it. */
export const lstm: Layer<LstmSettings> = {
  type: 'lstm',
  ...recurrent(cell),
  keras: {
    holder: { type: 'LSTM', parameters: ['kernel', 'recurrent_kernel', 'bias'], cell: 'lstm_cell' },
    names: ['lstm'],
    write: (graph, node, from) =>
      graph.add(
        node.settings.bidirectional ? 'Bidirectional' : 'LSTM',
        { shape: shapeOf(node.output), from, node: node.name },
        {
          units: node.settings.units,
          ...(node.settings.returnSequences && { return_sequences: true }),
          activation: 'tanh',
          recurrent_activation: graph.gateActivation(node.settings.gateSlope),
          use_bias: true,
          unit_forget_bias: true,
        },
      ),
    find(graph, name) {
      const layer = graph.takeUnary(name, 'LSTM');
      return {
        holder: layer,
        from: layer.from,
        read() {
          graph.requireSetting(layer, 'activation', ['tanh']);
          graph.requireSetting(layer, 'recurrent_activation', ['sigmoid', 'hard_sigmoid']);
          const isHard = graph.plain(layer.config.recurrent_activation) === 'hard_sigmoid';
          for (const setting of ['return_sequences', 'return_state', 'go_backwards', 'stateful', 'time_major']) {
            graph.requireSetting(layer, setting, [false, undefined]);
          }
          graph.requireSetting(layer, 'use_bias', [true]);
          const { units } = layer.config;
          const gates = isHard ? { gateSlope: graph.hardSlope } : {};
          return { settings: { units: typeof units === 'number' ? units : Number.NaN, ...gates } };
        },
      };
    },
    guess: (file) => ({
      settings: { units: file.shape('recurrent_kernel')?.[0] ?? 0 },
      takes: { features: file.shape('kernel')?.[0] ?? 0 },
    }),
  },
  // ONNX Runtime has no `layout` of series first, so the LSTM gets its time steps first by a transposition.
  onnx: {
    write(graph, node, [sequence], parameter) {
      const { units: U, gateSlope } = node.settings;
      const { features: D } = node.inputs[0];
      const [kernel, recurrent, bias] = [parameter('kernel'), parameter('recurrent_kernel'), parameter('bias')];
      const [steps] = graph.add('steps_first', 'Transpose', [sequence], ['steps'], { perm: [1, 0, 2] });
      const inputs = [
        steps,
        graph.floats(kernel.name, [1, 4 * U, D], toOnnxGates(kernel.data, D)),
        graph.floats(recurrent.name, [1, 4 * U, U], toOnnxGates(recurrent.data, U)),
        graph.floats(bias.name, [1, 8 * U], toOnnxBias(bias.data)),
      ];
      const gates = gateSlope === undefined ? {} : hardGates(gateSlope);
      const settings = { hidden_size: U, direction: 'forward', ...gates };
      const [, state] = graph.add(node.name, 'LSTM', inputs, ['', 'last_state'], settings);
      const axis = graph.ints('direction_axis', [0]);
      return graph.add('one_direction', 'Squeeze', [state, axis], ['hidden'])[0];
    },
    /** The LSTM whose last state (N, U) is `value`; its input is (N, T, D). */
    find(walk, value) {
      const { lstm: node, read: readState } = onnxLastState(walk, value);
      walk.requireAttribute(node, 'direction', ['forward'], 'forward');
      walk.requireAttribute(node, 'layout', [0], 0);
      walk.requireAttribute(node, 'input_forget', [0], 0);
      walk.requireAttribute(node, 'clip', ['none'], 'none');
      walk.requireAttribute(node, 'activations', [ONNX_ACTIVATIONS, HARD_ACTIVATIONS], ONNX_ACTIVATIONS);
      for (const [index, what, mayBeZero] of OPTIONAL_INPUTS) {
        if (node.inputs[index] && !(mayBeZero && walk.isZero(node.inputs[index])))
          throw walk.wrong(`has an LSTM with ${what} ${quote(node.inputs[index])}`);
      }
      const [first = '', kernel = '', recurrent = '', bias = ''] = node.inputs;
      const steps = walk.need(first, 'Transpose');
      walk.requireAttribute(steps, 'perm', [[1, 0, 2]]);
      const hiddenSize = node.attributes.get('hidden_size');
      return {
        from: [steps.inputs[0] ?? ''],
        read([{ steps = 0 }]) {
          const [ofInput, ofState] = [walk.floats(kernel, 3), walk.floats(recurrent, 3)];
          const biases = bias === '' ? undefined : walk.floats(bias, 2);
          const features = walk.within('inputDim', ofInput.dims[2]);
          const units = walk.within('units', ofState.dims[2]);
          walk.requireShape(ofInput, [1, 4 * units, features]);
          walk.requireShape(ofState, [1, 4 * units, units]);
          if (biases) walk.requireShape(biases, [1, 8 * units]);
          if (hiddenSize !== undefined && hiddenSize !== units) {
            throw walk.wrong(`has an LSTM of ${units} units with another hidden_size`);
          }
          readState(steps, units);
          const parameters = {
            kernel: { ...ofInput, dims: [features, 4 * units], data: toKerasGates(ofInput.data, features) },
            recurrent_kernel: { ...ofState, dims: [units, 4 * units], data: toKerasGates(ofState.data, units) },
            bias: {
              name: biases?.name ?? 'no bias',
              dims: [4 * units],
              data: biases ? toKerasBias(biases.data) : new Float32Array(4 * units),
            },
          };
          return { settings: { units, ...gatesOfOnnx(node, walk.wrong) }, takes: { features }, parameters };
        },
      };
    },
  },
};

const ONNX_ACTIVATIONS = ['Sigmoid', 'Tanh', 'Tanh'];
const HARD_ACTIVATIONS = ['HardSigmoid', 'Tanh', 'Tanh'];

function hardGates(slope: number): Record<string, OnnxAttribute> {
  const [alpha, beta] = [Float32Array.of(slope), Float32Array.of(0.5)];
  return { activations: HARD_ACTIVATIONS, activation_alpha: alpha, activation_beta: beta };
}

/** The slope of hard gates, where a file has it in float32. */
function gatesOfOnnx({ attributes }: OnnxNode, wrong: Wrong): { gateSlope?: number } {
  if (String(attributes.get('activations') ?? '') !== String(HARD_ACTIVATIONS)) return {};
  const first = (name: string, absent: number) => Number([attributes.get(name) ?? absent].flat()[0]);
  const [slope, middle] = [first('activation_alpha', HARD_SLOPES.keras2), first('activation_beta', 0.5)];
  if (middle !== 0.5) throw wrong(`has an LSTM whose hard gates are ${middle} at 0, not 0.5`);
  return { gateSlope: Object.values(HARD_SLOPES).find((one) => Math.fround(one) === Math.fround(slope)) ?? slope };
}
/** Inputs that the model does not have. Zeros for some of them are the same as none. */
const OPTIONAL_INPUTS: [index: number, what: string, mayBeZero: boolean][] = [
  [4, 'lengths of the series', false],
  [5, 'a first state', true],
  [6, 'a first cell', true],
  [7, 'peepholes', true],
];

/** The activation of the gates, as kernels take it. */
function gatesOf({ gateSlope }: LstmSettings): { gateSlope?: number } {
  return gateSlope === undefined ? {} : { gateSlope };
}
