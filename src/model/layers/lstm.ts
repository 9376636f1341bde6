import type { Wrong } from '../../rules.ts';
import { quote } from '../../text/quote.ts';
import { HARD_SLOPES } from '../exchange/keras_writer.ts';
import { toKerasBias, toKerasGates, toOnnxBias, toOnnxGates } from '../exchange/onnx_gates.ts';
import { lastState as onnxLastState } from '../exchange/onnx_last_step.ts';
import type { OnnxAttribute, OnnxNode } from '../exchange/onnx_messages.ts';
import { glorotUniform, orthogonal, zeros } from '../initial_values.ts';
import { shapeOf } from './input.ts';
import { type Chunk, type Flow, type Layer, ownTensor, type PlacedNode, type Planner } from './layer.ts';

export interface LstmSettings {
  units: number;
  /** The slope of hard gates. */
  gateSlope?: number;
  /** It gives the hidden state of every step, not only the last one. */
  returnSequences?: boolean;
}

/** In Keras' order. */
const GATES = ['input i', 'forget f', 'candidate c̃', 'output o'] as const;

/**
 * An LSTM: a sequence (T, D) with samples innermost → its last hidden state (U), or all of them (T, U). `hidden` and
 * `cell` are (T + 1, B, U), their first row the state before the first step. The gradient (T, B, U) of a sequence joins
 * dh at every step.
 */
export const lstm: Layer<LstmSettings> = {
  type: 'lstm',
  takes: { form: 'sequence', innermost: 'samples' },
  output: ({ units, returnSequences }, [{ steps }]) => ({ features: units, ...(returnSequences && { steps }) }),
  parameters({ inputs: [{ features: D }], settings: { units: U } }) {
    return [
      { name: 'kernel', shape: [D, 4 * U], initial: glorotUniform, decays: true, groups: GATES },
      {
        name: 'bias',
        shape: [4 * U],
        initial: (random, shape) => zeros(random, shape).fill(1, U, 2 * U), // The forget gate's is one.
        decays: false,
        groups: GATES,
      },
      { name: 'recurrent_kernel', shape: [U, 4 * U], initial: orthogonal, decays: true, groups: GATES },
    ];
  },
  forward(plan, node, [x]) {
    const { on, parameters } = plan;
    const run = plan.chunks.map((chunk) => {
      const { shape, rows } = chunkOf(plan, node, chunk);
      return on(
        'lstmForward',
        { ...shape, ...gatesOf(node) },
        { x: rows.input(x.tensor), parameters, hidden: rows.hidden, cell: rows.cell, gates: rows.gates },
        labelOf(node, chunk),
      );
    });
    return { run, output: statesOf(node) };
  },
  backward(plan, node, [x], output) {
    const { on, parameters } = plan;
    const { returnSequences, units } = node.settings;
    const { tensor: gradient } = plan.gradientOf(output);
    // dh and dc behind the last step; from chunk to chunk they are handed on in place.
    const stateGradient = returnSequences ? { tensor: ownTensor(node, 'state_gradient') } : { tensor: gradient };
    const { tensor: inputGradient } = plan.gradientOf(x);
    const throughTime = plan.chunks.map((chunk) => {
      const { shape, rows } = chunkOf(plan, node, chunk);
      const { gates, cell, gateGradient } = rows;
      const tensors = {
        gates,
        cell,
        parameters,
        stateGradient,
        gateGradient,
        inputGradient: rows.input(inputGradient),
      };
      const [whole, label] = [{ ...shape, ...gatesOf(node) }, labelOf(node, chunk)];
      return returnSequences
        ? on('lstmSequenceBackward', whole, { ...tensors, stepGradient: rows.states(gradient) }, label)
        : on('lstmBackward', whole, tensors, label);
    });
    const partsPerChunk = plan.parts / plan.chunks.length;
    const ofParameters = plan.chunks.map((chunk, index) => {
      const { shape, rows } = chunkOf(plan, node, chunk);
      return on(
        'lstmParameterGradient',
        { ...shape, parts: partsPerChunk, stride: plan.stride },
        {
          x: rows.input(x.tensor),
          hidden: rows.hidden,
          gateGradient: rows.gateGradient,
          partials: plan.partials(index * partsPerChunk),
        },
        labelOf(node, chunk),
      );
    });
    const begin = returnSequences ? [on('clear', { length: 2 * plan.batch * units }, { values: stateGradient })] : [];
    return [...begin, ...throughTime.reverse(), ...ofParameters];
  },
  views(node) {
    const { units } = node.settings;
    const { steps } = node.inputs[0];
    const view = (name: string, words: string, features: number, skip: number) =>
      ({ name, words, tensor: ownTensor(node, name), steps, features, innermost: 'features', skip }) as const;
    return [
      // Four numbers a unit: its gates i, f, c̃ and o.
      view('gates', 'gates', 4 * units, 0),
      view('hidden', 'hidden states', units, 1),
      view('cell', 'cell states', units, 1),
    ];
  },
  keras: {
    holder: { type: 'LSTM', parameters: ['kernel', 'recurrent_kernel', 'bias'], cell: 'lstm_cell' },
    names: ['lstm'],
    write: (graph, node, from) =>
      graph.add(
        'LSTM',
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

/** The shape of a chunk's dispatches, and the rows of each tensor that the chunk begins at. */
function chunkOf({ batch }: Planner, node: PlacedNode<LstmSettings>, { first, steps }: Chunk) {
  const { units } = node.settings;
  const { features } = node.inputs[0];
  const from = (tensor: string, row: number) => ({ tensor, offset: first * batch * row });
  const own = (tensor: string, row: number) => from(ownTensor(node, tensor), row);
  return {
    shape: { timeSteps: steps, inputDim: features, units, batch },
    rows: {
      input: (tensor: string) => from(tensor, features),
      states: (tensor: string) => from(tensor, units),
      hidden: own('hidden', units),
      cell: own('cell', units),
      gates: own('gates', 4 * units),
      gateGradient: own('gate_gradient', 4 * units),
    },
  };
}

/** Tells the dispatches of several chunks apart. */
function labelOf({ inputs: [{ steps: T }] }: PlacedNode, { first, steps }: Chunk): string | undefined {
  return steps === T ? undefined : `from step ${first}`;
}

/** The activation of the gates, as kernels take it. */
function gatesOf({ settings: { gateSlope } }: PlacedNode<LstmSettings>): { gateSlope?: number } {
  return gateSlope === undefined ? {} : { gateSlope };
}

/** The last hidden state, or all of them. */
function statesOf(node: PlacedNode<LstmSettings>): Flow {
  const { steps = 0 } = node.inputs[0];
  const skip = node.settings.returnSequences ? 1 : steps;
  return { ...node.output, tensor: ownTensor(node, 'hidden'), innermost: 'features', skip };
}
