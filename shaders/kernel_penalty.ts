import { defineKernel } from '../src/gpu/kernel.ts';
import { EACH_LANE, f32, wgsl, workgroupsOf } from './wgsl.ts';

export interface KernelPenaltyShape {
  /** Elements of the parameter arena, a multiple of 64. */
  length: number;
  /** The ranges of the arena that hold kernels: first element and the one after the last. Biases get no penalty. */
  kernels: (readonly [first: number, end: number])[];
  /** λ of λ · Σ w². */
  l2: number;
}

/**
 * Adds 2 λ w, the gradient of the penalty λ · Σ w² over the kernels, to gradients. parameters and gradients are
 * (length).
 */
export const kernelPenalty = defineKernel({
  name: 'kernel_penalty',
  bindings: { parameters: 'read', gradients: 'read_write' },
  code: ({ length, kernels, l2 }: KernelPenaltyShape) => wgsl`
@group(0) @binding(0) var<storage, read> parameters: array<f32, ${length}>;
@group(0) @binding(1) var<storage, read_write> gradients: array<f32, ${length}>;

${EACH_LANE} {
  let i = id.x;
  if (i >= ${length}u) { return; }
  let is_kernel = ${kernels.map(([first, end]) => `(i >= ${first}u && i < ${end}u)`).join(' || ')};
  gradients[i] += select(0.0, ${f32(2 * l2)} * parameters[i], is_kernel);
}
`,
  workgroups: ({ length }) => [workgroupsOf(length), 1, 1],
  sizes: ({ length }) => ({ parameters: length, gradients: length }),
  reference({ parameters, gradients }, { kernels, l2 }) {
    const isKernel = (i: number) => kernels.some(([first, end]) => i >= first && i < end);
    return { gradients: Float64Array.from(gradients, (g, i) => g + (isKernel(i) ? 2 * l2 * parameters[i] : 0)) };
  },
  cost: ({ length }) => ({ flops: 2 * length, bytes: 12 * length }),
  lane: () => ({ loads: 1 }),
  cases: [
    { name: 'one kernel', shape: { length: 64, kernels: [[0, 1]], l2: 0.5 } },
    {
      name: 'odd',
      shape: {
        length: 192,
        kernels: [
          [3, 67],
          [70, 71],
          [128, 192],
        ],
        l2: 0.01,
      },
    },
    {
      name: 'experiment',
      shape: {
        length: 8640,
        kernels: [
          [0, 4096],
          [4160, 4288],
          [4416, 8512],
          [8512, 8544],
        ],
        l2: 1e-4,
      },
    },
  ],
  tolerance: 1e-6,
});
