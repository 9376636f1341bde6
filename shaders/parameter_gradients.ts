import { type Draw, defineKernel, type TileDevice } from '../src/gpu/kernel.ts';
import { metricSum } from './binary_output.ts';
import { denseParameterGradient, quadsPerPart } from './dense.ts';
import { denseStageLoads, denseTileBytes, denseTiles, denseWorkgroupGradient } from './dense_gradient_workgroup.ts';
import {
  stageLoads,
  WORKGROUP_LANES,
  type WorkgroupTile,
  workgroupGradient,
  workgroupTileBytes,
  workgroupTiles,
} from './lstm_gradient_workgroup.ts';
import { lstmParameterGradient, pairsPerPart } from './lstm_parameter_gradient.ts';
import { outputParameterGradient } from './output.ts';
import { blocksOf, type SampleStepShape, sampleStepSizes } from './sample_step.ts';
import { packStep, stepStruct } from './snippets.ts';
import { ceilDiv, wgsl } from './wgsl.ts';

export interface ParameterGradientsShape
  extends Pick<
    SampleStepShape,
    'timeSteps' | 'inputDim' | 'units' | 'batch' | 'length' | 'attention' | 'lstm' | 'output'
  > {
  /** The sums over samples and steps are divided into this many parts. */
  parts: number;
  /** Steps that one epoch can record. */
  slots: number;
}

const TILE: WorkgroupTile = { staged: 16 };

/** The same shape for the kernels that this one stands for. */
function shapesOf(shape: ParameterGradientsShape) {
  const { timeSteps, inputDim, units, batch, parts, slots, length: stride } = shape;
  return {
    lstm: { timeSteps, inputDim, units, batch, parts, stride },
    dense: { rows: timeSteps, columns: timeSteps, samples: inputDim * batch, parts, stride },
    output: { batch, units, outputs: 1, timeSteps, parts, stride },
    metrics: { batch, slots },
  };
}

/** Workgroups of a part: tiles of the LSTM's gradient, tiles of the attention's, and one for the output. */
function jobsOf(shape: ParameterGradientsShape) {
  const { lstm, dense } = shapesOf(shape);
  const [ofLstm, ofDense] = [workgroupTiles(lstm), denseTiles(dense)];
  const recurrent = ofLstm.across * ofLstm.down;
  const attention = ofDense.across * ofDense.down;
  return { recurrent, attention, acrossLstm: ofLstm.across, acrossDense: ofDense.across };
}

/** Why a device cannot run the kernel; undefined if it can. */
export function parameterGradientsMisfit(shape: ParameterGradientsShape, { limits }: TileDevice): string | undefined {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize } = limits;
  if (WORKGROUP_LANES > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX))
    return 'a workgroup has fewer invocations';
  const { lstm, dense } = shapesOf(shape);
  const bytes = 8 * WORKGROUP_LANES + workgroupTileBytes(lstm, TILE) + denseTileBytes(dense);
  return bytes > maxComputeWorkgroupStorageSize ? 'workgroup memory is smaller' : undefined;
}

function sizesOf(shape: ParameterGradientsShape) {
  const { x, states, gateGradient, flows, results, step } = sampleStepSizes(shape);
  const { parts, length, slots } = shape;
  return { x, states, gateGradient, flows, results, step, partials: parts * length, metrics: 2 * slots };
}

/** The output layer's gradient of a part, and in the first part the sums of the metrics. */
function outputAndMetrics({ timeSteps, units, batch, parts, output }: ParameterGradientsShape): string {
  const share = ceilDiv(batch, parts);
  return `
    if (lane <= ${units}u) {
      let last = min((part + 1u) * ${share}u, ${batch}u);
      var sum = 0.0;
      for (var b = part * ${share}u; b < last; b++) {
        let h = states[(${timeSteps * batch}u + b) * ${units}u + min(lane, ${units - 1}u)];
        sum += select(h, 1.0, lane == ${units}u) * results[b].z;
      }
      partials[base + ${output}u + lane] = sum;
    }
    if (part == 0u) {
      var sums = vec2f(0.0);
      for (var b = lane; b < ${batch}u; b += ${WORKGROUP_LANES}u) { sums += results[b].xy; }
      shared_sums[lane] = sums;
      workgroupBarrier();
      for (var half = ${WORKGROUP_LANES / 2}u; half > 0u; half /= 2u) {
        if (lane < half) { shared_sums[lane] += shared_sums[lane + half]; }
        workgroupBarrier();
      }
      if (lane == 0u) { metrics[step.slot] = shared_sums[0]; }
    }`;
}

/**
 * What is left of an update behind `sample_step` and before the sum of the parts: `lstm_parameter_gradient`,
 * `dense_parameter_gradient`, `output_parameter_gradient` and `metric_sum` in one. x (T, D, batch), and states,
 * gateGradient, flows and results of `sample_step` → partials (parts, length), and row `step.slot` of metrics (slots,
 * 2).
 */
export const parameterGradients = defineKernel({
  name: 'parameter_gradients',
  bindings: {
    x: 'read',
    states: 'read',
    gateGradient: 'read',
    flows: 'read',
    results: 'read',
    step: 'uniform',
    partials: 'write',
    metrics: 'write',
  },
  code: (shape: ParameterGradientsShape) => {
    const { timeSteps, inputDim, batch, parts, length, slots, attention, lstm: ofLstm } = shape;
    const { lstm, dense } = shapesOf(shape);
    const jobs = jobsOf(shape);
    const sizes = sizesOf(shape);
    return wgsl`
${stepStruct}
@group(0) @binding(0) var<storage, read> x: array<vec4f, ${sizes.x / 4}>;
@group(0) @binding(1) var<storage, read> states: array<f32, ${sizes.states}>;
@group(0) @binding(2) var<storage, read> gate_gradient: array<vec4f, ${sizes.gateGradient / 4}>;
@group(0) @binding(3) var<storage, read> flows: array<vec4f, ${sizes.flows / 4}>;
@group(0) @binding(4) var<storage, read> results: array<vec4f, ${batch}>;
@group(0) @binding(5) var<uniform> step: Step;
@group(0) @binding(6) var<storage, read_write> partials: array<f32, ${sizes.partials}>;
@group(0) @binding(7) var<storage, read_write> metrics: array<vec2f, ${slots}>;

var<workgroup> shared_sums: array<vec2f, ${WORKGROUP_LANES}>;
${workgroupGradient(lstm, TILE, { x: (at) => `flows[${at} / 4u][${at} % 4u]`, hidden: (at) => `states[${at}]` })}
${denseWorkgroupGradient(
  dense,
  (at) => `x[${at}]`,
  (at) => `flows[${(timeSteps * inputDim * batch) / 4}u + ${at}]`,
)}
@compute @workgroup_size(${WORKGROUP_LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let part = min(group.y, ${parts - 1}u);
  let base = part * ${length}u;
  if (group.x < ${jobs.recurrent}u) {
    let first = part * ${pairsPerPart(lstm)}u;
    let end = min(first + ${pairsPerPart(lstm)}u, ${timeSteps * batch}u);
    let tile = group.x;
    sum_tile(lane, tile / ${jobs.acrossLstm}u, tile % ${jobs.acrossLstm}u, first, end, base + ${ofLstm}u);
  } else if (group.x < ${jobs.recurrent + jobs.attention}u) {
    let first = part * ${quadsPerPart(dense)}u;
    let end = min(first + ${quadsPerPart(dense)}u, ${dense.samples / 4}u);
    let tile = group.x - ${jobs.recurrent}u;
    sum_dense_tile(lane, tile / ${jobs.acrossDense}u, tile % ${jobs.acrossDense}u, first, end, base + ${attention}u);
  } else {
    ${outputAndMetrics(shape)}
  }
}
`;
  },
  workgroups: (shape) => {
    const { recurrent, attention } = jobsOf(shape);
    return [recurrent + attention + 1, shape.parts, 1];
  },
  sizes: sizesOf,
  reference({ x, states, gateGradient, flows, results, step }, shape) {
    const { lstm, dense, output, metrics } = shapesOf(shape);
    const half = states.length / 2;
    const [product, outputGradient] = [flows.subarray(0, x.length), flows.subarray(x.length)];
    const column = (kind: number) => Float64Array.from({ length: shape.batch }, (_, b) => results[4 * b + kind]);
    const hidden = states.subarray(0, half);
    const sums: [number, Float64Array][] = [
      [shape.lstm, lstmParameterGradient.reference({ x: product, hidden, gateGradient }, lstm).partials],
      [shape.attention, denseParameterGradient.reference({ input: x, outputGradient }, dense).partials],
      [shape.output, outputParameterGradient.reference({ hidden, logitGradient: column(2) }, output).partials],
    ];
    const partials = new Float64Array(sizesOf(shape).partials).fill(Number.NaN);
    for (const [offset, values] of sums) {
      values.forEach((value, i) => {
        if (!Number.isNaN(value)) partials[offset + i] = value;
      });
    }
    return { partials, ...metricSum.reference({ losses: column(0), correct: column(1), step }, metrics) };
  },
  cost: (shape) => {
    const { lstm, dense, output, metrics } = shapesOf(shape);
    const kernels = [
      lstmParameterGradient.cost(lstm),
      denseParameterGradient.cost(dense),
      outputParameterGradient.cost(output),
      metricSum.cost(metrics),
    ];
    const { step: _, metrics: slots, ...sizes } = sizesOf(shape);
    return {
      flops: kernels.reduce((sum, { flops }) => sum + flops, 0),
      bytes: 4 * Object.values(sizes).reduce((sum, size) => sum + size, 0) + 4 * Math.min(slots, 2),
    };
  },
  // The longest of the three kinds of workgroups is the LSTM's.
  lane: (shape) => {
    const { lstm, dense } = shapesOf(shape);
    const stages = ceilDiv(pairsPerPart(lstm), TILE.staged);
    const loads = Math.max(stages * stageLoads(lstm, TILE), quadsPerPart(dense) * denseStageLoads(dense));
    return { loads, barriers: 2 * Math.max(stages, quadsPerPart(dense)) };
  },
  inputs: ({ batch, slots }: ParameterGradientsShape, _: Draw) => ({
    step: packStep({ first: 0, count: batch, slot: slots - 1, stepSize: 0 }),
  }),
  cases: [
    { name: 'size 1', sizes: [1, 1, 1, 4], parts: 1, slots: 1 },
    { name: 'odd, more parts than samples', sizes: [7, 3, 5, 12], parts: 16, slots: 3 },
    { name: 'beyond a tile', sizes: [130, 2, 35, 8], parts: 2, slots: 2 },
    { name: 'experiment', sizes: [64, 1, 32, 256], parts: 8, slots: 235 },
  ].map(({ name, sizes: [timeSteps, inputDim, units, batch], parts, slots }) => {
    return { name, shape: { ...blocksOf({ timeSteps, inputDim, units, batch }), parts, slots } };
  }),
  tolerance: 1e-5,
});
