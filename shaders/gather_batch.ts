import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { packStep, stepStruct, unpackStep } from './snippets.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface GatherShape {
  /** Samples in the data set. */
  samples: number;
  timeSteps: number;
  inputDim: number;
  /** Stored batch, a multiple of 4. */
  batch: number;
}

/**
 * Takes one batch out of the data set in the epoch's order and transposes it to batch-innermost. series (samples, T,
 * D), labels (samples), order (samples) → x (T, D, batch), y (batch). Everything past `step.count` is zero.
 */
export const gatherBatch = defineKernel({
  name: 'gather_batch',
  bindings: { series: 'read', labels: 'read', order: 'read', step: 'uniform', x: 'write', y: 'write' },
  code: ({ samples, timeSteps, inputDim, batch }: GatherShape) => wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> series: array<f32, ${samples * timeSteps * inputDim}>;
@group(0) @binding(1) var<storage, read> labels: array<f32, ${samples}>;
@group(0) @binding(2) var<storage, read> order: array<u32, ${samples}>;
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<storage, read_write> x: array<f32, ${timeSteps * inputDim * batch}>;
@group(0) @binding(5) var<storage, read_write> y: array<f32, ${batch}>;

${EACH_LANE} {
  let b = id.x;
  let d = id.y;
  let t = id.z;
  if (b >= ${batch}u) { return; }
  let at = (t * ${inputDim}u + d) * ${batch}u + b;
  let is_first = t == 0u && d == 0u;
  if (b >= step.count) {
    x[at] = 0.0;
    if (is_first) { y[b] = 0.0; }
    return;
  }
  let sample = order[step.first + b];
  x[at] = series[(sample * ${timeSteps}u + t) * ${inputDim}u + d];
  if (is_first) { y[b] = labels[sample]; }
}
`,
  workgroups: ({ batch, inputDim, timeSteps }) => [workgroupsOf(batch), inputDim, timeSteps],
  sizes: ({ samples, timeSteps, inputDim, batch }) => ({
    series: samples * timeSteps * inputDim,
    labels: samples,
    order: samples,
    step: 4,
    x: timeSteps * inputDim * batch,
    y: batch,
  }),
  reference({ series, labels, order, step }, { timeSteps, inputDim, batch }) {
    const { first, count } = unpackStep(step);
    const features = timeSteps * inputDim;
    const x = new Float64Array(features * batch);
    const y = new Float64Array(batch);
    for (let b = 0; b < count; b++) {
      const sample = order[first + b];
      for (let i = 0; i < features; i++) x[i * batch + b] = series[sample * features + i];
      y[b] = labels[sample];
    }
    return { x, y };
  },
  cost: ({ timeSteps, inputDim, batch }) => ({ flops: 0, bytes: 4 * batch * (2 * timeSteps * inputDim + 3) }),
  lane: () => ({ loads: 2 }),
  inputs: ({ samples, batch }: GatherShape, draw: Draw) => ({
    order: draw.integers(samples, samples),
    step: packStep({ first: 1, count: Math.max(1, Math.min(batch, samples - 1) - 1), slot: 0, stepSize: 0 }),
  }),
  cases: [
    { name: 'one sample', shape: { samples: 2, timeSteps: 1, inputDim: 1, batch: 4 } },
    { name: 'odd, short batch', shape: { samples: 31, timeSteps: 5, inputDim: 3, batch: 20 } },
    { name: 'beyond a workgroup', shape: { samples: 200, timeSteps: 7, inputDim: 2, batch: 132 } },
    { name: 'experiment', shape: { samples: 600, timeSteps: 64, inputDim: 1, batch: 256 } },
  ],
  tolerance: 0,
});
