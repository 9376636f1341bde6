import { NumpyRandom } from '../data/numpy_random.ts';
import type { TensorSlice } from '../gpu/kernel.ts';
import type { ModelConfig } from './config.ts';
import { layersOf } from './layer_list.ts';
import { layerOf } from './layers/index.ts';
import type { LayerParameter, PlacedNode } from './layers/layer.ts';

/** By name, in Keras' layouts and gate order i, f, c̃, o. */
export type Parameters = Record<string, Float32Array>;

export interface ParameterSpec extends Pick<LayerParameter, 'shape' | 'decays' | 'groups'> {
  /** The layer's name and the parameter's: `lstm_kernel`. */
  name: string;
  /** Where it begins in the arena, in elements. */
  offset: number;
  length: number;
}

/**
 * All parameters in one buffer, so that one dispatch updates them. A layer's parameters are a block, which kernels bind
 * together: a kernel with its bias as one more row, and an LSTM's recurrent kernel as more rows. Each direction of a
 * recurrent layer is a block of its own. Blocks begin at multiples of 64 elements (256 bytes, WebGPU's alignment of a binding). Gradients and moments have the same layout.
 */
export interface Arena {
  specs: ParameterSpec[];
  /** Elements, padding included. */
  length: number;
  /** The block of the layer called `name` in a tensor with the arena's layout. */
  block(name: string, tensor: string): TensorSlice;
}

const ALIGNMENT = 64;

export function createArena(config: ModelConfig): Arena {
  return arenaOf(layersOf(config));
}

/** The arena of a list of layers, block after block. */
export function arenaOf(nodes: PlacedNode[]): Arena {
  const specs: ParameterSpec[] = [];
  const places = new Map<string, { offset: number; length: number }>();
  let offset = 0;
  for (const node of nodes) {
    for (const [block, parameters] of blocksOf(node)) {
      const start = offset;
      for (const { name, shape, decays, groups } of parameters) {
        const length = shape.reduce((product, size) => product * size, 1);
        specs.push({ name: parameterName(node, name), shape, decays, groups, offset, length });
        offset += length;
      }
      places.set(block, { offset: start, length: offset - start });
      offset = Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
    }
  }
  return {
    specs,
    length: offset,
    block(name, tensor) {
      const place = places.get(name);
      if (!place) throw new Error(`unknown block: ${name}`);
      return { tensor, ...place };
    },
  };
}

/** The parameters of each block of a layer, by the block's name: the layer's, and `layer/block` if it has several. */
function blocksOf(node: PlacedNode): Map<string, LayerParameter[]> {
  const blocks = new Map<string, LayerParameter[]>([[node.name, []]]);
  for (const parameter of parametersOf(node)) {
    const name = parameter.block === undefined ? node.name : `${node.name}/${parameter.block}`;
    blocks.set(name, [...(blocks.get(name) ?? []), parameter]);
  }
  return blocks;
}

/** The name of a layer's parameter among those of the model. */
export function parameterName({ name }: Pick<PlacedNode, 'name'>, parameter: string): string {
  return `${name}_${parameter}`;
}

function parametersOf(node: PlacedNode): LayerParameter[] {
  return layerOf(node).parameters(node);
}

/** The arena's elements as one array a parameter. */
export function unpackArena(arena: Arena, values: Float32Array): Parameters {
  return Object.fromEntries(
    arena.specs.map(({ name, offset, length }) => [name, values.slice(offset, offset + length)]),
  );
}

/** The reverse of `unpackArena`; padding is zero. */
export function packArena(arena: Arena, parameters: Parameters): Float32Array {
  const values = new Float32Array(arena.length);
  for (const { name, offset } of arena.specs) values.set(parameters[name], offset);
  return values;
}

/**
 * Keras' initial values, one parameter after the other in the order of the arena. They come from numpy's stream
 * RandomState([seed, 1]), apart from the data's RandomState(seed).
 */
export function initialParameters(config: ModelConfig, seed: number): Parameters {
  const random = new NumpyRandom([seed, 1]);
  const parameters: Parameters = {};
  for (const node of layersOf(config)) {
    for (const { name, shape, initial } of parametersOf(node)) {
      parameters[parameterName(node, name)] = initial(random, shape);
    }
  }
  return parameters;
}
