import type { Wrong } from '../../rules.ts';
import { SETTINGS } from '../../settings/table.ts';
import { quote } from '../../text/quote.ts';
import { folded, isWhole } from './onnx_constants.ts';
import { DATA_TYPE, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor } from './onnx_messages.ts';
import type { ScalingStep } from './scaling.ts';

/** The parts of a graph that are read; inputs and outputs by name. */
export interface OnnxReadGraph extends Pick<OnnxGraph, 'nodes' | 'initializers'> {
  inputs: string[];
  outputs: string[];
}

/** A constant's elements, row-major. */
export interface OnnxFloats {
  name: string;
  dims: number[];
  data: Float32Array;
}

/** The values that a dense layer is made of. */
export interface OnnxDense {
  input: string;
  kernel: string;
  /** The kernel is (outputs, inputs), not (inputs, outputs). */
  isTransposed: boolean;
  bias: string;
}

/** A graph that is walked from its outputs to its inputs. It knows the node that makes a value, and the constants. */
export class OnnxWalk {
  private readonly producers = new Map<string, OnnxNode>();
  private readonly constants = new Map<string, OnnxTensor>();
  private readonly inputs: Set<string>;
  /** Nodes that were tried and make no constant. */
  private readonly unfoldable = new Set<OnnxNode>();
  /** Elements that operations on constants may still make. */
  private most: number;

  constructor(
    { nodes, initializers, inputs }: Omit<OnnxReadGraph, 'outputs'>,
    readonly wrong: Wrong,
  ) {
    for (const tensor of initializers) this.addConstant(tensor.name, tensor);
    const bytes = initializers.reduce((sum, { data }) => sum + data.length, 0);
    this.most = MOST_FOLDED + 4 * (bytes / LEAST_BYTES);
    // In older files initializers are inputs too.
    this.inputs = new Set(inputs.filter((name) => !this.constants.has(name)));
    for (const node of nodes) {
      const value = node.opType === 'Constant' && node.domain === '' ? constantOf(node) : undefined;
      if (value) this.addConstant(node.outputs[0] ?? '', value);
      else for (const output of node.outputs) if (output !== '') this.addProducer(output, node);
    }
  }

  /** The value behind nodes that only pass it on. */
  origin(value: string): string {
    const passed = new Set<string>();
    for (let at = value; ; ) {
      const node = this.producers.get(at);
      if (node?.opType !== 'Identity' || node.domain !== '') return at;
      if (passed.has(at)) throw this.wrong(`has a circle at value ${quote(at)}`);
      passed.add(at);
      at = node.inputs[0] ?? '';
    }
  }

  /** Whether a value is the series, as they are or scaled. */
  isInput(value: string): boolean {
    return this.inputs.has(this.scaling(value).from);
  }

  /** The operations that scale a value by constants in front of `value`, and the value that they scale. */
  scaling(value: string): { from: string; steps: ScalingStep[] } {
    const steps: ScalingStep[] = [];
    let at = this.origin(value);
    for (let node = this.made(at, ...SCALING); node; node = this.made(at, ...SCALING)) {
      const [first, second] = [inputOf(node, 0), inputOf(node, 1)];
      const isSecond = this.isConstant(second);
      const isCommutative = node.opType === 'Add' || node.opType === 'Mul';
      if (isSecond === this.isConstant(first) || !(isSecond || isCommutative)) break;
      const [other, constant] = isSecond ? [first, second] : [second, first];
      // A sum behind a product of matrices is a dense layer's.
      if (node.opType === 'Add' && this.made(other, 'MatMul')) break;
      if (steps.length > MOST_STEPS) throw this.wrong(`has a circle at value ${quote(at)}`);
      steps.unshift(this.scalingStep(node, constant));
      at = this.origin(other);
    }
    return { from: at, steps };
  }

  /** Constants along the last axis: one, or one for each channel. */
  private scalingStep({ opType }: OnnxNode, constant: string): ScalingStep {
    const { dims, buffer } = this.elements(constant, DATA_TYPE.float, 4);
    const by = [...new Float32Array(buffer)];
    const isAlongLast = dims.slice(0, -1).every((size) => size === 1) && by.length > 0 && by.every(Number.isFinite);
    if (!isAlongLast) throw this.wrong(`scales by the constant ${quote(constant)} of shape ${shapeText(dims)}`);
    if (opType === 'Mul' || opType === 'Div') return { kind: opType === 'Mul' ? 'multiply' : 'divide', by };
    return { kind: 'add', by: opType === 'Add' ? by : by.map((one) => -one) };
  }

  isConstant(value: string): boolean {
    return this.constant(value) !== undefined;
  }

  /** A constant of the file, or one that operations make of constants alone. */
  private constant(value: string, depth = 0): OnnxTensor | undefined {
    const at = this.origin(value);
    const node = this.producers.get(at);
    if (this.constants.has(at) || !node || this.unfoldable.has(node)) return this.constants.get(at);
    this.unfoldable.add(node); // Also ends a circle.
    if (node.domain !== '' || node.outputs.length !== 1 || depth > DEEPEST) return undefined;
    const inputs = node.inputs.filter((input) => input !== '').map((input) => this.constant(input, depth + 1));
    const made = inputs.every((input) => input !== undefined) ? folded(node, inputs, this.most) : undefined;
    if (made) {
      this.most -= made.data.length / LEAST_BYTES;
      this.constants.set(at, made);
    }
    return made;
  }

  /** Whether all elements of a value are zero, whatever its shape. */
  isZero(value: string, depth = 0): boolean {
    const tensor = this.constant(value);
    if (tensor) return isWhole(tensor) && tensor.data.every((byte) => byte === 0);
    const filled = this.made(value, 'ConstantOfShape');
    if (filled) {
      const fill = filled.attributes.get('value');
      return (
        fill === undefined || (typeof fill === 'object' && 'dims' in fill && fill.data.every((byte) => byte === 0))
      );
    }
    const moved = this.made(
      value,
      'Expand',
      'Tile',
      'Cast',
      'Reshape',
      'Slice',
      'Gather',
      'Transpose',
      'Unsqueeze',
      'Squeeze',
    );
    return moved !== undefined && depth < DEEPEST && this.isZero(moved.inputs[0] ?? '', depth + 1);
  }

  /** The node that makes a value, if it is one of these operations. */
  made(value: string, ...opTypes: string[]): OnnxNode | undefined {
    const node = this.producers.get(this.origin(value));
    return node?.domain === '' && opTypes.includes(node.opType) ? node : undefined;
  }

  /** The node that makes a value, which must be one of these operations. */
  need(value: string, ...opTypes: string[]): OnnxNode {
    const node = this.made(value, ...opTypes);
    if (node) return node;
    throw this.wrong(`has ${this.describe(value)} where the model has ${opTypes.join(' or ')}`);
  }

  /** Describes a value in a message. */
  describe(value: string): string {
    const at = this.origin(value);
    const node = this.producers.get(at);
    if (node) return `${quote(node.domain ? `${node.domain}.${node.opType}` : node.opType)} making ${quote(at)}`;
    if (this.constants.has(at)) return `the constant ${quote(at)}`;
    return this.inputs.has(at) ? `the input ${quote(at)}` : `nothing that makes ${quote(at)}`;
  }

  /** A float32 constant with `rank` dimensions. */
  floats(value: string, rank: number): OnnxFloats {
    const { name, dims, buffer } = this.elements(value, DATA_TYPE.float, 4);
    if (dims.length !== rank) throw this.wrong(`has constant ${quote(name)} of ${dims.length} dimensions, not ${rank}`);
    return { name, dims, data: new Float32Array(buffer) };
  }

  /** A constant of int64. */
  ints(value: string): number[] {
    return this.intTensor(value).values;
  }

  intTensor(value: string): { dims: number[]; values: number[] } {
    const { dims, buffer } = this.elements(value, DATA_TYPE.int64, 8);
    return { dims, values: Array.from(new BigInt64Array(buffer), Number) };
  }

  /** A shape that is computed: NaN stands for a size that is the first of some value's, as the number of samples is. */
  shape(value: string, depth = 0): number[] {
    if (depth > DEEPEST) throw this.wrong(`has ${this.describe(value)}, too many operations deep, in a shape`);
    if (this.isConstant(value)) return this.ints(value);
    const node = this.need(value, 'Concat', 'Unsqueeze', 'Gather', 'Slice');
    const [first = '', second = ''] = node.inputs;
    if (node.opType === 'Concat')
      return node.inputs.slice(0, MOST_PARTS).flatMap((part) => this.shape(part, DEEPEST - 1));
    if (node.opType === 'Unsqueeze') return this.shape(first, depth + 1);
    this.need(first, 'Shape');
    if (this.ints(second).join() === '0') return [Number.NaN];
    throw this.wrong(`has ${this.describe(value)}, a size other than the number of samples, in a shape`);
  }

  /** A dense layer as one operation, or as a product and a sum. */
  dense(value: string): OnnxDense {
    const last = this.need(value, 'Gemm', 'Add');
    if (last.opType === 'Gemm') {
      for (const scale of ['alpha', 'beta']) this.requireAttribute(last, scale, [1], 1);
      this.requireAttribute(last, 'transA', [0], 0);
      this.requireAttribute(last, 'transB', [0, 1], 0);
      const isTransposed = last.attributes.get('transB') === 1;
      return { input: inputOf(last, 0), kernel: inputOf(last, 1), isTransposed, bias: inputOf(last, 2) };
    }
    // The order of a sum's inputs does not matter.
    const [first, second] = [inputOf(last, 0), inputOf(last, 1)];
    const [product, bias] = this.isConstant(first) ? [second, first] : [first, second];
    const matMul = this.need(product, 'MatMul');
    return { input: inputOf(matMul, 0), kernel: inputOf(matMul, 1), isTransposed: false, bias };
  }

  /** A dense layer's kernel (inputs, outputs) and bias (outputs). */
  denseFloats({ kernel, isTransposed, bias }: OnnxDense): { kernel: OnnxFloats; bias: OnnxFloats } {
    const read = this.floats(kernel, 2);
    return { bias: this.floats(bias, 1), kernel: isTransposed ? transposed(read) : read };
  }

  /** Throws if a value is not the graph's input, or not the same input as `series`. */
  requireInput(value: string, series = value): void {
    if (this.isInput(value) && this.origin(value) === this.origin(series)) return;
    throw this.wrong(`has ${this.describe(value)} where the model has its series`);
  }

  /**
   * Throws if a node's one axis is not wanted. It is an attribute or an input, depending on the version of the
   * operators.
   */
  requireAxes(node: OnnxNode, wanted: number[]): void {
    const axes = node.attributes.get('axes') ?? (inputOf(node, 1) === '' ? 'absent' : this.ints(inputOf(node, 1)));
    if (isOneOf(axes, wanted)) return;
    throw this.wrong(`has ${node.opType} with axes ${quote(String(axes))}, not ${wanted.join(' or ')}`);
  }

  /** Throws if an attribute has none of the wanted values. `absent` is ONNX' default. */
  requireAttribute(node: OnnxNode, name: string, wanted: OnnxAttribute[], absent: OnnxAttribute = 'absent'): void {
    const value = node.attributes.get(name) ?? absent;
    if (isOneOf(value, wanted)) return;
    throw this.wrong(`has ${node.opType} with ${name} ${quote(String(value))}, not ${wanted.join(' or ')}`);
  }

  requireShape({ name, dims }: Pick<OnnxFloats, 'name' | 'dims'>, wanted: number[]): void {
    if (dims.join() === wanted.join()) return;
    throw this.wrong(`has ${name} of shape ${shapeText(dims)}, not ${shapeText(wanted)}`);
  }

  /** A size of the model, within its bounds. */
  within(name: 'timeSteps' | 'inputDim' | 'units', size: number): number {
    const { min, max } = SETTINGS[name].bound;
    if (size >= min && size <= max) return size;
    throw this.wrong(`has ${name} ${size}, not ${min} to ${max}`);
  }

  private elements(
    value: string,
    dataType: number,
    bytes: number,
  ): { name: string; dims: number[]; buffer: ArrayBuffer } {
    const tensor = this.constant(value);
    if (!tensor) throw this.wrong(`has ${this.describe(value)} where the model has a constant`);
    const { name, dims, data, missing } = tensor;
    const what = `has constant ${quote(name)}`;
    if (missing !== undefined) throw this.wrong(`${what} in the file ${quote(missing)}, which is not there`);
    if (tensor.dataType !== dataType) throw this.wrong(`${what} of data type ${tensor.dataType}, not ${dataType}`);
    const needed = bytes * dims.reduce((product, size) => product * size, 1);
    if (dims.some((size) => size < 0) || data.length !== needed) {
      throw this.wrong(`${what} of ${data.length} bytes, where its shape ${shapeText(dims)} needs ${needed}`);
    }
    return { name, dims, buffer: new Uint8Array(data).buffer }; // A copy: elements begin at multiples of their size.
  }

  private addConstant(name: string, tensor: OnnxTensor): void {
    this.requireNew(name);
    this.constants.set(name, tensor);
  }

  private addProducer(name: string, node: OnnxNode): void {
    this.requireNew(name);
    this.producers.set(name, node);
  }

  private requireNew(name: string): void {
    if (this.constants.has(name) || this.producers.has(name)) throw this.wrong(`has ${quote(name)} twice`);
  }
}

/** Operations on constants that may stand one behind the other, and parts of a shape. */
const [DEEPEST, MOST_PARTS] = [200, 8];

/** Elements that operations on constants may make beside four times those of the file, and the least bytes of one. */
const [MOST_FOLDED, LEAST_BYTES] = [2 ** 18, 4];

const SCALING = ['Add', 'Sub', 'Mul', 'Div'];
/** Most steps of a scaling. */
const MOST_STEPS = 20;

/** Most dimensions that a message shows. */
const SHOWN = 6;

function shapeText(dims: number[]): string {
  return `(${dims.slice(0, SHOWN).join(', ')}${dims.length > SHOWN ? ', …' : ''})`;
}

/** The tensor of a Constant node; undefined if it has a kind of constant that no model has. */
function constantOf({ attributes }: OnnxNode): OnnxTensor | undefined {
  const [value, ints, floats] = [attributes.get('value'), attributes.get('value_ints'), attributes.get('value_floats')];
  if (typeof value === 'object' && 'dims' in value) return value;
  const [int, float] = [attributes.get('value_int'), attributes.get('value_float')];
  const list = (many: OnnxAttribute | undefined, one: OnnxAttribute | undefined) =>
    Array.isArray(many) ? many.map(Number) : typeof one === 'number' ? [one] : undefined;
  const [whole, real] = [list(ints, int), list(floats, float)];
  const dims = (ints ?? floats) ? [(whole ?? real ?? []).length] : [];
  const bytes = whole
    ? BigInt64Array.from(whole, (one) => BigInt(Math.trunc(one) || 0))
    : real && Float32Array.from(real);
  return (
    bytes && { name: '', dims, dataType: whole ? DATA_TYPE.int64 : DATA_TYPE.float, data: new Uint8Array(bytes.buffer) }
  );
}

function transposed({ name, dims: [rows, columns], data }: OnnxFloats): OnnxFloats {
  const turned = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
  return { name, dims: [columns, rows], data: turned };
}

function isOneOf(value: OnnxAttribute, wanted: OnnxAttribute[]): boolean {
  return wanted.some((one) => String(one) === String(value));
}

function inputOf(node: OnnxNode, index: number): string {
  return node.inputs[index] ?? '';
}
