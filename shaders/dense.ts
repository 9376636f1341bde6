import { defineKernel } from '../src/gpu/kernel.ts';
import { ceilDiv, unroll, wgsl } from './wgsl.ts';

// A dense layer z = a·K + b on batch-innermost tensors. `parameters` is K with b as one more row: (rows + 1, columns).
// `samples` is a multiple of 4 and is read four at a time.

const LANES = 64;
/** Output rows that one invocation computes, so that a loaded value serves several of them. */
const TILE = 4;
/** Rows and columns of the parameter gradient that one invocation sums: each value it loads serves 8 or 16 products. */
const GRADIENT_TILE = { rows: 8, columns: 16 };

export interface DenseShape {
  /** Inputs of the layer. */
  rows: number;
  /** Outputs of the layer. */
  columns: number;
  samples: number;
  /** Elements of `input` before its first row. */
  skip: number;
}

/** input (rows, samples) after `skip`, parameters (rows + 1, columns) → output (columns, samples). */
export const denseForward = defineKernel({
  name: 'dense_forward',
  bindings: { input: 'read', parameters: 'read', output: 'write' },
  code: ({ rows, columns, samples, skip }: DenseShape) => {
    const tile = Math.min(TILE, columns);
    const quads = samples / 4;
    return wgsl`
@group(0) @binding(0) var<storage, read> input: array<vec4f, ${skip / 4 + rows * quads}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${(rows + 1) * columns}>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f, ${columns * quads}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = id.x;
  if (s >= ${quads}u) { return; }
  ${unroll(tile, (q) => `let j${q} = min(id.y * ${tile}u + ${q}u, ${columns - 1}u);`)}
  ${unroll(tile, (q) => `var z${q} = vec4f(parameters[${rows * columns}u + j${q}]);`)}
  for (var i = 0u; i < ${rows}u; i++) {
    let a = input[${skip / 4}u + i * ${quads}u + s];
    ${unroll(tile, (q) => `z${q} += parameters[i * ${columns}u + j${q}] * a;`)}
  }
  // Past the last column a tile repeats it: the same invocation writes the same value again.
  ${unroll(tile, (q) => `output[j${q} * ${quads}u + s] = z${q};`)}
}
`;
  },
  workgroups: ({ columns, samples }) => [ceilDiv(samples / 4, LANES), ceilDiv(columns, Math.min(TILE, columns)), 1],
  sizes: ({ rows, columns, samples, skip }) => ({
    input: skip + rows * samples,
    parameters: (rows + 1) * columns,
    output: columns * samples,
  }),
  reference({ input, parameters }, { rows, columns, samples, skip }) {
    const output = new Float64Array(columns * samples);
    for (let j = 0; j < columns; j++) {
      for (let s = 0; s < samples; s++) {
        let z = parameters[rows * columns + j];
        for (let i = 0; i < rows; i++) z += parameters[i * columns + j] * input[skip + i * samples + s];
        output[j * samples + s] = z;
      }
    }
    return { output };
  },
  cost: ({ rows, columns, samples }) => ({
    flops: 2 * rows * columns * samples,
    bytes: 4 * (rows * samples + (rows + 1) * columns + columns * samples),
  }),
  cases: [
    { name: 'size 1', shape: { rows: 1, columns: 1, samples: 4, skip: 0 } },
    { name: 'odd', shape: { rows: 5, columns: 7, samples: 12, skip: 20 } },
    { name: 'beyond a tile', shape: { rows: 33, columns: 66, samples: 388, skip: 0 } },
    { name: 'experiment, attention', shape: { rows: 64, columns: 64, samples: 256, skip: 0 } },
    { name: 'experiment, output', shape: { rows: 32, columns: 1, samples: 256, skip: 63 * 32 * 256 } },
    { name: '1,024 steps', shape: { rows: 1024, columns: 1024, samples: 4, skip: 0 } },
  ],
  tolerance: 1e-5,
});

export interface DenseInputGradientShape {
  rows: number;
  columns: number;
  samples: number;
  /** The layer was applied this many times, once a time step. */
  steps: number;
}

/** outputGradient (steps, columns, samples), parameters (rows + 1, columns) → inputGradient (steps, rows, samples). */
export const denseInputGradient = defineKernel({
  name: 'dense_input_gradient',
  bindings: { outputGradient: 'read', parameters: 'read', inputGradient: 'write' },
  code: ({ rows, columns, samples, steps }: DenseInputGradientShape) => {
    const tile = Math.min(TILE, rows);
    const quads = samples / 4;
    return wgsl`
@group(0) @binding(0) var<storage, read> output_gradient: array<vec4f, ${steps * columns * quads}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${(rows + 1) * columns}>;
@group(0) @binding(2) var<storage, read_write> input_gradient: array<vec4f, ${steps * rows * quads}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = id.x;
  let t = id.z;
  if (s >= ${quads}u) { return; }
  ${unroll(tile, (q) => `let i${q} = min(id.y * ${tile}u + ${q}u, ${rows - 1}u);`)}
  ${unroll(tile, (q) => `var sum${q} = vec4f(0.0);`)}
  for (var j = 0u; j < ${columns}u; j++) {
    let dz = output_gradient[(t * ${columns}u + j) * ${quads}u + s];
    ${unroll(tile, (q) => `sum${q} += parameters[i${q} * ${columns}u + j] * dz;`)}
  }
  ${unroll(tile, (q) => `input_gradient[(t * ${rows}u + i${q}) * ${quads}u + s] = sum${q};`)}
}
`;
  },
  workgroups: ({ rows, samples, steps }) => [ceilDiv(samples / 4, LANES), ceilDiv(rows, Math.min(TILE, rows)), steps],
  sizes: ({ rows, columns, samples, steps }) => ({
    outputGradient: steps * columns * samples,
    parameters: (rows + 1) * columns,
    inputGradient: steps * rows * samples,
  }),
  reference({ outputGradient, parameters }, { rows, columns, samples, steps }) {
    const inputGradient = new Float64Array(steps * rows * samples);
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < rows; i++) {
        for (let s = 0; s < samples; s++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) {
            sum += parameters[i * columns + j] * outputGradient[(t * columns + j) * samples + s];
          }
          inputGradient[(t * rows + i) * samples + s] = sum;
        }
      }
    }
    return { inputGradient };
  },
  cost: ({ rows, columns, samples, steps }) => ({
    flops: 2 * steps * rows * columns * samples,
    bytes: 4 * (steps * (rows + columns) * samples + rows * columns),
  }),
  cases: [
    { name: 'size 1', shape: { rows: 1, columns: 1, samples: 4, steps: 1 } },
    { name: 'odd', shape: { rows: 5, columns: 7, samples: 12, steps: 3 } },
    { name: 'beyond a tile', shape: { rows: 33, columns: 66, samples: 388, steps: 2 } },
    { name: 'experiment, LSTM input', shape: { rows: 1, columns: 128, samples: 256, steps: 64 } },
    { name: 'experiment, output', shape: { rows: 32, columns: 1, samples: 256, steps: 1 } },
  ],
  tolerance: 1e-5,
});

export interface DenseParameterGradientShape {
  rows: number;
  columns: number;
  samples: number;
  steps: number;
  /** Elements of `input` and of `outputGradient` before their first step. */
  inputSkip: number;
  gradientSkip: number;
  /** Whether the bias row follows the kernel's rows. */
  bias: boolean;
  /** The sum over steps and samples is cut into this many parts, so that more invocations share it. */
  parts: number;
  /** Elements from one part's gradients to the next one's. */
  stride: number;
}

/** Kernel rows, and the bias row where there is one. */
function gradientRows(shape: DenseParameterGradientShape): number {
  return shape.rows + (shape.bias ? 1 : 0);
}

function gradientTiles(shape: DenseParameterGradientShape) {
  const height = Math.min(GRADIENT_TILE.rows, gradientRows(shape));
  const width = Math.min(GRADIENT_TILE.columns, shape.columns);
  return { height, width, down: ceilDiv(gradientRows(shape), height), across: ceilDiv(shape.columns, width) };
}

function gradientSizes(shape: DenseParameterGradientShape) {
  const { rows, columns, samples, steps, inputSkip, gradientSkip, parts, stride } = shape;
  return {
    input: inputSkip + Math.max(steps, 1) * rows * samples,
    outputGradient: gradientSkip + Math.max(steps, 1) * columns * samples,
    partials: (parts - 1) * stride + gradientRows(shape) * columns,
  };
}

/** Sums (step, sample quad) pairs first … last of one part, by the same rule in shader and reference. */
function quadsAPart({ steps, samples, parts }: DenseParameterGradientShape): number {
  return ceilDiv((steps * samples) / 4, parts);
}

/**
 * The kernel's and bias' gradient, cut into parts that `gradient_sum` adds up in a fixed order:
 * dK[i, j] = Σ input[t, i, s] · outputGradient[t, j, s] over t and s, db[j] = Σ outputGradient[t, j, s].
 * input (steps, rows, samples) and outputGradient (steps, columns, samples) after their skips → partials (parts, stride),
 * of which the first (rows [+ 1]) · columns elements of each part are written.
 */
export const denseParameterGradient = defineKernel({
  name: 'dense_parameter_gradient',
  bindings: { input: 'read', outputGradient: 'read', partials: 'write' },
  code: (shape: DenseParameterGradientShape) => {
    const { rows, columns, samples, steps, inputSkip, gradientSkip, bias, stride } = shape;
    const { height, width, down, across } = gradientTiles(shape);
    const quads = samples / 4;
    const total = steps * quads;
    const sizes = gradientSizes(shape);
    const load = (p: number) => {
      const value = `input[${inputSkip / 4}u + (t * ${rows}u + min(i${p}, ${rows - 1}u)) * ${quads}u + s]`;
      return bias ? `let a${p} = select(${value}, vec4f(1.0), i${p} == ${rows}u);` : `let a${p} = ${value};`;
    };
    return wgsl`
@group(0) @binding(0) var<storage, read> input: array<vec4f, ${sizes.input / 4}>;
@group(0) @binding(1) var<storage, read> output_gradient: array<vec4f, ${sizes.outputGradient / 4}>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32, ${sizes.partials}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let part = id.y;
  if (id.x >= ${down * across}u) { return; }
  let top = id.x / ${across}u * ${height}u;
  let left = id.x % ${across}u * ${width}u;
  ${unroll(height, (p) => `let i${p} = top + ${p}u;`)}
  ${unroll(width, (q) => `let j${q} = left + ${q}u;`)}
  ${unroll(height, (p) => unroll(width, (q) => `var sum${p}_${q} = 0.0;`))}
  let first = part * ${quadsAPart(shape)}u;
  let end = min(first + ${quadsAPart(shape)}u, ${total}u);
  var t = first / ${quads}u;
  var s = first % ${quads}u;
  for (var n = first; n < end; n++) {
    ${unroll(height, load)}
    ${unroll(
      width,
      (q) =>
        `let d${q} = output_gradient[${gradientSkip / 4}u + (t * ${columns}u + min(j${q}, ${columns - 1}u)) * ${quads}u + s];`,
    )}
    ${unroll(height, (p) => unroll(width, (q) => `sum${p}_${q} += dot(a${p}, d${q});`))}
    s++;
    if (s == ${quads}u) {
      s = 0u;
      t++;
    }
  }
  let base = part * ${stride}u;
  ${unroll(height, (p) =>
    unroll(
      width,
      (q) =>
        `if (i${p} < ${gradientRows(shape)}u && j${q} < ${columns}u) { partials[base + i${p} * ${columns}u + j${q}] = sum${p}_${q}; }`,
    ),
  )}
}
`;
  },
  workgroups: (shape) => {
    const { down, across } = gradientTiles(shape);
    return [ceilDiv(down * across, LANES), shape.parts, 1];
  },
  sizes: gradientSizes,
  reference({ input, outputGradient }, shape) {
    const { rows, columns, samples, steps, inputSkip, gradientSkip, parts, stride } = shape;
    const partials = new Float64Array(gradientSizes(shape).partials).fill(Number.NaN);
    const perPart = quadsAPart(shape) * 4;
    for (let part = 0; part < parts; part++) {
      const end = Math.min((part + 1) * perPart, steps * samples);
      for (let i = 0; i < gradientRows(shape); i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let n = part * perPart; n < end; n++) {
            const t = Math.floor(n / samples);
            const s = n % samples;
            const a = i === rows ? 1 : input[inputSkip + (t * rows + i) * samples + s];
            sum += a * outputGradient[gradientSkip + (t * columns + j) * samples + s];
          }
          partials[part * stride + i * columns + j] = sum;
        }
      }
    }
    return { partials };
  },
  cost: (shape) => {
    const { rows, columns, samples, steps, parts } = shape;
    return {
      flops: 2 * steps * gradientRows(shape) * columns * samples,
      bytes: 4 * (steps * (rows + columns) * samples + parts * gradientRows(shape) * columns),
    };
  },
  cases: [
    {
      name: 'size 1',
      shape: {
        rows: 1,
        columns: 1,
        samples: 4,
        steps: 1,
        inputSkip: 0,
        gradientSkip: 0,
        bias: true,
        parts: 1,
        stride: 64,
      },
    },
    {
      name: 'no step',
      shape: {
        rows: 3,
        columns: 5,
        samples: 4,
        steps: 0,
        inputSkip: 0,
        gradientSkip: 20,
        bias: false,
        parts: 2,
        stride: 64,
      },
    },
    {
      name: 'odd, more parts than quads',
      shape: {
        rows: 5,
        columns: 7,
        samples: 12,
        steps: 3,
        inputSkip: 60,
        gradientSkip: 84,
        bias: true,
        parts: 11,
        stride: 64,
      },
    },
    {
      name: 'beyond a tile',
      shape: {
        rows: 33,
        columns: 66,
        samples: 68,
        steps: 3,
        inputSkip: 0,
        gradientSkip: 0,
        bias: true,
        parts: 4,
        stride: 2304,
      },
    },
    {
      name: 'experiment, recurrent',
      shape: {
        rows: 32,
        columns: 128,
        samples: 256,
        steps: 63,
        inputSkip: 0,
        gradientSkip: 128 * 256,
        bias: false,
        parts: 8,
        stride: 8640,
      },
    },
    {
      name: 'experiment, attention',
      shape: {
        rows: 64,
        columns: 64,
        samples: 256,
        steps: 1,
        inputSkip: 0,
        gradientSkip: 0,
        bias: true,
        parts: 8,
        stride: 8640,
      },
    },
  ],
  tolerance: 1e-5,
});
