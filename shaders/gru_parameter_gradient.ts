import { defineKernel } from '../src/gpu/kernel.ts';
import type { GruShape } from './gru.ts';
import { ceilDiv, EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface GruParameterGradientShape extends GruShape {
  /** The sum over steps and samples is divided into this many parts, so that more lanes share it. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
}

function rowsOf({ inputDim, units }: GruShape): number {
  return inputDim + 2 + units;
}

function partialsLength(shape: GruParameterGradientShape): number {
  return (shape.parts - 1) * shape.stride + rowsOf(shape) * 3 * shape.units;
}

/** Pairs of step and sample in one part. */
function pairsPerPart({ timeSteps, batch, parts }: GruParameterGradientShape): number {
  return ceilDiv(timeSteps * batch, parts);
}

const CASES = [
  { name: 'size 1', sizes: [1, 1, 1, 4], parts: 1, stride: 64 },
  { name: 'odd, more parts than pairs', sizes: [2, 3, 7, 4], parts: 9, stride: 320 },
  { name: 'beyond a workgroup', sizes: [3, 5, 33, 68], parts: 5, stride: 4096 },
].map(({ name, sizes: [timeSteps, inputDim, units, batch], parts, stride }) => ({
  name,
  shape: { timeSteps, inputDim, units, batch, parts, stride },
}));

/**
 * The gradient of K, b₀, b₁ and R, summed over time steps and samples. x (T, C, batch), hidden (T + 1, batch, U) whose
 * row t is h before step t, gateGradient (T, batch, U, 4) → partials (parts, stride); the first (C + 2 + U) · 3U
 * elements of each part are written. One lane sums the three gates of a unit in one row.
 */
export const gruParameterGradient = defineKernel({
  name: 'gru_parameter_gradient',
  bindings: { x: 'read', hidden: 'read', gateGradient: 'read', partials: 'write' },
  code: (shape: GruParameterGradientShape) => {
    const { timeSteps, inputDim, units, batch, stride } = shape;
    return wgsl`
@group(0) @binding(0) var<storage, read> x: array<f32, ${timeSteps * inputDim * batch}>;
@group(0) @binding(1) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(2) var<storage, read> gate_gradient: array<vec4f, ${timeSteps * batch * units}>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32, ${partialsLength(shape)}>;

${EACH_LANE} {
  const UNITS = ${units}u;
  const INPUTS = ${inputDim}u;
  if (id.x >= ${rowsOf(shape) * units}u) { return; }
  let row = id.x / UNITS;
  let j = id.x % UNITS;
  let first = id.y * ${pairsPerPart(shape)}u;
  let end = min(first + ${pairsPerPart(shape)}u, ${timeSteps * batch}u);
  // The candidate's gradient is another one in the rows of x than in those of h.
  let is_input = row <= INPUTS;
  let of_x = min(row, INPUTS - 1u) * ${batch}u;
  let of_h = max(row, INPUTS + 2u) - INPUTS - 2u;
  var sum = vec3f(0.0);
  for (var at = first; at < end; at++) {
    var value = 1.0;
    if (row < INPUTS) {
      value = x[at + at / ${batch}u * ${(inputDim - 1) * batch}u + of_x];
    } else if (row > INPUTS + 1u) {
      value = hidden[at * UNITS + of_h];
    }
    let d = gate_gradient[at * UNITS + j];
    sum += value * vec3f(d.xy, select(d.w, d.z, is_input));
  }
  let base = id.y * ${stride}u + row * ${3 * units}u + j;
  partials[base] = sum.x;
  partials[base + UNITS] = sum.y;
  partials[base + 2u * UNITS] = sum.z;
}
`;
  },
  workgroups: (shape) => [workgroupsOf(rowsOf(shape) * shape.units), shape.parts, 1],
  sizes: (shape) => {
    const { timeSteps, inputDim, units, batch } = shape;
    return {
      x: timeSteps * inputDim * batch,
      hidden: (timeSteps + 1) * batch * units,
      gateGradient: timeSteps * batch * 4 * units,
      partials: partialsLength(shape),
    };
  },
  reference({ x, hidden, gateGradient }, shape) {
    const { timeSteps, inputDim, units, batch, parts, stride } = shape;
    const partials = new Float64Array(partialsLength(shape)).fill(Number.NaN);
    const valueAt = (row: number, at: number) => {
      if (row < inputDim) return x[(Math.floor(at / batch) * inputDim + row) * batch + (at % batch)];
      return row > inputDim + 1 ? hidden[at * units + row - inputDim - 2] : 1;
    };
    for (let part = 0; part < parts; part++) {
      const first = part * pairsPerPart(shape);
      const end = Math.min(first + pairsPerPart(shape), timeSteps * batch);
      for (let row = 0; row < rowsOf(shape); row++) {
        const columns = row <= inputDim ? [0, 1, 2] : [0, 1, 3];
        for (let n = 0; n < 3 * units; n++) {
          const of = 4 * (n % units) + columns[Math.floor(n / units)];
          let sum = 0;
          for (let at = first; at < end; at++) sum += valueAt(row, at) * gateGradient[at * 4 * units + of];
          partials[part * stride + row * 3 * units + n] = sum;
        }
      }
    }
    return { partials };
  },
  cost: (shape) => {
    const { timeSteps, inputDim, units, batch } = shape;
    return {
      flops: 6 * timeSteps * batch * rowsOf(shape) * units,
      bytes: 4 * (timeSteps * batch * (inputDim + 5 * units) + partialsLength(shape)),
    };
  },
  lane: (shape) => ({ loads: pairsPerPart(shape) }),
  cases: CASES,
  tolerance: 1e-5,
});
