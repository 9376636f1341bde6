import { defineKernel } from '../src/gpu/kernel.ts';
import { ceilDiv, wgsl } from './wgsl.ts';

// The output layer: one logit from the last hidden state. `parameters` is its kernel with the bias behind it, (U + 1).

const LANES = 64;

export interface OutputShape {
  batch: number;
  units: number;
}

const CASES = [
  { name: 'size 1', shape: { batch: 4, units: 1 } },
  { name: 'odd', shape: { batch: 12, units: 7 } },
  { name: 'beyond a workgroup', shape: { batch: 388, units: 66 } },
  { name: 'experiment', shape: { batch: 256, units: 32 } },
];

/** The logit of sample `b`, from names that every kernel of the output layer binds. */
export const logitFunction = /* wgsl */ `
fn logit(b: u32) -> f32 {
  var z = parameters[UNITS];
  for (var j = 0u; j < UNITS; j++) {
    z += hidden[HIDDEN_SKIP + b * UNITS + j] * parameters[j];
  }
  return z;
}
`;

/** hidden (T + 1, batch, U), of which the last row counts → logits (batch). */
export const outputForward = defineKernel({
  name: 'output_forward',
  bindings: { hidden: 'read', parameters: 'read', logits: 'write' },
  code: ({ batch, units, timeSteps }: OutputShape & { timeSteps: number }) => wgsl`
@group(0) @binding(0) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${units + 1}>;
@group(0) @binding(2) var<storage, read_write> logits: array<f32, ${batch}>;

const UNITS = ${units}u;
const HIDDEN_SKIP = ${timeSteps * batch * units}u;
${logitFunction}
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ${batch}u) { return; }
  logits[id.x] = logit(id.x);
}
`,
  workgroups: ({ batch }) => [ceilDiv(batch, LANES), 1, 1],
  sizes: ({ batch, units, timeSteps }) => ({
    hidden: (timeSteps + 1) * batch * units,
    parameters: units + 1,
    logits: batch,
  }),
  reference({ hidden, parameters }, { batch, units, timeSteps }) {
    const logits = new Float64Array(batch);
    for (let b = 0; b < batch; b++) {
      logits[b] = parameters[units];
      for (let j = 0; j < units; j++) logits[b] += hidden[(timeSteps * batch + b) * units + j] * parameters[j];
    }
    return { logits };
  },
  cost: ({ batch, units }) => ({ flops: 2 * batch * units, bytes: 4 * (batch * (units + 1) + units + 1) }),
  cases: CASES.map(({ name, shape }) => ({
    name,
    shape: { ...shape, timeSteps: 3 },
  })),
  tolerance: 1e-5,
});

/** logitGradient (batch) → stateGradient (2, batch, U): dh of the last step, and dc, which is zero there. */
export const outputBackward = defineKernel({
  name: 'output_backward',
  bindings: { logitGradient: 'read', parameters: 'read', stateGradient: 'write' },
  code: ({ batch, units }: OutputShape) => wgsl`
@group(0) @binding(0) var<storage, read> logit_gradient: array<f32, ${batch}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${units + 1}>;
@group(0) @binding(2) var<storage, read_write> state_gradient: array<f32, ${2 * batch * units}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  for (var j = 0u; j < ${units}u; j++) {
    state_gradient[b * ${units}u + j] = logit_gradient[b] * parameters[j];
    state_gradient[(${batch}u + b) * ${units}u + j] = 0.0;
  }
}
`,
  workgroups: ({ batch }) => [ceilDiv(batch, LANES), 1, 1],
  sizes: ({ batch, units }) => ({ logitGradient: batch, parameters: units + 1, stateGradient: 2 * batch * units }),
  reference({ logitGradient, parameters }, { batch, units }) {
    const stateGradient = new Float64Array(2 * batch * units);
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < units; j++) stateGradient[b * units + j] = logitGradient[b] * parameters[j];
    }
    return { stateGradient };
  },
  cost: ({ batch, units }) => ({
    flops: batch * units,
    bytes: 4 * (batch + units + 2 * batch * units),
  }),
  cases: CASES,
  tolerance: 1e-6,
});

export interface OutputParameterGradientShape extends OutputShape {
  timeSteps: number;
  /** The sum over samples is cut into this many parts. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
}

/** hidden (T + 1, batch, U) and logitGradient (batch) → partials (parts, stride), of which each part's first U + 1 are written. */
export const outputParameterGradient = defineKernel({
  name: 'output_parameter_gradient',
  bindings: { hidden: 'read', logitGradient: 'read', partials: 'write' },
  code: ({ batch, units, timeSteps, parts, stride }: OutputParameterGradientShape) => wgsl`
@group(0) @binding(0) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(1) var<storage, read> logit_gradient: array<f32, ${batch}>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32, ${(parts - 1) * stride + units + 1}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  if (j > ${units}u) { return; }
  let first = id.y * ${ceilDiv(batch, parts)}u;
  let end = min(first + ${ceilDiv(batch, parts)}u, ${batch}u);
  var sum = 0.0;
  for (var b = first; b < end; b++) {
    let h = hidden[(${timeSteps * batch}u + b) * ${units}u + min(j, ${units - 1}u)];
    sum += select(h, 1.0, j == ${units}u) * logit_gradient[b];
  }
  partials[id.y * ${stride}u + j] = sum;
}
`,
  workgroups: ({ units, parts }) => [ceilDiv(units + 1, LANES), parts, 1],
  sizes: ({ batch, units, timeSteps, parts, stride }) => ({
    hidden: (timeSteps + 1) * batch * units,
    logitGradient: batch,
    partials: (parts - 1) * stride + units + 1,
  }),
  reference({ hidden, logitGradient }, { batch, units, timeSteps, parts, stride }) {
    const partials = new Float64Array((parts - 1) * stride + units + 1).fill(Number.NaN);
    const perPart = ceilDiv(batch, parts);
    for (let part = 0; part < parts; part++) {
      for (let j = 0; j <= units; j++) {
        let sum = 0;
        for (let b = part * perPart; b < Math.min((part + 1) * perPart, batch); b++) {
          sum += (j < units ? hidden[(timeSteps * batch + b) * units + j] : 1) * logitGradient[b];
        }
        partials[part * stride + j] = sum;
      }
    }
    return { partials };
  },
  cost: ({ batch, units, parts }) => ({
    flops: 2 * batch * (units + 1),
    bytes: 4 * (batch * (units + 1) + parts * (units + 1)),
  }),
  cases: CASES.map(({ name, shape }) => ({
    name,
    shape: { ...shape, timeSteps: 2, parts: 8, stride: 128 },
  })),
  tolerance: 1e-5,
});
