import { defineKernel } from '../src/gpu/kernel.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface MultiplyShape {
  timeSteps: number;
  inputDim: number;
  /** A multiple of 4. */
  batch: number;
}

const CASES = [
  { name: 'size 1', shape: { timeSteps: 1, inputDim: 1, batch: 4 } },
  { name: 'odd', shape: { timeSteps: 7, inputDim: 3, batch: 12 } },
  { name: 'beyond a workgroup', shape: { timeSteps: 5, inputDim: 2, batch: 388 } },
  { name: 'experiment', shape: { timeSteps: 64, inputDim: 1, batch: 256 } },
];

function elements({ timeSteps, inputDim, batch }: MultiplyShape): number {
  return timeSteps * inputDim * batch;
}

/** x and attention (T, D, batch) → product = x ⊙ attention. */
export const multiplyForward = defineKernel({
  name: 'multiply_forward',
  bindings: { x: 'read', attention: 'read', product: 'write' },
  code: (shape: MultiplyShape) => wgsl`
@group(0) @binding(0) var<storage, read> x: array<vec4f, ${elements(shape) / 4}>;
@group(0) @binding(1) var<storage, read> attention: array<vec4f, ${elements(shape) / 4}>;
@group(0) @binding(2) var<storage, read_write> product: array<vec4f, ${elements(shape) / 4}>;

${EACH_LANE} {
  if (id.x >= ${shape.batch / 4}u) { return; }
  let at = (id.z * ${shape.inputDim}u + id.y) * ${shape.batch / 4}u + id.x;
  product[at] = x[at] * attention[at];
}
`,
  workgroups: ({ timeSteps, inputDim, batch }) => [workgroupsOf(batch / 4), inputDim, timeSteps],
  sizes: (shape) => ({ x: elements(shape), attention: elements(shape), product: elements(shape) }),
  reference({ x, attention }, shape) {
    const product = new Float64Array(elements(shape));
    for (let i = 0; i < product.length; i++) product[i] = x[i] * attention[i];
    return { product };
  },
  cost: (shape) => ({ flops: elements(shape), bytes: 12 * elements(shape) }),
  lane: () => ({ loads: 1 }),
  cases: CASES,
  tolerance: 1e-6,
});

/** productGradient and x (T, D, batch) → attentionGradient = productGradient ⊙ x. The input needs no gradient. */
export const multiplyBackward = defineKernel({
  name: 'multiply_backward',
  bindings: { productGradient: 'read', x: 'read', attentionGradient: 'write' },
  code: (shape: MultiplyShape) => wgsl`
@group(0) @binding(0) var<storage, read> product_gradient: array<vec4f, ${elements(shape) / 4}>;
@group(0) @binding(1) var<storage, read> x: array<vec4f, ${elements(shape) / 4}>;
@group(0) @binding(2) var<storage, read_write> attention_gradient: array<vec4f, ${elements(shape) / 4}>;

${EACH_LANE} {
  if (id.x >= ${shape.batch / 4}u) { return; }
  let at = (id.z * ${shape.inputDim}u + id.y) * ${shape.batch / 4}u + id.x;
  attention_gradient[at] = product_gradient[at] * x[at];
}
`,
  workgroups: multiplyForward.workgroups,
  sizes: (shape) => ({ productGradient: elements(shape), x: elements(shape), attentionGradient: elements(shape) }),
  reference({ productGradient, x }, shape) {
    const attentionGradient = new Float64Array(elements(shape));
    for (let i = 0; i < attentionGradient.length; i++) attentionGradient[i] = productGradient[i] * x[i];
    return { attentionGradient };
  },
  cost: multiplyForward.cost,
  lane: () => ({ loads: 1 }),
  cases: CASES,
  tolerance: 1e-6,
});
