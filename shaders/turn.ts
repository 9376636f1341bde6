import { defineKernel } from '../src/gpu/kernel.ts';
import { EACH_LANE, f32, unroll, wgsl, workgroupsOf } from './wgsl.ts';

// A sequence with features side by side, as recurrent layers write it, becomes one with samples side by side, as they
// read it, and the way back. Several sequences can become parts of a wider one: the two directions of a layer.

export interface TurnShape {
  timeSteps: number;
  /** A multiple of 4. */
  batch: number;
  /** Features of the sequence that has them side by side. */
  features: number;
  /** Features of the sequence that has samples side by side. */
  width: number;
  /** The first of the features of the other sequence among them. */
  first: number;
  /** Whether the last step of one sequence is the first of the other. */
  reversed: boolean;
}

export interface SequenceShape {
  timeSteps: number;
  inputDim: number;
  /** A multiple of 4. */
  batch: number;
}

export interface TurnToSamplesShape extends TurnShape {
  /** Steps that `rows` has before the first one. */
  skip: number;
}

export interface TurnToFeaturesShape extends TurnShape {
  /** Whether as many zeros follow in `rows`. */
  zeros: boolean;
}

const whole = (timeSteps: number, batch: number, features: number): TurnShape => {
  return { timeSteps, batch, features, width: features, first: 0, reversed: false };
};

const CASES: [name: string, shape: TurnShape][] = [
  ['size 1', whole(1, 4, 1)],
  ['odd', whole(5, 12, 7)],
  ['beyond a workgroup', whole(3, 132, 66)],
  ['the second of two directions', { ...whole(6, 8, 5), width: 10, first: 5, reversed: true }],
  ['experiment', whole(64, 256, 32)],
];

/** One lane takes a feature of four samples at a step. */
function turnWorkgroups({ timeSteps, batch, features }: TurnShape): [number, number, number] {
  return [workgroupsOf(features), batch / 4, timeSteps];
}

/** Declares the lane's feature `j`, its four samples `quad`, and its step in both sequences. */
function lane({ timeSteps, batch, features, width, first, reversed }: TurnShape): string {
  return `
  let j = id.x;
  if (j >= ${features}u) { return; }
  let quad = id.y;
  let column = ((${reversed ? `${timeSteps - 1}u - id.z` : 'id.z'}) * ${width}u + ${first}u + j) * ${batch / 4}u + quad;
  let row = (id.z * ${batch}u + 4u * quad) * ${features}u + j;`;
}

/** The place of feature j of sample b at step t in `columns`. */
function columnOf({ timeSteps, batch, width, first, reversed }: TurnShape, t: number, j: number, b: number): number {
  return ((reversed ? timeSteps - 1 - t : t) * width + first + j) * batch + b;
}

function turnCost({ timeSteps, batch, features }: TurnShape) {
  return { flops: 0, bytes: 8 * timeSteps * batch * features };
}

/** rows (skip + T, batch, features) → features `first` and following of columns (T, width, batch). */
export const turnToSamples = defineKernel({
  name: 'turn_to_samples',
  bindings: { rows: 'read', columns: 'write' },
  code: (shape: TurnToSamplesShape) => wgsl`
@group(0) @binding(0) var<storage, read> rows: array<f32, ${(shape.skip + shape.timeSteps) * shape.batch * shape.features}>;
@group(0) @binding(1) var<storage, read_write> columns: array<vec4f, ${(shape.timeSteps * shape.batch * shape.width) / 4}>;

${EACH_LANE} {
  ${lane(shape)}
  let at = row + ${shape.skip * shape.batch * shape.features}u;
  columns[column] = vec4f(${[0, 1, 2, 3].map((n) => `rows[at + ${n * shape.features}u]`).join(', ')});
}
`,
  workgroups: (shape: TurnToSamplesShape) => turnWorkgroups(shape),
  sizes: ({ timeSteps, batch, features, width, skip }: TurnToSamplesShape) => ({
    rows: (skip + timeSteps) * batch * features,
    columns: timeSteps * batch * width,
  }),
  reference({ rows }, shape) {
    const { timeSteps, batch, features, width, skip } = shape;
    const columns = new Float64Array(timeSteps * batch * width).fill(Number.NaN);
    for (let t = 0; t < timeSteps; t++) {
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < features; j++) {
          columns[columnOf(shape, t, j, b)] = rows[((skip + t) * batch + b) * features + j];
        }
      }
    }
    return { columns };
  },
  cost: (shape: TurnToSamplesShape) => turnCost(shape),
  lane: () => ({ loads: 1 }),
  cases: CASES.map(([name, shape], i) => ({ name, shape: { ...shape, skip: i % 2 } })),
  tolerance: 0,
});

/** Features `first` and following of columns (T, width, batch) → rows (T, batch, features), and zeros behind. */
export const turnToFeatures = defineKernel({
  name: 'turn_to_features',
  bindings: { columns: 'read', rows: 'write' },
  code: (shape: TurnToFeaturesShape) => wgsl`
@group(0) @binding(0) var<storage, read> columns: array<vec4f, ${(shape.timeSteps * shape.batch * shape.width) / 4}>;
@group(0) @binding(1) var<storage, read_write> rows: array<f32, ${rowsLength(shape)}>;

${EACH_LANE} {
  ${lane(shape)}
  let values = columns[column];
  ${unroll(4, (n) => `rows[row + ${n * shape.features}u] = values[${n}];`)}
#if ${shape.zeros}
  ${unroll(4, (n) => `rows[row + ${shape.timeSteps * shape.batch * shape.features + n * shape.features}u] = ${f32(0)};`)}
#endif
}
`,
  workgroups: (shape: TurnToFeaturesShape) => turnWorkgroups(shape),
  sizes: (shape: TurnToFeaturesShape) => ({
    columns: shape.timeSteps * shape.batch * shape.width,
    rows: rowsLength(shape),
  }),
  reference({ columns }, shape) {
    const { timeSteps, batch, features } = shape;
    const rows = new Float64Array(rowsLength(shape));
    for (let t = 0; t < timeSteps; t++) {
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < features; j++) rows[(t * batch + b) * features + j] = columns[columnOf(shape, t, j, b)];
      }
    }
    return { rows };
  },
  cost: (shape: TurnToFeaturesShape) => turnCost(shape),
  lane: () => ({ loads: 1 }),
  cases: CASES.map(([name, shape], i) => ({ name, shape: { ...shape, zeros: i % 2 === 1 } })),
  tolerance: 0,
});

function rowsLength({ timeSteps, batch, features, zeros }: TurnToFeaturesShape): number {
  return (zeros ? 2 : 1) * timeSteps * batch * features;
}

/** values (T, D, batch) → the same from the last step to the first. */
export const reverseSteps = defineKernel({
  name: 'reverse_steps',
  bindings: { values: 'read', reversed: 'write' },
  code: ({ timeSteps, inputDim, batch }: SequenceShape) => wgsl`
@group(0) @binding(0) var<storage, read> values: array<vec4f, ${(timeSteps * inputDim * batch) / 4}>;
@group(0) @binding(1) var<storage, read_write> reversed: array<vec4f, ${(timeSteps * inputDim * batch) / 4}>;

${EACH_LANE} {
  if (id.x >= ${(inputDim * batch) / 4}u) { return; }
  reversed[(${timeSteps - 1}u - id.y) * ${(inputDim * batch) / 4}u + id.x] = values[id.y * ${(inputDim * batch) / 4}u + id.x];
}
`,
  workgroups: ({ timeSteps, inputDim, batch }) => [workgroupsOf((inputDim * batch) / 4), timeSteps, 1],
  sizes: ({ timeSteps, inputDim, batch }) => ({
    values: timeSteps * inputDim * batch,
    reversed: timeSteps * inputDim * batch,
  }),
  reference({ values }, { timeSteps, inputDim, batch }) {
    const row = inputDim * batch;
    return {
      reversed: Float64Array.from(values, (_, i) => values[(timeSteps - 1 - Math.floor(i / row)) * row + (i % row)]),
    };
  },
  cost: ({ timeSteps, inputDim, batch }) => ({ flops: 0, bytes: 8 * timeSteps * inputDim * batch }),
  lane: () => ({ loads: 1 }),
  cases: [
    { name: 'size 1', shape: { timeSteps: 1, inputDim: 1, batch: 4 } },
    { name: 'odd', shape: { timeSteps: 5, inputDim: 3, batch: 12 } },
    { name: 'beyond a workgroup', shape: { timeSteps: 6, inputDim: 5, batch: 132 } },
  ],
  tolerance: 0,
});
