import { Names } from './names.ts';

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

/** A functional model. Layers add their Keras layers to it, each after its inputs. */
export class KerasWriter {
  readonly layers: WrittenLayer[] = [];
  private readonly names = new Names();

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
}
