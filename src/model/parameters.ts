import { NumpyRandom } from '../data/numpy_random.ts';
import type { TensorSlice } from '../gpu/kernel.ts';
import { type ModelConfig, outputCount } from './config.ts';

/** Names, in Keras' layouts and gate order i, f, c̃, o. */
export type ParameterName =
  | 'attention_kernel'
  | 'attention_bias'
  | 'lstm_kernel'
  | 'lstm_bias'
  | 'lstm_recurrent_kernel'
  | 'output_kernel'
  | 'output_bias';

export type Parameters = Record<ParameterName, Float32Array>;

export interface ParameterSpec {
  name: ParameterName;
  shape: number[];
  /** Where it begins in the arena, in elements. */
  offset: number;
  length: number;
}

/** What kernels bind together: a layer's kernel with its bias as one more row, and the LSTM's recurrent kernel as more rows. */
export type Block = 'attention' | 'lstm' | 'output';

/**
 * All parameters in one buffer, so that one dispatch updates them. Blocks begin at multiples of 64 elements (256 bytes,
 * WebGPU's alignment of a binding); a kernel and its bias are neighbours. Gradients and moments have the same layout.
 */
export interface Arena {
  specs: ParameterSpec[];
  /** Elements, padding included. */
  length: number;
  block(name: Block, tensor: string): TensorSlice;
}

const ALIGNMENT = 64;

export function createArena(config: ModelConfig): Arena {
  const { timeSteps: T, inputDim: D, units: U } = config;
  const C = outputCount(config);
  const blocks: Record<Block, [ParameterName, number[]][]> = {
    attention: [
      ['attention_kernel', [T, T]],
      ['attention_bias', [T]],
    ],
    lstm: [
      ['lstm_kernel', [D, 4 * U]],
      ['lstm_bias', [4 * U]],
      ['lstm_recurrent_kernel', [U, 4 * U]],
    ],
    output: [
      ['output_kernel', [U, C]],
      ['output_bias', [C]],
    ],
  };
  const specs: ParameterSpec[] = [];
  const places = new Map<Block, { offset: number; length: number }>();
  let offset = 0;
  for (const [block, members] of Object.entries(blocks)) {
    const start = offset;
    for (const [name, shape] of members) {
      const length = shape.reduce((product, size) => product * size, 1);
      specs.push({ name, shape, offset, length });
      offset += length;
    }
    places.set(block as Block, { offset: start, length: offset - start });
    offset = Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
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

/** The arena's elements as one array a parameter. */
export function unpackArena(arena: Arena, values: Float32Array): Parameters {
  return Object.fromEntries(
    arena.specs.map(({ name, offset, length }) => [name, values.slice(offset, offset + length)]),
  ) as Parameters;
}

/** The reverse of `unpackArena`; padding is zero. */
export function packArena(arena: Arena, parameters: Parameters): Float32Array {
  const values = new Float32Array(arena.length);
  for (const { name, offset } of arena.specs) values.set(parameters[name], offset);
  return values;
}

/**
 * Keras' initial values: Glorot uniform kernels, an orthogonal recurrent kernel, zero biases, the forget gate's bias one.
 * They come from numpy's stream RandomState([seed, 1]), apart from the data's RandomState(seed).
 */
export function initialParameters(config: ModelConfig, seed: number): Parameters {
  const { timeSteps: T, inputDim: D, units: U } = config;
  const C = outputCount(config);
  const random = new NumpyRandom([seed, 1]);
  const parameters: Parameters = {
    attention_kernel: glorotUniform(random, T, T),
    attention_bias: new Float32Array(T),
    lstm_kernel: glorotUniform(random, D, 4 * U),
    lstm_bias: new Float32Array(4 * U).fill(1, U, 2 * U),
    lstm_recurrent_kernel: orthogonal(random, U, 4 * U),
    output_kernel: glorotUniform(random, U, C),
    output_bias: new Float32Array(C),
  };
  return parameters;
}

function glorotUniform(random: NumpyRandom, rows: number, columns: number): Float32Array {
  const limit = Math.sqrt(6 / (rows + columns));
  return Float32Array.from({ length: rows * columns }, () => limit * (2 * random.double() - 1));
}

/**
 * A (rows, columns) matrix with orthonormal rows, rows ≤ columns: Q of a normal (columns, rows) matrix, transposed.
 * Gram-Schmidt leaves R's diagonal positive, which is the sign Keras fixes; a second pass restores the orthogonality
 * that rounding took.
 */
function orthogonal(random: NumpyRandom, rows: number, columns: number): Float32Array {
  const normal = Float64Array.from({ length: rows * columns }, () => random.normal());
  const result = Array.from({ length: rows }, (_, i) =>
    Float64Array.from({ length: columns }, (_, j) => normal[j * rows + i]),
  );
  for (let i = 0; i < rows; i++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < i; k++) {
        const projection = dot(result[i], result[k]);
        for (let j = 0; j < columns; j++) result[i][j] -= projection * result[k][j];
      }
    }
    const norm = Math.sqrt(dot(result[i], result[i]));
    for (let j = 0; j < columns; j++) result[i][j] /= norm;
  }
  return Float32Array.from(result.flatMap((row) => [...row]));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
