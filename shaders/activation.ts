import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { activations } from './snippets.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

/** The activations of a dense layer, beside the linear one. */
export type Activation = 'tanh' | 'relu' | 'sigmoid';

export interface ActivationShape {
  /** A multiple of 4. */
  length: number;
  activation: Activation;
}

/** An activation as WGSL of a vector z, and its slope from its value y; the same in float64. */
interface Function {
  value: string;
  slope: string;
  activate(z: number): number;
  slopeOf(y: number): number;
}

const each = (name: string) => `vec4f(${['x', 'y', 'z', 'w'].map((axis) => `${name}(z.${axis})`).join(', ')})`;

const FUNCTIONS: Record<Activation, Function> = {
  tanh: {
    value: each('safe_tanh'),
    slope: '1.0 - y * y',
    activate: Math.tanh,
    slopeOf: (y) => 1 - y * y,
  },
  relu: {
    // `max` may lose NaN.
    value: 'select(z, vec4f(0.0), z < vec4f(0.0))',
    slope: 'select(vec4f(0.0), vec4f(1.0), y > vec4f(0.0))',
    activate: (z) => (z < 0 ? 0 : z),
    slopeOf: (y) => (y > 0 ? 1 : 0),
  },
  sigmoid: {
    value: each('sigmoid'),
    slope: 'y * (1.0 - y)',
    activate: (z) => 1 / (1 + Math.exp(-z)),
    slopeOf: (y) => y * (1 - y),
  },
};

const CASES = (Object.keys(FUNCTIONS) as Activation[]).flatMap((activation) => [
  { name: `${activation}, size 1`, shape: { activation, length: 4 } },
  { name: `${activation}, beyond a workgroup`, shape: { activation, length: 4 * 67 } },
]);

/** values (length) → their activation. */
export const activationForward = defineKernel({
  name: 'activation_forward',
  bindings: { values: 'read', activated: 'write' },
  code: ({ length, activation }: ActivationShape) => wgsl`${activations}
@group(0) @binding(0) var<storage, read> values: array<vec4f, ${length / 4}>;
@group(0) @binding(1) var<storage, read_write> activated: array<vec4f, ${length / 4}>;

${EACH_LANE} {
  if (id.x >= ${length / 4}u) { return; }
  let z = values[id.x];
  activated[id.x] = ${FUNCTIONS[activation].value};
}
`,
  workgroups: ({ length }) => [workgroupsOf(length / 4), 1, 1],
  sizes: ({ length }) => ({ values: length, activated: length }),
  reference: ({ values }, { activation }) => ({
    activated: Float64Array.from(values, FUNCTIONS[activation].activate),
  }),
  cost: ({ length }) => ({ flops: length, bytes: 8 * length }),
  lane: ({ activation }) => ({ loads: 1, activations: activation === 'relu' ? 0 : 4 }),
  cases: CASES,
  tolerance: 1e-6,
});

/** activated and its gradient (length) → the gradient before the activation. */
export const activationBackward = defineKernel({
  name: 'activation_backward',
  bindings: { activated: 'read', gradient: 'read', valueGradient: 'write' },
  code: ({ length, activation }: ActivationShape) => wgsl`
@group(0) @binding(0) var<storage, read> activated: array<vec4f, ${length / 4}>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f, ${length / 4}>;
@group(0) @binding(2) var<storage, read_write> value_gradient: array<vec4f, ${length / 4}>;

${EACH_LANE} {
  if (id.x >= ${length / 4}u) { return; }
  let y = activated[id.x];
  value_gradient[id.x] = gradient[id.x] * (${FUNCTIONS[activation].slope});
}
`,
  workgroups: ({ length }) => [workgroupsOf(length / 4), 1, 1],
  sizes: ({ length }) => ({ activated: length, gradient: length, valueGradient: length }),
  reference: ({ activated, gradient }, { activation }) => ({
    valueGradient: Float64Array.from(gradient, (one, i) => one * FUNCTIONS[activation].slopeOf(activated[i])),
  }),
  cost: ({ length }) => ({ flops: 3 * length, bytes: 12 * length }),
  lane: () => ({ loads: 1 }),
  inputs: ({ length, activation }: ActivationShape, draw: Draw) => ({
    activated: draw.normal(length).map(FUNCTIONS[activation].activate),
  }),
  cases: CASES,
  tolerance: 1e-6,
});
