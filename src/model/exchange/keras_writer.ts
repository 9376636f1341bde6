import type { Standardisation } from '../../data/standardisation.ts';
import { Failure } from '../../errors.ts';
import { Names } from './names.ts';
import type { ScalingStep } from './scaling.ts';

/** A layer of a functional model, in the words that TensorFlow.js and all versions of Keras share. */
export interface KerasLayer {
  type: string;
  name: string;
  /** Its settings under Keras' names. */
  config: Record<string, unknown>;
  /** Names of the layers that it takes its input from. */
  from: string[];
}

/** A layer as it is written. */
export interface WrittenLayer extends KerasLayer {
  /** The shape of the output for one sample. Keras 3 stores it. */
  shape: number[];
  /** The node of the model whose parameters this layer holds, if it holds any. */
  node?: string;
}

/** The name that Keras gives a layer of a class, and the path of its arrays in a file. */
export function classPath(type: string): string {
  return type
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Settings of Rescaling layers, which compute x · scale + offset. A list has a number for each channel. */
function rescalings(steps: ScalingStep[]): { scale: number | number[]; offset: number | number[] }[] {
  const plain = (numbers: number[]) => (numbers.length === 1 ? numbers[0] : numbers);
  const layers: { scale: number | number[]; offset: number | number[] }[] = [];
  for (const [i, { kind, by }] of steps.entries()) {
    const isBehindFactor = kind === 'add' && i > 0 && steps[i - 1].kind !== 'add';
    if (isBehindFactor) layers[layers.length - 1].offset = plain(by);
    else if (kind === 'add') layers.push({ scale: 1, offset: plain(by) });
    else layers.push({ scale: plain(kind === 'divide' ? by.map((value) => 1 / value) : by), offset: 0 });
  }
  return layers;
}

/** Slopes of `hard_sigmoid`: of Keras 1 and 2 and TensorFlow.js, and of Keras 3. */
export const HARD_SLOPES = { keras2: 0.2, keras3: 1 / 6 } as const;

/** What layers are written for. */
export interface KerasTarget {
  /** It is part of the graph, if it is given. */
  standardisation?: Standardisation;
  /** The slope of the system's `hard_sigmoid`; any, if it is not given. */
  hardSlope?: number;
}

/** A functional model. Layers add their Keras layers to it, each after its inputs. */
export class KerasWriter {
  readonly layers: WrittenLayer[] = [];
  private readonly names = new Names();

  readonly standardisation: Standardisation | undefined;

  constructor(private readonly target: KerasTarget = {}) {
    this.standardisation = target.standardisation;
  }

  /** The name of an LSTM's gate activation. Throws invalid-option if the target has another hard sigmoid. */
  gateActivation(slope: number | undefined): string {
    if (slope === undefined) return 'sigmoid';
    const { hardSlope = slope } = this.target;
    if (hardSlope === slope) return 'hard_sigmoid';
    throw new Failure(
      'invalid-option',
      `the hard sigmoid of this model's gates has the slope ${slope}, and that of the format ${hardSlope}: write another format, such as .onnx`,
    );
  }

  /** Returns the layer's name: the one given or the class's, numbered if it is taken. */
  add(
    type: string,
    { name = classPath(type), ...layer }: Pick<WrittenLayer, 'shape' | 'from' | 'node'> & { name?: string },
    config: Record<string, unknown> = {},
  ): string {
    const given = this.names.next(name);
    this.layers.push({ type, name: given, config, ...layer });
    return given;
  }

  /** Adds layers that scale the output of the layer `from`; returns the name of the last. */
  scale(from: string, shape: number[], steps: ScalingStep[]): string {
    return rescalings(steps).reduce((before, config) => this.add('Rescaling', { shape, from: [before] }, config), from);
  }
}
