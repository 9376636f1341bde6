import type { Output } from '../../model/config.ts';
import { quote } from '../../text/quote.ts';
import type { OnnxAttribute, OnnxNode } from './messages.ts';
import type { OnnxWalk } from './walk.ts';

/** Where a graph has the parts of the model. Parameters are the values that hold them, in ONNX' layouts. */
export interface ModelParts {
  attention: Dense;
  singleAttentionVector: boolean;
  lstm: Lstm;
  output: Dense;
  kind: Output['kind'];
}

export interface Dense {
  input: string;
  kernel: string;
  /** The kernel is (outputs, inputs), not (inputs, outputs). */
  isTransposed: boolean;
  bias: string;
}

export interface Lstm {
  input: string;
  /** U, where the file says it. */
  hiddenSize?: OnnxAttribute;
  kernel: string;
  recurrentKernel: string;
  /** Absent: all zero. */
  bias?: string;
}

/** Follows a prediction back to the series. Throws the walk's error at the first thing that the model has not. */
export function matchModel(walk: OnnxWalk, prediction: string): ModelParts {
  const last = walk.made(prediction, 'Sigmoid', 'Softmax');
  if (last?.opType === 'Softmax') requireAttribute(walk, last, 'axis', [1, -1], -1);
  const output = matchDense(walk, last ? inputOf(last, 0) : prediction);
  const lstm = matchLstm(walk, output.input);
  const kind = last ? (last.opType === 'Sigmoid' ? 'binary' : 'categorical') : 'regression';
  return { ...matchAttention(walk, lstm.input), lstm, output, kind };
}

/** A dense layer as one operation, or as a product and a sum. */
function matchDense(walk: OnnxWalk, value: string): Dense {
  const last = walk.need(value, 'Gemm', 'Add');
  if (last.opType === 'Gemm') {
    for (const scale of ['alpha', 'beta']) requireAttribute(walk, last, scale, [1], 1);
    requireAttribute(walk, last, 'transA', [0], 0);
    requireAttribute(walk, last, 'transB', [0, 1], 0);
    const isTransposed = last.attributes.get('transB') === 1;
    return { input: inputOf(last, 0), kernel: inputOf(last, 1), isTransposed, bias: inputOf(last, 2) };
  }
  const [product, bias] = constantLast(walk, last);
  const matMul = walk.need(product, 'MatMul');
  return { input: inputOf(matMul, 0), kernel: inputOf(matMul, 1), isTransposed: false, bias };
}

/** The inputs of a sum whose order does not matter. */
function constantLast(walk: OnnxWalk, node: OnnxNode): [string, string] {
  const [first, second] = [inputOf(node, 0), inputOf(node, 1)];
  return walk.isConstant(first) ? [second, first] : [first, second];
}

/** The LSTM whose last state, without the axis of its one direction, is `value`; its input is (N, T, D). */
function matchLstm(walk: OnnxWalk, value: string): Lstm {
  const squeeze = walk.need(value, 'Squeeze');
  requireAxes(walk, squeeze, [0, -3]);
  const state = inputOf(squeeze, 0);
  const lstm = walk.need(state, 'LSTM');
  if (walk.origin(state) !== lstm.outputs[1]) throw walk.wrong(`has ${quote(state)}, not the last state of its LSTM`);
  requireAttribute(walk, lstm, 'direction', ['forward'], 'forward');
  requireAttribute(walk, lstm, 'layout', [0], 0);
  requireAttribute(walk, lstm, 'input_forget', [0], 0);
  requireAttribute(walk, lstm, 'clip', ['none'], 'none');
  requireAttribute(walk, lstm, 'activations', [ACTIVATIONS], ACTIVATIONS);
  for (const [index, what] of OPTIONAL_INPUTS) {
    if (inputOf(lstm, index) !== '') throw walk.wrong(`has an LSTM with ${what} ${quote(inputOf(lstm, index))}`);
  }
  const steps = walk.need(inputOf(lstm, 0), 'Transpose');
  requireAttribute(walk, steps, 'perm', [[1, 0, 2]]);
  return {
    input: inputOf(steps, 0),
    hiddenSize: lstm.attributes.get('hidden_size'),
    kernel: inputOf(lstm, 1),
    recurrentKernel: inputOf(lstm, 2),
    bias: inputOf(lstm, 3) || undefined,
  };
}

const ACTIVATIONS = ['Sigmoid', 'Tanh', 'Tanh'];
const OPTIONAL_INPUTS: [number, string][] = [
  [4, 'lengths of the series'],
  [5, 'a first state'],
  [6, 'a first cell'],
  [7, 'peepholes'],
];

/** The attention by which the graph's input is multiplied to give `value`. */
function matchAttention(walk: OnnxWalk, value: string): Pick<ModelParts, 'attention' | 'singleAttentionVector'> {
  const multiply = walk.need(value, 'Mul');
  const factors = [inputOf(multiply, 0), inputOf(multiply, 1)];
  const [series, attended] = walk.isInput(factors[0]) ? factors : factors.reverse();
  requireInput(walk, series);
  const vector = walk.need(attended, 'Transpose');
  requireAttribute(walk, vector, 'perm', [[0, 2, 1]]);
  const mean = walk.made(inputOf(vector, 0), 'ReduceMean');
  if (mean) {
    requireAxes(walk, mean, [1, -2]);
    requireAttribute(walk, mean, 'keepdims', [1], 1);
  }
  const softmax = walk.need(inputOf(mean ?? vector, 0), 'Softmax');
  requireAttribute(walk, softmax, 'axis', [2, -1], -1);
  const attention = matchDense(walk, inputOf(softmax, 0));
  const channels = walk.need(attention.input, 'Transpose');
  requireAttribute(walk, channels, 'perm', [[0, 2, 1]]);
  requireInput(walk, inputOf(channels, 0), series);
  return { attention, singleAttentionVector: mean !== undefined };
}

/** The series are the graph's input, the same wherever they are used. */
function requireInput(walk: OnnxWalk, value: string, series = value): void {
  if (walk.isInput(value) && walk.origin(value) === walk.origin(series)) return;
  throw walk.wrong(`has ${walk.describe(value)} where the model has its series`);
}

/** One axis, which a node has as an attribute or as an input, by version. */
function requireAxes(walk: OnnxWalk, node: OnnxNode, wanted: number[]): void {
  const axes = node.attributes.get('axes') ?? (inputOf(node, 1) === '' ? 'absent' : walk.ints(inputOf(node, 1)));
  if (isOneOf(axes, wanted)) return;
  throw walk.wrong(`has ${node.opType} with axes ${quote(String(axes))}, not ${wanted.join(' or ')}`);
}

/** `absent` is what an attribute stands for that is not there. */
function requireAttribute(
  walk: OnnxWalk,
  node: OnnxNode,
  name: string,
  wanted: OnnxAttribute[],
  absent: OnnxAttribute = 'absent',
): void {
  const value = node.attributes.get(name) ?? absent;
  if (isOneOf(value, wanted)) return;
  throw walk.wrong(`has ${node.opType} with ${name} ${quote(String(value))}, not ${wanted.join(' or ')}`);
}

function isOneOf(value: OnnxAttribute, wanted: OnnxAttribute[]): boolean {
  return wanted.some((one) => String(one) === String(value));
}

function inputOf(node: OnnxNode, index: number): string {
  return node.inputs[index] ?? '';
}
