import { defineKernel } from '../src/gpu/kernel.ts';
import { activations } from './snippets.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

// Attention over the states of a recurrent layer by scores. States H (skip + T, batch, d) have features side by side;
// scores and weights (T, batch) have samples side by side, so that the softmax of the other attention takes them.

export interface StatesShape {
  timeSteps: number;
  /** A multiple of 4. */
  batch: number;
  /** Features d of a state. */
  features: number;
  /** Steps that the states have before the first one. */
  skip: number;
}

/** Rows (batch, width), of which `features` columns from the first one on are used. */
export interface StateRowsShape extends StatesShape {
  width: number;
  /** Rows that they have before the first one. */
  rowSkip: number;
}

const states = ({ timeSteps, batch, features, skip }: StatesShape) => (skip + timeSteps) * batch * features;

const SIZES: [name: string, shape: StatesShape][] = [
  ['size 1', { timeSteps: 1, batch: 4, features: 1, skip: 0 }],
  ['odd', { timeSteps: 5, batch: 12, features: 7, skip: 1 }],
  ['beyond a workgroup', { timeSteps: 3, batch: 132, features: 66, skip: 1 }],
  ['20 steps, 100 features', { timeSteps: 20, batch: 64, features: 100, skip: 1 }],
];

const ROW_CASES = SIZES.map(([name, shape], i) => ({
  name,
  shape: { ...shape, width: (1 + (i % 2)) * shape.features, rowSkip: 4 * (i % 2) },
}));

/** rows r (rowSkip + batch, width) and states H → scores (T, batch): H·r of each step. */
export const stateScores = defineKernel({
  name: 'state_scores',
  bindings: { states: 'read', rows: 'read', scores: 'write' },
  code: (shape: StateRowsShape) => {
    const { timeSteps, batch, features, skip, width, rowSkip } = shape;
    return wgsl`
@group(0) @binding(0) var<storage, read> states: array<f32, ${states(shape)}>;
@group(0) @binding(1) var<storage, read> rows: array<f32, ${(rowSkip + batch) * width}>;
@group(0) @binding(2) var<storage, read_write> scores: array<f32, ${timeSteps * batch}>;

${EACH_LANE} {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  let at = ((id.y + ${skip}u) * ${batch}u + b) * ${features}u;
  let row = (${rowSkip}u + b) * ${width}u;
  var sum = 0.0;
  for (var j = 0u; j < ${features}u; j++) { sum += states[at + j] * rows[row + j]; }
  scores[id.y * ${batch}u + b] = sum;
}
`;
  },
  workgroups: ({ timeSteps, batch }) => [workgroupsOf(batch), timeSteps, 1],
  sizes: (shape) => ({
    states: states(shape),
    rows: (shape.rowSkip + shape.batch) * shape.width,
    scores: shape.timeSteps * shape.batch,
  }),
  reference({ states: h, rows }, { timeSteps, batch, features, skip, width, rowSkip }) {
    const scores = new Float64Array(timeSteps * batch);
    for (let t = 0; t < timeSteps; t++) {
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < features; j++) {
          scores[t * batch + b] += h[((skip + t) * batch + b) * features + j] * rows[(rowSkip + b) * width + j];
        }
      }
    }
    return { scores };
  },
  cost: ({ timeSteps, batch, features }) => ({
    flops: 2 * timeSteps * batch * features,
    bytes: 4 * batch * (timeSteps * (features + 1) + features),
  }),
  lane: ({ features }) => ({ loads: features }),
  cases: ROW_CASES,
  tolerance: 1e-5,
});

export interface StateSumShape extends StatesShape {
  /** Whether the last state follows each sum. */
  withLast: boolean;
}

/** weights (T, batch) and states H → the sum of the states by their weights (batch, d), and the last state behind it. */
export const stateSum = defineKernel({
  name: 'state_sum',
  bindings: { weights: 'read', states: 'read', sums: 'write' },
  code: (shape: StateSumShape) => {
    const { timeSteps, batch, features, skip, withLast } = shape;
    const width = (withLast ? 2 : 1) * features;
    return wgsl`
@group(0) @binding(0) var<storage, read> weights: array<f32, ${timeSteps * batch}>;
@group(0) @binding(1) var<storage, read> states: array<f32, ${states(shape)}>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32, ${batch * width}>;

${EACH_LANE} {
  let j = id.x;
  if (j >= ${features}u) { return; }
  let b = id.y;
  var sum = 0.0;
  for (var t = 0u; t < ${timeSteps}u; t++) {
    sum += weights[t * ${batch}u + b] * states[((t + ${skip}u) * ${batch}u + b) * ${features}u + j];
  }
  sums[b * ${width}u + j] = sum;
#if ${withLast}
  sums[b * ${width}u + ${features}u + j] = states[(${skip + timeSteps - 1}u * ${batch}u + b) * ${features}u + j];
#endif
}
`;
  },
  workgroups: ({ batch, features }) => [workgroupsOf(features), batch, 1],
  sizes: (shape) => ({
    weights: shape.timeSteps * shape.batch,
    states: states(shape),
    sums: (shape.withLast ? 2 : 1) * shape.batch * shape.features,
  }),
  reference({ weights, states: h }, { timeSteps, batch, features, skip, withLast }) {
    const width = (withLast ? 2 : 1) * features;
    const sums = new Float64Array(batch * width);
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < features; j++) {
        const at = (t: number) => ((skip + t) * batch + b) * features + j;
        for (let t = 0; t < timeSteps; t++) sums[b * width + j] += weights[t * batch + b] * h[at(t)];
        if (withLast) sums[b * width + features + j] = h[at(timeSteps - 1)];
      }
    }
    return { sums };
  },
  cost: ({ timeSteps, batch, features }) => ({
    flops: 2 * timeSteps * batch * features,
    bytes: 4 * batch * (timeSteps * (features + 1) + features),
  }),
  lane: ({ timeSteps, withLast }) => ({ loads: timeSteps + (withLast ? 1 : 0) }),
  cases: SIZES.map(([name, shape], i) => ({ name, shape: { ...shape, withLast: i % 2 === 1 } })),
  tolerance: 1e-5,
});

export interface StateGradientShape extends StatesShape {
  /** Whether scores are products of a query's row with the states; then their gradient reaches the states at once. */
  isProduct: boolean;
  /** Rows that the query has before the first one. */
  querySkip: number;
}

/**
 * The gradient of the states, which reaches them as parts of the sum, through the scores, and the last one as the
 * query. weights and scoreGradient (T, batch); joinedGradient (batch, 2d) of the sum and of the last state beside it;
 * query (querySkip + batch, d) and queryGradient (batch, d) → gradient (T, batch, d).
 */
export const stateGradient = defineKernel({
  name: 'state_gradient',
  bindings: {
    weights: 'read',
    joinedGradient: 'read',
    scoreGradient: 'read',
    query: 'read',
    queryGradient: 'read',
    gradient: 'write',
  },
  code: ({ timeSteps, batch, features, isProduct, querySkip }: StateGradientShape) => wgsl`
@group(0) @binding(0) var<storage, read> weights: array<f32, ${timeSteps * batch}>;
@group(0) @binding(1) var<storage, read> joined_gradient: array<f32, ${2 * batch * features}>;
@group(0) @binding(2) var<storage, read> score_gradient: array<f32, ${timeSteps * batch}>;
@group(0) @binding(3) var<storage, read> query: array<f32, ${(querySkip + batch) * features}>;
@group(0) @binding(4) var<storage, read> query_gradient: array<f32, ${batch * features}>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32, ${timeSteps * batch * features}>;

${EACH_LANE} {
  let j = id.x;
  if (j >= ${features}u) { return; }
  let b = id.y;
  let t = id.z;
  var sum = weights[t * ${batch}u + b] * joined_gradient[b * ${2 * features}u + j];
#if ${isProduct}
  sum += score_gradient[t * ${batch}u + b] * query[(${querySkip}u + b) * ${features}u + j];
#endif
  if (t == ${timeSteps - 1}u) {
    sum += joined_gradient[b * ${2 * features}u + ${features}u + j] + query_gradient[b * ${features}u + j];
  }
  gradient[(t * ${batch}u + b) * ${features}u + j] = sum;
}
`,
  workgroups: ({ timeSteps, batch, features }) => [workgroupsOf(features), batch, timeSteps],
  sizes: ({ timeSteps, batch, features, querySkip }) => ({
    weights: timeSteps * batch,
    joinedGradient: 2 * batch * features,
    scoreGradient: timeSteps * batch,
    query: (querySkip + batch) * features,
    queryGradient: batch * features,
    gradient: timeSteps * batch * features,
  }),
  reference(inputs, { timeSteps, batch, features, isProduct, querySkip }) {
    const { weights, joinedGradient, scoreGradient, query, queryGradient } = inputs;
    const gradient = new Float64Array(timeSteps * batch * features);
    for (let t = 0; t < timeSteps; t++) {
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < features; j++) {
          let sum = weights[t * batch + b] * joinedGradient[2 * b * features + j];
          if (isProduct) sum += scoreGradient[t * batch + b] * query[(querySkip + b) * features + j];
          if (t === timeSteps - 1) {
            sum += joinedGradient[(2 * b + 1) * features + j] + queryGradient[b * features + j];
          }
          gradient[(t * batch + b) * features + j] = sum;
        }
      }
    }
    return { gradient };
  },
  cost: ({ timeSteps, batch, features }) => ({
    flops: 4 * timeSteps * batch * features,
    bytes: 4 * batch * (timeSteps * (features + 2) + 4 * features),
  }),
  lane: () => ({ loads: 2 }),
  cases: SIZES.map(([name, shape], i) => ({
    name,
    shape: { ...shape, isProduct: i % 2 === 1, querySkip: i > 2 ? 4 : 0 },
  })),
  tolerance: 1e-5,
});

const PLAIN_CASES = SIZES.map(([name, shape]) => ({ name, shape: { ...shape, skip: 0 } }));

/** query (batch, d) and keys (T, batch, d) → tanh(query + key) of each step. */
export const concatForward = defineKernel({
  name: 'concat_forward',
  bindings: { query: 'read', keys: 'read', bounded: 'write' },
  code: (shape: StatesShape) => wgsl`${activations}
@group(0) @binding(0) var<storage, read> query: array<f32, ${shape.batch * shape.features}>;
@group(0) @binding(1) var<storage, read> keys: array<f32, ${states(shape)}>;
@group(0) @binding(2) var<storage, read_write> bounded: array<f32, ${states(shape)}>;

${EACH_LANE} {
  if (id.x >= ${shape.batch * shape.features}u) { return; }
  let at = id.y * ${shape.batch * shape.features}u + id.x;
  bounded[at] = safe_tanh(query[id.x] + keys[at]);
}
`,
  workgroups: ({ timeSteps, batch, features }) => [workgroupsOf(batch * features), timeSteps, 1],
  sizes: (shape) => ({ query: shape.batch * shape.features, keys: states(shape), bounded: states(shape) }),
  reference: ({ query, keys }, { batch, features }) => ({
    bounded: Float64Array.from(keys, (key, i) => Math.tanh(query[i % (batch * features)] + key)),
  }),
  cost: (shape) => ({ flops: 2 * states(shape), bytes: 4 * (2 * states(shape) + shape.batch * shape.features) }),
  lane: () => ({ loads: 1, activations: 1 }),
  cases: PLAIN_CASES,
  tolerance: 1e-6,
});

/**
 * bounded and its gradient (T, batch, d) → keyGradient, that before the tanh, and queryGradient (batch, d), its sum over
 * the steps.
 */
export const concatBackward = defineKernel({
  name: 'concat_backward',
  bindings: { bounded: 'read', gradient: 'read', keyGradient: 'write', queryGradient: 'write' },
  code: (shape: StatesShape) => wgsl`
@group(0) @binding(0) var<storage, read> bounded: array<f32, ${states(shape)}>;
@group(0) @binding(1) var<storage, read> gradient: array<f32, ${states(shape)}>;
@group(0) @binding(2) var<storage, read_write> key_gradient: array<f32, ${states(shape)}>;
@group(0) @binding(3) var<storage, read_write> query_gradient: array<f32, ${shape.batch * shape.features}>;

${EACH_LANE} {
  if (id.x >= ${shape.batch * shape.features}u) { return; }
  var sum = 0.0;
  for (var t = 0u; t < ${shape.timeSteps}u; t++) {
    let at = t * ${shape.batch * shape.features}u + id.x;
    let y = bounded[at];
    let d = gradient[at] * (1.0 - y * y);
    key_gradient[at] = d;
    sum += d;
  }
  query_gradient[id.x] = sum;
}
`,
  workgroups: ({ batch, features }) => [workgroupsOf(batch * features), 1, 1],
  sizes: (shape) => ({
    bounded: states(shape),
    gradient: states(shape),
    keyGradient: states(shape),
    queryGradient: shape.batch * shape.features,
  }),
  reference({ bounded, gradient }, { batch, features }) {
    const queryGradient = new Float64Array(batch * features);
    const keyGradient = Float64Array.from(gradient, (one, i) => one * (1 - bounded[i] ** 2));
    for (const [i, one] of keyGradient.entries()) queryGradient[i % (batch * features)] += one;
    return { keyGradient, queryGradient };
  },
  cost: (shape) => ({ flops: 4 * states(shape), bytes: 4 * (3 * states(shape) + shape.batch * shape.features) }),
  lane: ({ timeSteps }) => ({ loads: timeSteps }),
  inputs: (shape: StatesShape, draw) => ({ bounded: draw.normal(states(shape)).map(Math.tanh) }),
  cases: PLAIN_CASES,
  tolerance: 1e-5,
});
