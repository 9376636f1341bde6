import { defineKernel } from '../src/gpu/kernel.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface ChannelMeanShape {
  timeSteps: number;
  inputDim: number;
  /** A multiple of 4. */
  batch: number;
}

/**
 * The single attention vector: every channel gets the mean over the channels. values (T, D, batch) → means (T, D,
 * batch). The map is symmetric, so the same kernel on the gradient is its backward pass.
 */
export const channelMean = defineKernel({
  name: 'channel_mean',
  bindings: { values: 'read', means: 'write' },
  code: ({ timeSteps, inputDim, batch }: ChannelMeanShape) => wgsl`
@group(0) @binding(0) var<storage, read> values: array<vec4f, ${(timeSteps * inputDim * batch) / 4}>;
@group(0) @binding(1) var<storage, read_write> means: array<vec4f, ${(timeSteps * inputDim * batch) / 4}>;

${EACH_LANE} {
  const QUADS = ${batch / 4}u;
  let s = id.x;
  if (s >= QUADS) { return; }
  let base = id.y * ${inputDim}u * QUADS + s;
  var sum = vec4f(0.0);
  for (var d = 0u; d < ${inputDim}u; d++) {
    sum += values[base + d * QUADS];
  }
  let mean = sum / ${inputDim}.0;
  for (var d = 0u; d < ${inputDim}u; d++) {
    means[base + d * QUADS] = mean;
  }
}
`,
  workgroups: ({ timeSteps, batch }) => [workgroupsOf(batch / 4), timeSteps, 1],
  sizes: ({ timeSteps, inputDim, batch }) => ({
    values: timeSteps * inputDim * batch,
    means: timeSteps * inputDim * batch,
  }),
  reference({ values }, { timeSteps, inputDim, batch }) {
    const means = new Float64Array(timeSteps * inputDim * batch);
    for (let t = 0; t < timeSteps; t++) {
      for (let b = 0; b < batch; b++) {
        const base = t * inputDim * batch + b;
        let sum = 0;
        for (let d = 0; d < inputDim; d++) sum += values[base + d * batch];
        for (let d = 0; d < inputDim; d++) means[base + d * batch] = sum / inputDim;
      }
    }
    return { means };
  },
  cost: ({ timeSteps, inputDim, batch }) => ({
    flops: timeSteps * (inputDim + 1) * batch,
    bytes: 8 * timeSteps * inputDim * batch,
  }),
  lane: ({ inputDim }) => ({ loads: inputDim }),
  cases: [
    { name: 'size 1', shape: { timeSteps: 1, inputDim: 1, batch: 4 } },
    { name: 'odd', shape: { timeSteps: 7, inputDim: 3, batch: 12 } },
    { name: 'beyond a workgroup', shape: { timeSteps: 5, inputDim: 64, batch: 388 } },
    { name: 'experiment', shape: { timeSteps: 64, inputDim: 1, batch: 256 } },
  ],
  tolerance: 1e-6,
});
