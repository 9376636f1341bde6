import { defineTiledKernel } from '../src/gpu/kernel.ts';
import { multiplyBackward, multiplyForward } from './multiply.ts';
import { columnSums, softmaxBackward, softmaxForward, workgroupBackward, workgroupForward } from './softmax.ts';
import {
  SOFTMAX_TILING,
  type SoftmaxShape,
  type SoftmaxTile,
  softmaxArray,
  softmaxWorkgroups,
} from './softmax_tile.ts';
import { EACH_LANE, wgsl } from './wgsl.ts';

// Softmax and multiplication in one pass, which saves one reading of the attention in each direction. For an attention
// with a vector for each channel; a shared vector needs `channel_mean` in between.

const CASES = [
  { name: 'size 1', shape: { rows: 1, samples: 4 } },
  { name: 'odd', shape: { rows: 7, samples: 12 } },
  { name: 'beyond a workgroup', shape: { rows: 65, samples: 388 } },
  { name: 'experiment', shape: { rows: 64, samples: 256 } },
];

/** The multiplication sees channels as more samples. */
function multiplyShape({ rows, samples }: SoftmaxShape) {
  return { timeSteps: rows, inputDim: 1, batch: samples };
}

function laneForward(shape: SoftmaxShape): string {
  return `${columnSums(shape)}
${EACH_LANE} {
  let s = id.x;
  if (s >= QUADS) { return; }
  let largest = largest_logit(s);
  let scale = 1.0 / exponential_sum(s, largest);
  for (var i = 0u; i < ${shape.rows}u; i++) {
    let a = exp(logits[i * QUADS + s] - largest) * scale;
    attention[i * QUADS + s] = a;
    product[i * QUADS + s] = x[i * QUADS + s] * a;
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
    let at = i * QUADS + s;
    inner += attention[at] * product_gradient[at] * x[at];
  }
  for (var i = 0u; i < ${rows}u; i++) {
    let at = i * QUADS + s;
    logit_gradient[at] = attention[at] * (product_gradient[at] * x[at] - inner);
  }
}`;
}

/** logits and x (rows, samples) → attention, the softmax of each column, and product = x ⊙ attention. */
export const softmaxMultiplyForward = defineTiledKernel({
  name: 'softmax_multiply_forward',
  bindings: { logits: 'read', x: 'read', attention: 'write', product: 'write' },
  code: (shape: SoftmaxShape, tile: SoftmaxTile) => wgsl`
@group(0) @binding(0) var<storage, read> logits: ${softmaxArray(shape, tile)};
@group(0) @binding(1) var<storage, read> x: ${softmaxArray(shape, tile)};
@group(0) @binding(2) var<storage, read_write> attention: ${softmaxArray(shape, tile)};
@group(0) @binding(3) var<storage, read_write> product: ${softmaxArray(shape, tile)};
${tile === 'lane' ? laneForward(shape) : workgroupForward(shape, 'attention[at] = a; product[at] = x[at] * a;')}
`,
  tiles: SOFTMAX_TILING,
  workgroups: softmaxWorkgroups,
  sizes: ({ rows, samples }) => ({
    logits: rows * samples,
    x: rows * samples,
    attention: rows * samples,
    product: rows * samples,
  }),
  reference({ logits, x }, shape) {
    const { probabilities: attention } = softmaxForward.reference({ logits }, shape);
    const { product } = multiplyForward.reference({ x, attention }, multiplyShape(shape));
    return { attention, product };
  },
  // An element: maximum, subtraction, exponential, sum, scale, product.
  cost: ({ rows, samples }) => ({ flops: 6 * rows * samples, bytes: 16 * rows * samples }),
  lane: softmaxForward.lane,
  inputs: (shape: SoftmaxShape, draw) => ({
    logits: softmaxForward.inputs?.(shape, draw).logits,
  }),
  cases: CASES,
  tolerance: softmaxForward.tolerance,
});

/**
 * productGradient, x and attention a (rows, samples) → logitGradient = a ⊙ (da − Σ a·da) with da = productGradient ⊙ x
 * and the sum over each column.
 */
export const softmaxMultiplyBackward = defineTiledKernel({
  name: 'softmax_multiply_backward',
  bindings: { productGradient: 'read', x: 'read', attention: 'read', logitGradient: 'write' },
  code: (shape: SoftmaxShape, tile: SoftmaxTile) => wgsl`
@group(0) @binding(0) var<storage, read> product_gradient: ${softmaxArray(shape, tile)};
@group(0) @binding(1) var<storage, read> x: ${softmaxArray(shape, tile)};
@group(0) @binding(2) var<storage, read> attention: ${softmaxArray(shape, tile)};
@group(0) @binding(3) var<storage, read_write> logit_gradient: ${softmaxArray(shape, tile)};
${tile === 'lane' ? laneBackward(shape) : workgroupBackward(shape, 'attention[at]', 'product_gradient[at] * x[at]')}
`,
  tiles: SOFTMAX_TILING,
  workgroups: softmaxWorkgroups,
  sizes: ({ rows, samples }) => ({
    productGradient: rows * samples,
    x: rows * samples,
    attention: rows * samples,
    logitGradient: rows * samples,
  }),
  reference({ productGradient, x, attention }, shape) {
    const { attentionGradient: gradient } = multiplyBackward.reference({ productGradient, x }, multiplyShape(shape));
    return softmaxBackward.reference({ probabilities: attention, gradient }, shape);
  },
  cost: ({ rows, samples }) => ({
    flops: 6 * rows * samples,
    bytes: 16 * rows * samples,
  }),
  lane: softmaxBackward.lane,
  cases: CASES,
  tolerance: softmaxBackward.tolerance,
});
