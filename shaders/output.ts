import { defineKernel } from '../src/gpu/kernel.ts';
import { ceilDiv, EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

// The output layer: C logits from the last hidden state. `parameters` is its kernel with the bias as one more row, (U +
// 1, C).

export interface OutputShape {
  batch: number;
  units: number;
  /** Logits of a sample: C. */
  outputs: number;
}

const CASES = [
  { name: 'size 1', shape: { batch: 4, units: 1, outputs: 1 } },
  { name: 'odd', shape: { batch: 12, units: 7, outputs: 3 } },
  { name: 'beyond a workgroup', shape: { batch: 388, units: 66, outputs: 2 } },
  { name: 'experiment', shape: { batch: 256, units: 32, outputs: 1 } },
  { name: 'many classes', shape: { batch: 36, units: 8, outputs: 70 } },
];

/** Logit `c` of sample `b`. Every kernel of the output layer binds these names. */
export const logitFunction = /* wgsl */ `
fn logit(b: u32, c: u32) -> f32 {
  var z = parameters[UNITS * OUTPUTS + c];
  for (var j = 0u; j < UNITS; j++) {
    z += hidden[HIDDEN_SKIP + b * UNITS + j] * parameters[j * OUTPUTS + c];
  }
  return z;
}
`;

/** The last row of hidden (T + 1, batch, U) → logits (batch, C). */
export const outputForward = defineKernel({
  name: 'output_forward',
  bindings: { hidden: 'read', parameters: 'read', logits: 'write' },
  code: ({ batch, units, outputs, timeSteps }: OutputShape & { timeSteps: number }) => wgsl`
@group(0) @binding(0) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${(units + 1) * outputs}>;
@group(0) @binding(2) var<storage, read_write> logits: array<f32, ${batch * outputs}>;

const UNITS = ${units}u;
const OUTPUTS = ${outputs}u;
const HIDDEN_SKIP = ${timeSteps * batch * units}u;
${logitFunction}
${EACH_LANE} {
  if (id.x >= ${batch * outputs}u) { return; }
  logits[id.x] = logit(id.x / OUTPUTS, id.x % OUTPUTS);
}
`,
  workgroups: ({ batch, outputs }) => [workgroupsOf(batch * outputs), 1, 1],
  sizes: ({ batch, units, outputs, timeSteps }) => ({
    hidden: (timeSteps + 1) * batch * units,
    parameters: (units + 1) * outputs,
    logits: batch * outputs,
  }),
  reference({ hidden, parameters }, { batch, units, outputs, timeSteps }) {
    const logits = new Float64Array(batch * outputs);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < outputs; c++) {
        let z = parameters[units * outputs + c];
        for (let j = 0; j < units; j++) z += hidden[(timeSteps * batch + b) * units + j] * parameters[j * outputs + c];
        logits[b * outputs + c] = z;
      }
    }
    return { logits };
  },
  cost: ({ batch, units, outputs }) => ({
    flops: 2 * batch * units * outputs,
    bytes: 4 * (batch * (units + outputs) + (units + 1) * outputs),
  }),
  lane: ({ units }) => ({ loads: 1 + units }),
  cases: CASES.map(({ name, shape }) => ({
    name,
    shape: { ...shape, timeSteps: 3 },
  })),
  tolerance: 1e-5,
});

/** logitGradient (batch, C) → stateGradient (2, batch, U): dh of the last step, and dc, which is zero. */
export const outputBackward = defineKernel({
  name: 'output_backward',
  bindings: { logitGradient: 'read', parameters: 'read', stateGradient: 'write' },
  code: ({ batch, units, outputs }: OutputShape) => wgsl`
@group(0) @binding(0) var<storage, read> logit_gradient: array<f32, ${batch * outputs}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${(units + 1) * outputs}>;
@group(0) @binding(2) var<storage, read_write> state_gradient: array<f32, ${2 * batch * units}>;

const UNITS = ${units}u;
const OUTPUTS = ${outputs}u;

${EACH_LANE} {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  for (var j = 0u; j < UNITS; j++) {
    var sum = 0.0;
    for (var c = 0u; c < OUTPUTS; c++) {
      sum += logit_gradient[b * OUTPUTS + c] * parameters[j * OUTPUTS + c];
    }
    state_gradient[b * UNITS + j] = sum;
    state_gradient[(${batch}u + b) * UNITS + j] = 0.0;
  }
}
`,
  workgroups: ({ batch }) => [workgroupsOf(batch), 1, 1],
  sizes: ({ batch, units, outputs }) => ({
    logitGradient: batch * outputs,
    parameters: (units + 1) * outputs,
    stateGradient: 2 * batch * units,
  }),
  reference({ logitGradient, parameters }, { batch, units, outputs }) {
    const stateGradient = new Float64Array(2 * batch * units);
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < units; j++) {
        let sum = 0;
        for (let c = 0; c < outputs; c++) sum += logitGradient[b * outputs + c] * parameters[j * outputs + c];
        stateGradient[b * units + j] = sum;
      }
    }
    return { stateGradient };
  },
  cost: ({ batch, units, outputs }) => ({
    flops: (2 * outputs - 1) * batch * units,
    bytes: 4 * (batch * outputs + units * outputs + 2 * batch * units),
  }),
  lane: ({ outputs }) => ({ loads: outputs }),
  cases: CASES,
  tolerance: 1e-6,
});

export interface OutputParameterGradientShape extends OutputShape {
  timeSteps: number;
  /** The sum over samples is divided into this many parts. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
}

/**
 * hidden (T + 1, batch, U) and logitGradient (batch, C) → partials (parts, stride); the first (U + 1) · C elements of
 * each part are written.
 */
export const outputParameterGradient = defineKernel({
  name: 'output_parameter_gradient',
  bindings: { hidden: 'read', logitGradient: 'read', partials: 'write' },
  code: ({ batch, units, outputs, timeSteps, parts, stride }: OutputParameterGradientShape) => wgsl`
@group(0) @binding(0) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(1) var<storage, read> logit_gradient: array<f32, ${batch * outputs}>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32, ${(parts - 1) * stride + (units + 1) * outputs}>;

const UNITS = ${units}u;
const OUTPUTS = ${outputs}u;

${EACH_LANE} {
  if (id.x >= ${(units + 1) * outputs}u) { return; }
  let j = id.x / OUTPUTS;
  let c = id.x % OUTPUTS;
  let first = id.y * ${ceilDiv(batch, parts)}u;
  let end = min(first + ${ceilDiv(batch, parts)}u, ${batch}u);
  var sum = 0.0;
  for (var b = first; b < end; b++) {
    let h = hidden[(${timeSteps * batch}u + b) * UNITS + min(j, ${units - 1}u)];
    sum += select(h, 1.0, j == UNITS) * logit_gradient[b * OUTPUTS + c];
  }
  partials[id.y * ${stride}u + id.x] = sum;
}
`,
  workgroups: ({ units, outputs, parts }) => [workgroupsOf((units + 1) * outputs), parts, 1],
  sizes: ({ batch, units, outputs, timeSteps, parts, stride }) => ({
    hidden: (timeSteps + 1) * batch * units,
    logitGradient: batch * outputs,
    partials: (parts - 1) * stride + (units + 1) * outputs,
  }),
  reference({ hidden, logitGradient }, { batch, units, outputs, timeSteps, parts, stride }) {
    const partials = new Float64Array((parts - 1) * stride + (units + 1) * outputs).fill(Number.NaN);
    const perPart = ceilDiv(batch, parts);
    for (let part = 0; part < parts; part++) {
      for (let j = 0; j <= units; j++) {
        for (let c = 0; c < outputs; c++) {
          let sum = 0;
          for (let b = part * perPart; b < Math.min((part + 1) * perPart, batch); b++) {
            sum += (j < units ? hidden[(timeSteps * batch + b) * units + j] : 1) * logitGradient[b * outputs + c];
          }
          partials[part * stride + j * outputs + c] = sum;
        }
      }
    }
    return { partials };
  },
  cost: ({ batch, units, outputs, parts }) => ({
    flops: 2 * batch * (units + 1) * outputs,
    bytes: 4 * (batch * (units + outputs) + parts * (units + 1) * outputs),
  }),
  lane: ({ batch, parts }) => ({ loads: ceilDiv(batch, parts) }),
  cases: CASES.map(({ name, shape }) => ({
    name,
    shape: { ...shape, timeSteps: 2, parts: 8, stride: 64 * workgroupsOf((shape.units + 1) * shape.outputs) },
  })),
  tolerance: 1e-5,
});
