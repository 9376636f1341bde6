import type { Standardisation } from '../../data/standardisation.ts';
import { Names } from './names.ts';
import { DATA_TYPE, type OnnxAttribute, type OnnxGraph, type OnnxTensor } from './onnx_messages.ts';
import type { ScalingStep } from './scaling.ts';

const OPERATORS = { add: 'Add', multiply: 'Mul', divide: 'Div' } as const;

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

  /** `standardisation` is part of the graph, if it is given. */
  constructor(readonly standardisation?: Standardisation) {}

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

  /** Adds operations that scale a value; the last one gives `name`. */
  scale(value: string, steps: ScalingStep[], name: string): string {
    return steps.reduce((from, { kind, by }, i) => {
      const constant = this.floats(`${name}_${kind}`, by.length > 1 ? [by.length] : [], Float32Array.from(by));
      const made = i < steps.length - 1 ? `${name}_${i}` : name;
      return this.add(`${name}_by_${kind}`, OPERATORS[kind], [from, constant], [made])[0];
    }, value);
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
