import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { packStep, stepStruct, unpackStep } from './snippets.ts';
import { EACH_LANE, f32, wgsl, workgroupsOf } from './wgsl.ts';

export interface AdamShape {
  /** Elements of the parameter arena, a multiple of 64. */
  length: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * Larger gradients count as this. Float32 holds its square; otherwise a moment could become infinite and would stay so.
 */
const LARGEST_GRADIENT = 1e18;

/**
 * One update of four parameters. Every kernel with the optimizer binds these names. NaN stays NaN, and the loss reports
 * it.
 */
export function adamUpdate({ beta1, beta2, epsilon }: Omit<AdamShape, 'length'>): string {
  return `
fn update(at: u32, gradient: vec4f) {
  let largest = vec4f(${f32(LARGEST_GRADIENT)});
  let g = select(select(gradient, largest, gradient > largest), -largest, gradient < -largest);
  let m = ${f32(beta1)} * first_moment[at] + ${f32(1 - beta1)} * g;
  let v = ${f32(beta2)} * second_moment[at] + ${f32(1 - beta2)} * g * g;
  first_moment[at] = m;
  second_moment[at] = v;
  parameters[at] -= step.step_size * m / (sqrt(v) + ${f32(epsilon)});
}
`;
}

const KERAS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/**
 * Adam as TensorFlow 2.4 writes it, over the whole parameter arena at once: m and v are updated, then w −= stepSize · m
 * / (√v + ε) with stepSize = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ). Gradients beyond ±1e18 are clamped to it. All arrays are
 * (length).
 */
export const adam = defineKernel({
  name: 'adam',
  bindings: {
    gradients: 'read',
    step: 'uniform',
    parameters: 'read_write',
    firstMoment: 'read_write',
    secondMoment: 'read_write',
  },
  code: ({ length, ...constants }: AdamShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> gradients: array<vec4f, ${length / 4}>;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read_write> parameters: array<vec4f, ${length / 4}>;
@group(0) @binding(3) var<storage, read_write> first_moment: array<vec4f, ${length / 4}>;
@group(0) @binding(4) var<storage, read_write> second_moment: array<vec4f, ${length / 4}>;
${adamUpdate(constants)}
${EACH_LANE} {
  if (id.x >= ${length / 4}u) { return; }
  update(id.x, gradients[id.x]);
}
`,
  workgroups: ({ length }) => [workgroupsOf(length / 4), 1, 1],
  sizes: ({ length }) => ({
    gradients: length,
    step: 4,
    parameters: length,
    firstMoment: length,
    secondMoment: length,
  }),
  reference({ gradients, step, ...before }, { length, beta1, beta2, epsilon }) {
    const { stepSize } = unpackStep(step);
    const parameters = Float64Array.from(before.parameters);
    const firstMoment = Float64Array.from(before.firstMoment);
    const secondMoment = Float64Array.from(before.secondMoment);
    for (let i = 0; i < length; i++) {
      const g = Math.max(-LARGEST_GRADIENT, Math.min(LARGEST_GRADIENT, gradients[i]));
      firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * g;
      secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * g * g;
      parameters[i] -= (stepSize * firstMoment[i]) / (Math.sqrt(secondMoment[i]) + epsilon);
    }
    return { parameters, firstMoment, secondMoment };
  },
  cost: ({ length }) => ({ flops: 12 * length, bytes: 28 * length }),
  lane: () => ({ loads: 1, activations: 1 }),
  inputs: ({ length }: AdamShape, draw: Draw) => ({
    secondMoment: draw.normal(length).map((value) => value * value),
    step: packStep({ first: 0, count: 1, slot: 0, stepSize: 0.001 }),
  }),
  cases: [
    { name: 'smallest arena', shape: { length: 64, ...KERAS } },
    { name: 'experiment', shape: { length: 8640, ...KERAS } },
    {
      name: 'other settings',
      shape: { length: 192, beta1: 0.5, beta2: 0.9, epsilon: 0.01 },
    },
  ],
  tolerance: 1e-6,
});
