import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { packStep, stepStruct, unpackStep } from './snippets.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface RegressionOutputShape {
  /** Stored batch, a multiple of 4. */
  batch: number;
  /** The loss is the absolute error and not the squared one. */
  isAbsolute?: boolean;
}

/**
 * A linear output z with the squared error against the target y, all (batch): prediction z, loss (z − y)², absolute
 * error |z − y|, and the output's gradient of the mean loss, 2 (z − y) / count. If the loss is the absolute error, the
 * gradient is the sign of z − y, which is 0 at 0. Past `step.count` losses, errors and gradient are zero.
 */
export const regressionOutput = defineKernel({
  name: 'regression_output',
  bindings: {
    logits: 'read',
    y: 'read',
    step: 'uniform',
    predictions: 'write',
    losses: 'write',
    absoluteErrors: 'write',
    logitGradient: 'write',
  },
  code: ({ batch, isAbsolute = false }: RegressionOutputShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> logits: array<f32, ${batch}>;
@group(0) @binding(1) var<storage, read> y: array<f32, ${batch}>;
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> predictions: array<f32, ${batch}>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32, ${batch}>;
@group(0) @binding(5) var<storage, read_write> absolute_errors: array<f32, ${batch}>;
@group(0) @binding(6) var<storage, read_write> logit_gradient: array<f32, ${batch}>;

${EACH_LANE} {
  let b = id.x;
  if (b >= ${batch}u) { return; }
  let error = select(0.0, logits[b] - y[b], b < step.count);
  predictions[b] = logits[b];
  losses[b] = ${isAbsolute ? 'abs(error)' : 'error * error'};
  absolute_errors[b] = abs(error);
  logit_gradient[b] = ${isAbsolute ? 'sign(error)' : '2.0 * error'} / f32(step.count);
}
`,
  workgroups: ({ batch }) => [workgroupsOf(batch), 1, 1],
  sizes: ({ batch }) => ({
    logits: batch,
    y: batch,
    step: 4,
    predictions: batch,
    losses: batch,
    absoluteErrors: batch,
    logitGradient: batch,
  }),
  reference({ logits, y, step }, { batch, isAbsolute }) {
    const { count } = unpackStep(step);
    const errors = Float64Array.from({ length: batch }, (_, b) => (b < count ? logits[b] - y[b] : 0));
    return {
      predictions: Float64Array.from(logits),
      losses: errors.map((error) => (isAbsolute ? Math.abs(error) : error * error)),
      absoluteErrors: errors.map(Math.abs),
      logitGradient: errors.map((error) => (isAbsolute ? Math.sign(error) : 2 * error) / count),
    };
  },
  cost: ({ batch }) => ({ flops: 5 * batch, bytes: 24 * batch }),
  lane: () => ({ loads: 1 }),
  inputs: ({ batch }: RegressionOutputShape, draw: Draw) => ({
    y: draw.normal(batch).map((value) => 3 * value),
    step: packStep({ first: 0, count: Math.max(1, batch - 3), slot: 0, stepSize: 0 }),
  }),
  cases: [
    { name: 'one sample', shape: { batch: 4 } },
    { name: 'odd', shape: { batch: 20 } },
    { name: 'beyond a workgroup', shape: { batch: 388 } },
    { name: 'absolute errors', shape: { batch: 20, isAbsolute: true } },
  ],
  tolerance: 1e-6,
});
