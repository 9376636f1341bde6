import type { Wrong } from '../../rules.ts';
import { quote } from '../../text/quote.ts';
import type { ReadModel } from './decoder.ts';
import { DATA_TYPE, type OnnxNode, type OnnxTensor } from './messages.ts';

/** A constant's elements, row-major. */
export interface OnnxFloats {
  name: string;
  dims: number[];
  data: Float32Array;
}

/** A graph walked from its outputs to its inputs: what makes a value, and which values are constants. */
export class OnnxWalk {
  private readonly producers = new Map<string, OnnxNode>();
  private readonly constants = new Map<string, OnnxTensor>();
  private readonly inputs: Set<string>;

  constructor(
    { nodes, initializers, inputs }: ReadModel['graph'],
    readonly wrong: Wrong,
  ) {
    for (const tensor of initializers) this.addConstant(tensor.name, tensor);
    // In older files initializers are inputs too.
    this.inputs = new Set(inputs.filter((name) => !this.constants.has(name)));
    for (const node of nodes) {
      const value = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
      if (typeof value === 'object' && 'dims' in value) this.addConstant(node.outputs[0] ?? '', value);
      else for (const output of node.outputs) if (output !== '') this.addProducer(output, node);
    }
  }

  /** The value that `value` is the same as, through nodes that only hand it on. */
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

  isInput(value: string): boolean {
    return this.inputs.has(this.origin(value));
  }

  isConstant(value: string): boolean {
    return this.constants.has(this.origin(value));
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

  /** What a value is, for an error. */
  describe(value: string): string {
    const at = this.origin(value);
    const node = this.producers.get(at);
    if (node) return `${quote(node.domain ? `${node.domain}.${node.opType}` : node.opType)} making ${quote(at)}`;
    if (this.constants.has(at)) return `the constant ${quote(at)}`;
    return this.inputs.has(at) ? `the input ${quote(at)}` : `nothing that makes ${quote(at)}`;
  }

  /** A constant of float32 with so many dimensions. */
  floats(value: string, rank: number): OnnxFloats {
    const { name, dims, buffer } = this.elements(value, DATA_TYPE.float, 4);
    if (dims.length !== rank) throw this.wrong(`has constant ${quote(name)} of ${dims.length} dimensions, not ${rank}`);
    return { name, dims, data: new Float32Array(buffer) };
  }

  /** A constant of int64. */
  ints(value: string): number[] {
    return Array.from(new BigInt64Array(this.elements(value, DATA_TYPE.int64, 8).buffer), Number);
  }

  private elements(
    value: string,
    dataType: number,
    bytes: number,
  ): { name: string; dims: number[]; buffer: ArrayBuffer } {
    const tensor = this.constants.get(this.origin(value));
    if (!tensor) throw this.wrong(`has ${this.describe(value)} where the model has a constant`);
    const { name, dims, data } = tensor;
    const what = `has constant ${quote(name)}`;
    if (tensor.isExternal) throw this.wrong(`${what} in another file`);
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

/** Dimensions that an error shows. */
const SHOWN = 6;

export function shapeText(dims: number[]): string {
  return `(${dims.slice(0, SHOWN).join(', ')}${dims.length > SHOWN ? ', …' : ''})`;
}
