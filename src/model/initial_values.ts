import type { NumpyRandom } from '../data/numpy_random.ts';

// Keras' initial values. `shape` is that of the parameter.

export function zeros(_: NumpyRandom, shape: number[]): Float32Array {
  return new Float32Array(shape.reduce((product, size) => product * size, 1));
}

/** Uniform on ±√(6 / (rows + columns)). */
export function glorotUniform(random: NumpyRandom, [rows, columns]: number[]): Float32Array {
  const limit = Math.sqrt(6 / (rows + columns));
  return Float32Array.from({ length: rows * columns }, () => limit * (2 * random.double() - 1));
}

/**
 * A (rows, columns) matrix with orthonormal rows, rows ≤ columns: Q of a normal (columns, rows) matrix, transposed.
 * Gram-Schmidt leaves R's diagonal positive, which is the sign Keras fixes; a second pass restores the orthogonality
 * that rounding took.
 */
export function orthogonal(random: NumpyRandom, [rows, columns]: number[]): Float32Array {
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
