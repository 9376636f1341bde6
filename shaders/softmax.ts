import { defineTiledKernel, type Lane } from '../src/gpu/kernel.ts';
import {
  eachRow,
  rowTurns,
  SOFTMAX_TILING,
  type SoftmaxShape,
  type SoftmaxTile,
  softmaxArray,
  softmaxBarriers,
  softmaxWorkgroups,
  workgroupMain,
} from './softmax_tile.ts';
import { EACH_LANE, wgsl } from './wgsl.ts';

const CASES = [
  { name: 'size 1', shape: { rows: 1, samples: 4 } },
  { name: 'odd', shape: { rows: 7, samples: 12 } },
  { name: 'beyond a workgroup', shape: { rows: 65, samples: 388 } },
  { name: 'experiment', shape: { rows: 64, samples: 256 } },
  { name: '1,024 steps', shape: { rows: 1024, samples: 8 } },
];

/** The largest logit of a column and the sum of its exponentials, for four columns at a time. */
export function columnSums({ rows, samples }: SoftmaxShape): string {
  return `
const QUADS = ${samples / 4}u;

fn largest_logit(s: u32) -> vec4f {
  var largest = logits[s];
  for (var i = 1u; i < ${rows}u; i++) {
    largest = max(largest, logits[i * QUADS + s]);
  }
  return largest;
}

fn exponential_sum(s: u32, largest: vec4f) -> vec4f {
  var sum = vec4f(0.0);
  for (var i = 0u; i < ${rows}u; i++) {
    sum += exp(logits[i * QUADS + s] - largest);
  }
  return sum;
}
`;
}

/** The softmax of a workgroup's columns of `logits`; `write` are the statements for the probability `a` of element `at`. */
export function workgroupForward(shape: SoftmaxShape, write: string): string {
  return workgroupMain(
    shape,
    `var largest = logits[s];
  ${eachRow(shape, 'largest = max(largest, logits[at]);')}
  largest = largest_of_lanes(lane, largest);
  var sum = 0.0;
  ${eachRow(shape, 'sum += exp(logits[at] - largest);')}
  let scale = 1.0 / sum_of_lanes(lane, sum);
  ${eachRow(
    shape,
    `let a = exp(logits[at] - largest) * scale;
    ${write}`,
  )}`,
  );
}

/** The logits' gradient of a workgroup's columns from the attention and its gradient, both of element `at`. */
export function workgroupBackward(shape: SoftmaxShape, attention: string, gradient: string): string {
  return workgroupMain(
    shape,
    `var sum = 0.0;
  ${eachRow(shape, `sum += ${attention} * ${gradient};`)}
  let inner = sum_of_lanes(lane, sum);
  ${eachRow(shape, `logit_gradient[at] = ${attention} * (${gradient} - inner);`)}`,
  );
}

/** Three walks over the rows, and two reductions. */
function forwardLane(shape: SoftmaxShape, tile: SoftmaxTile): Lane {
  const turns = rowTurns(shape, tile);
  return { loads: 3 * turns, barriers: softmaxBarriers(tile, 2), activations: 2 * turns };
}

/** Two walks over the rows, and one reduction. */
function backwardLane(shape: SoftmaxShape, tile: SoftmaxTile): Lane {
  return { loads: 2 * rowTurns(shape, tile), barriers: softmaxBarriers(tile, 1) };
}

function laneForward(shape: SoftmaxShape): string {
  return `${columnSums(shape)}
${EACH_LANE} {
  let s = id.x;
  if (s >= QUADS) { return; }
  let largest = largest_logit(s);
  let scale = 1.0 / exponential_sum(s, largest);
  for (var i = 0u; i < ${shape.rows}u; i++) {
    probabilities[i * QUADS + s] = exp(logits[i * QUADS + s] - largest) * scale;
  }
}`;
}

function laneBackward({ rows, samples }: SoftmaxShape): string {
  return `
${EACH_LANE} {
  const QUADS = ${samples / 4}u;
  let s = id.x;
  if (s >= QUADS) { return; }
  var inner = vec4f(0.0);
  for (var i = 0u; i < ${rows}u; i++) {
    inner += probabilities[i * QUADS + s] * gradient[i * QUADS + s];
  }
  for (var i = 0u; i < ${rows}u; i++) {
    logit_gradient[i * QUADS + s] = probabilities[i * QUADS + s] * (gradient[i * QUADS + s] - inner);
  }
}`;
}

/**
 * logits (rows, samples) → probabilities (rows, samples); each column sums to 1. The maximum of a column is subtracted
 * first.
 */
export const softmaxForward = defineTiledKernel({
  name: 'softmax_forward',
  bindings: { logits: 'read', probabilities: 'write' },
  code: (shape: SoftmaxShape, tile: SoftmaxTile) => wgsl`
@group(0) @binding(0) var<storage, read> logits: ${softmaxArray(shape, tile)};
@group(0) @binding(1) var<storage, read_write> probabilities: ${softmaxArray(shape, tile)};
${tile === 'lane' ? laneForward(shape) : workgroupForward(shape, 'probabilities[at] = a;')}
`,
  tiles: SOFTMAX_TILING,
  workgroups: softmaxWorkgroups,
  sizes: ({ rows, samples }) => ({ logits: rows * samples, probabilities: rows * samples }),
  reference({ logits }, { rows, samples }) {
    const probabilities = new Float64Array(rows * samples);
    for (let s = 0; s < samples; s++) {
      let largest = logits[s];
      for (let i = 1; i < rows; i++) largest = Math.max(largest, logits[i * samples + s]);
      let sum = 0;
      for (let i = 0; i < rows; i++) {
        const e = Math.exp(logits[i * samples + s] - largest);
        probabilities[i * samples + s] = e;
        sum += e;
      }
      for (let i = 0; i < rows; i++) probabilities[i * samples + s] /= sum;
    }
    return { probabilities };
  },
  // An element: maximum, subtraction, exponential, sum, scale.
  cost: ({ rows, samples }) => ({ flops: 5 * rows * samples, bytes: 8 * rows * samples }),
  lane: forwardLane,
  inputs: ({ rows, samples }: SoftmaxShape, draw) => ({
    // Far from zero, so that a softmax without its maximum overflows.
    logits: draw.normal(rows * samples).map((value) => 40 * value + 60),
  }),
  cases: CASES,
  // exp of a difference near 100 carries 100 ulp into the result.
  tolerance: 2e-5,
});

/**
 * probabilities a and their gradient (rows, samples) → logitGradient = a ⊙ (da − Σ a·da), with the sum over each
 * column.
 */
export const softmaxBackward = defineTiledKernel({
  name: 'softmax_backward',
  bindings: { probabilities: 'read', gradient: 'read', logitGradient: 'write' },
  code: (shape: SoftmaxShape, tile: SoftmaxTile) => wgsl`
@group(0) @binding(0) var<storage, read> probabilities: ${softmaxArray(shape, tile)};
@group(0) @binding(1) var<storage, read> gradient: ${softmaxArray(shape, tile)};
@group(0) @binding(2) var<storage, read_write> logit_gradient: ${softmaxArray(shape, tile)};
${tile === 'lane' ? laneBackward(shape) : workgroupBackward(shape, 'probabilities[at]', 'gradient[at]')}
`,
  tiles: SOFTMAX_TILING,
  workgroups: softmaxWorkgroups,
  sizes: ({ rows, samples }) => ({
    probabilities: rows * samples,
    gradient: rows * samples,
    logitGradient: rows * samples,
  }),
  reference({ probabilities, gradient }, { rows, samples }) {
    const logitGradient = new Float64Array(rows * samples);
    for (let s = 0; s < samples; s++) {
      let inner = 0;
      for (let i = 0; i < rows; i++) inner += probabilities[i * samples + s] * gradient[i * samples + s];
      for (let i = 0; i < rows; i++) {
        const at = i * samples + s;
        logitGradient[at] = probabilities[at] * (gradient[at] - inner);
      }
    }
    return { logitGradient };
  },
  cost: ({ rows, samples }) => ({ flops: 4 * rows * samples, bytes: 12 * rows * samples }),
  lane: backwardLane,
  cases: CASES,
  tolerance: 1e-5,
});
