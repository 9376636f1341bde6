import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { type AdamShape, adam, adamUpdate } from './adam.ts';
import { gradientSum, sumLoads, sumOfParts } from './gradient_sum.ts';
import { stepStruct } from './snippets.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface GradientSumAdamShape extends AdamShape {
  parts: number;
}

/** `gradient_sum` and `adam` in one: partials (parts, length) → gradients, and the arenas updated by them. */
export const gradientSumAdam = defineKernel({
  name: 'gradient_sum_adam',
  bindings: {
    partials: 'read',
    step: 'uniform',
    gradients: 'write',
    parameters: 'read_write',
    firstMoment: 'read_write',
    secondMoment: 'read_write',
  },
  code: ({ parts, length, ...constants }: GradientSumAdamShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> partials: array<vec4f, ${(parts * length) / 4}>;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read_write> gradients: array<vec4f, ${length / 4}>;
@group(0) @binding(3) var<storage, read_write> parameters: array<vec4f, ${length / 4}>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<vec4f, ${length / 4}>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<vec4f, ${length / 4}>;
${sumOfParts({ parts, length })}
${adamUpdate(constants)}
${EACH_LANE} {
  if (id.x >= ${length / 4}u) { return; }
  let sum = sum_of_parts(id.x);
  gradients[id.x] = sum;
  update(id.x, sum);
}
`,
  workgroups: ({ length }) => [workgroupsOf(length / 4), 1, 1],
  sizes: ({ parts, length }) => ({
    partials: parts * length,
    step: 4,
    gradients: length,
    parameters: length,
    firstMoment: length,
    secondMoment: length,
  }),
  reference({ partials, ...before }, shape) {
    const { gradients } = gradientSum.reference({ partials }, shape);
    return { gradients, ...adam.reference({ ...before, gradients }, shape) };
  },
  cost: ({ parts, length }) => ({ flops: (parts + 11) * length, bytes: 4 * (parts + 7) * length }),
  lane: (shape) => ({ loads: sumLoads(shape) + 1, activations: 1 }),
  inputs: (shape: GradientSumAdamShape, draw: Draw) => {
    const { secondMoment, step } = adam.inputs?.(shape, draw) ?? {};
    return { secondMoment, step };
  },
  cases: adam.cases.map(({ name, shape }, i) => ({
    name,
    shape: { ...shape, parts: [1, 8, 7][i] },
  })),
  tolerance: 2e-6,
});
