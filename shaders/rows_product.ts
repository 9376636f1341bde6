import { defineKernel } from '../src/gpu/kernel.ts';
import { ceilDiv, EACH_LANE, unroll, wgsl, workgroupsOf } from './wgsl.ts';

// Products of rows with a matrix that is a part of a layer's parameters, and the gradient of that matrix. Features lie
// side by side.

export interface RowsProductShape {
  /** Rows of the product: of the batch, or of all its steps. */
  rows: number;
  /** Rows that the input has before the first one. */
  skip: number;
  /** Features of the input. */
  inputs: number;
  /** Features of the product. */
  outputs: number;
  /** Whether the matrix is (outputs, inputs) and not (inputs, outputs). */
  transposed: boolean;
  /** Where the matrix begins among the layer's parameters, and how many these are. */
  first: number;
  block: number;
}

/** Rows that one lane computes: each parameter that it loads serves all of them. */
const LANE_ROWS = 4;

const PRODUCT_CASES = [
  {
    name: 'size 1',
    shape: { rows: 4, skip: 0, inputs: 1, outputs: 1, transposed: false, first: 0, block: 1 },
  },
  {
    name: 'odd, behind other rows',
    shape: { rows: 12, skip: 8, inputs: 5, outputs: 7, transposed: false, first: 3, block: 40 },
  },
  {
    name: 'transposed',
    shape: { rows: 12, skip: 4, inputs: 5, outputs: 7, transposed: true, first: 2, block: 37 },
  },
  {
    name: 'beyond a workgroup',
    shape: { rows: 132, skip: 0, inputs: 33, outputs: 70, transposed: false, first: 0, block: 33 * 70 },
  },
  {
    name: '100 features, transposed',
    shape: { rows: 64, skip: 0, inputs: 100, outputs: 200, transposed: true, first: 0, block: 20_000 },
  },
];

/** input (skip + rows, inputs), a matrix W in parameters (block) → product (rows, outputs) = input·W. */
export const rowsProduct = defineKernel({
  name: 'rows_product',
  bindings: { input: 'read', parameters: 'read', product: 'write' },
  code: ({ rows, skip, inputs, outputs, transposed, first, block }: RowsProductShape) => {
    const each = (piece: (n: number) => string) => unroll(LANE_ROWS, piece);
    return wgsl`
@group(0) @binding(0) var<storage, read> input: array<f32, ${(skip + rows) * inputs}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${block}>;
@group(0) @binding(2) var<storage, read_write> product: array<f32, ${rows * outputs}>;

${EACH_LANE} {
  let j = id.x;
  if (j >= ${outputs}u) { return; }
  ${each((n) => `let r${n} = id.y * ${LANE_ROWS}u + ${n}u;`)}
  ${each((n) => `var sum${n} = 0.0;`)}
  for (var i = 0u; i < ${inputs}u; i++) {
    let w = parameters[${first}u + ${transposed ? `j * ${inputs}u + i` : `i * ${outputs}u + j`}];
    ${each((n) => `sum${n} += input[(${skip}u + r${n}) * ${inputs}u + i] * w;`)}
  }
  ${each((n) => `product[r${n} * ${outputs}u + j] = sum${n};`)}
}
`;
  },
  // The batch is a multiple of 4, and so are the rows.
  workgroups: ({ rows, outputs }) => [workgroupsOf(outputs), rows / LANE_ROWS, 1],
  sizes: ({ rows, skip, inputs, outputs, block }) => ({
    input: (skip + rows) * inputs,
    parameters: block,
    product: rows * outputs,
  }),
  reference({ input, parameters }, { rows, skip, inputs, outputs, transposed, first }) {
    const product = new Float64Array(rows * outputs);
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < outputs; j++) {
        let sum = 0;
        for (let i = 0; i < inputs; i++) {
          sum += input[(skip + r) * inputs + i] * parameters[first + (transposed ? j * inputs + i : i * outputs + j)];
        }
        product[r * outputs + j] = sum;
      }
    }
    return { product };
  },
  cost: ({ rows, inputs, outputs }) => ({
    flops: 2 * rows * inputs * outputs,
    bytes: 4 * (rows * (inputs + outputs) + inputs * outputs),
  }),
  lane: ({ inputs }) => ({ loads: inputs }),
  cases: PRODUCT_CASES,
  tolerance: 1e-5,
});

export interface RowsGradientShape {
  rows: number;
  /** Rows that the inputs have before the first one. */
  skip: number;
  inputs: number;
  outputs: number;
  /** Rows that the outputs' gradient has before the first one. */
  outputSkip: number;
  /** Where the matrix begins among the layer's parameters. */
  first: number;
  /** The sum over rows is divided into this many parts. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
}

function partialsLength({ inputs, outputs, first, parts, stride }: RowsGradientShape): number {
  return (parts - 1) * stride + first + inputs * outputs;
}

/**
 * The gradient of the matrix: input (skip + rows, inputs) and outputGradient (outputSkip + rows, outputs) → partials
 * (parts, stride), of each part inputs · outputs elements from `first` on.
 */
export const rowsParameterGradient = defineKernel({
  name: 'rows_parameter_gradient',
  bindings: { input: 'read', outputGradient: 'read', partials: 'write' },
  code: (shape: RowsGradientShape) => {
    const { rows, skip, inputs, outputs, outputSkip, first, parts, stride } = shape;
    return wgsl`
@group(0) @binding(0) var<storage, read> input: array<f32, ${(skip + rows) * inputs}>;
@group(0) @binding(1) var<storage, read> output_gradient: array<f32, ${(outputSkip + rows) * outputs}>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32, ${partialsLength(shape)}>;

${EACH_LANE} {
  if (id.x >= ${inputs * outputs}u) { return; }
  let i = id.x / ${outputs}u;
  let j = id.x % ${outputs}u;
  let start = id.y * ${ceilDiv(rows, parts)}u;
  let end = min(start + ${ceilDiv(rows, parts)}u, ${rows}u);
  var sum = 0.0;
  for (var r = start; r < end; r++) {
    sum += input[(${skip}u + r) * ${inputs}u + i] * output_gradient[(${outputSkip}u + r) * ${outputs}u + j];
  }
  partials[id.y * ${stride}u + ${first}u + id.x] = sum;
}
`;
  },
  workgroups: ({ inputs, outputs, parts }) => [workgroupsOf(inputs * outputs), parts, 1],
  sizes: (shape) => ({
    input: (shape.skip + shape.rows) * shape.inputs,
    outputGradient: (shape.outputSkip + shape.rows) * shape.outputs,
    partials: partialsLength(shape),
  }),
  reference({ input, outputGradient }, shape) {
    const { rows, skip, inputs, outputs, outputSkip, first, parts, stride } = shape;
    const partials = new Float64Array(partialsLength(shape)).fill(Number.NaN);
    const perPart = ceilDiv(rows, parts);
    for (let part = 0; part < parts; part++) {
      for (let i = 0; i < inputs; i++) {
        for (let j = 0; j < outputs; j++) {
          let sum = 0;
          for (let r = part * perPart; r < Math.min((part + 1) * perPart, rows); r++) {
            sum += input[(skip + r) * inputs + i] * outputGradient[(outputSkip + r) * outputs + j];
          }
          partials[part * stride + first + i * outputs + j] = sum;
        }
      }
    }
    return { partials };
  },
  cost: ({ rows, inputs, outputs, parts }) => ({
    flops: 2 * rows * inputs * outputs,
    bytes: 4 * (rows * (inputs + outputs) + parts * inputs * outputs),
  }),
  lane: ({ rows, parts }) => ({ loads: ceilDiv(rows, parts) }),
  cases: PRODUCT_CASES.map(({ name, shape: { rows, skip, inputs, outputs, first } }, n) => ({
    name,
    shape: {
      rows,
      skip,
      inputs,
      outputs,
      outputSkip: 4 * (n % 2),
      first,
      parts: 3,
      stride: 64 + first + inputs * outputs,
    },
  })),
  tolerance: 1e-5,
});
