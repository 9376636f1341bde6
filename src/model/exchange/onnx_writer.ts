import { Names } from './names.ts';
import { DATA_TYPE, type OnnxAttribute, type OnnxGraph, type OnnxTensor } from './onnx_messages.ts';

/** Any number of series. */
const ONNX_BATCH = 'N';

/** A graph of ONNX that layers add their operations to. */
export class OnnxWriter {
  readonly nodes: OnnxGraph['nodes'] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly inputs: OnnxGraph['inputs'] = [];
  /** The output of the last layer comes first. */
  readonly outputs: OnnxGraph['outputs'] = [];
  private readonly nodeNames = new Names();
  private readonly valueNames = new Names();

  /** Adds an operation. Its values get the given names, with a number if they are taken; '' is left out. */
  add(
    name: string,
    opType: string,
    inputs: string[],
    outputs: string[],
    attributes: Record<string, OnnxAttribute> = {},
  ): string[] {
    const made = outputs.map((output) => output && this.valueNames.next(output));
    const node = { name: this.nodeNames.next(name), opType, domain: '', inputs, outputs: made };
    this.nodes.push({ ...node, attributes: new Map(Object.entries(attributes)) });
    return made;
  }

  floats(name: string, dims: number[], values: Float32Array): string {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.constant({ name, dims, dataType: DATA_TYPE.float, data });
  }

  ints(name: string, values: number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant({ name, dims: [values.length], dataType: DATA_TYPE.int64, data });
  }

  /** An input of any number of series. */
  input(name: string, docString: string, dims: number[]): string {
    this.inputs.push({ name: this.valueNames.next(name), docString, dims: [ONNX_BATCH, ...dims] });
    return name;
  }

  output(name: string, docString: string, dims: number[]): void {
    this.outputs.unshift({ name, docString, dims: [ONNX_BATCH, ...dims] });
  }

  private constant(tensor: OnnxTensor): string {
    const name = this.valueNames.next(tensor.name);
    this.initializers.push({ ...tensor, name });
    return name;
  }
}
