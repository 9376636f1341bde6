import { type Draw, defineKernel } from '../src/gpu/kernel.ts';
import { ceilDiv, EACH_LANE, f32, wgsl, workgroupsOf } from './wgsl.ts';

const NORM_LANES = 256;

/**
 * Reduces the values of all lanes in pairs, by the statement `join` for `lane` and `half`. The first lane ends with the
 * result.
 */
function inTree(join: string): string {
  return `for (var half = ${NORM_LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { ${join} }
    workgroupBarrier();
  }`;
}

export interface GradientNormShape {
  /** Elements of the gradients' arena, a multiple of 64. */
  length: number;
}

/** Float32 holds the sum of the squares of smaller gradients. Larger ones are first divided by the largest of them. */
const LARGEST_SQUARED = 1e15;

/**
 * gradients (length) → norm (1): the root of the sum of their squares. One workgroup adds in a fixed order: strided
 * sums, then a tree.
 */
export const gradientNorm = defineKernel({
  name: 'gradient_norm',
  bindings: { gradients: 'read', norm: 'write' },
  code: ({ length }: GradientNormShape) => wgsl`
@group(0) @binding(0) var<storage, read> gradients: array<vec4f, ${length / 4}>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32, 1>;

var<workgroup> values: array<f32, ${NORM_LANES}>;

@compute @workgroup_size(${NORM_LANES})
fn main(@builtin(local_invocation_index) lane: u32) {
  var largest = vec4f(0.0);
  for (var at = lane; at < ${length / 4}u; at += ${NORM_LANES}u) {
    largest = max(largest, abs(gradients[at]));
  }
  values[lane] = max(max(largest.x, largest.y), max(largest.z, largest.w));
  workgroupBarrier();
  ${inTree('values[lane] = max(values[lane], values[lane + half]);')}
  let unit = select(1.0, values[0], values[0] > ${f32(LARGEST_SQUARED)});
  workgroupBarrier();
  var sum = 0.0;
  for (var at = lane; at < ${length / 4}u; at += ${NORM_LANES}u) {
    let scaled = gradients[at] / unit;
    sum += dot(scaled, scaled);
  }
  values[lane] = sum;
  workgroupBarrier();
  ${inTree('values[lane] += values[lane + half];')}
  if (lane == 0u) { norm[0] = unit * sqrt(values[0]); }
}
`,
  workgroups: () => [1, 1, 1],
  sizes: ({ length }) => ({ gradients: length, norm: 1 }),
  reference({ gradients }) {
    let sum = 0;
    for (const gradient of gradients) sum += gradient * gradient;
    return { norm: Float64Array.of(Math.sqrt(sum)) };
  },
  // A product, a sum, a division and a comparison.
  cost: ({ length }) => ({ flops: 4 * length, bytes: 4 * length + 4 }),
  lane: ({ length }) => ({
    loads: 2 * ceilDiv(length / 4, NORM_LANES),
    barriers: 3 + 2 * Math.log2(NORM_LANES),
    activations: 1,
  }),
  cases: [
    { name: 'smallest arena', shape: { length: 64 } },
    { name: 'odd', shape: { length: 1088 } },
    { name: 'experiment', shape: { length: 8640 } },
  ],
  tolerance: 1e-6,
});

export interface GradientClipShape extends GradientNormShape {
  /** The largest norm that the gradients keep. */
  largestNorm: number;
}

/** Multiplies gradients (length) by largestNorm / norm if their norm (1) is larger than largestNorm. */
export const gradientClip = defineKernel({
  name: 'gradient_clip',
  bindings: { norm: 'read', gradients: 'read_write' },
  code: ({ length, largestNorm }: GradientClipShape) => wgsl`
@group(0) @binding(0) var<storage, read> norm: array<f32, 1>;
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f, ${length / 4}>;

${EACH_LANE} {
  if (id.x >= ${length / 4}u) { return; }
  let largest = ${f32(largestNorm)};
  let g = gradients[id.x];
  gradients[id.x] = select(g, g / norm[0] * largest, norm[0] > largest);
}
`,
  workgroups: ({ length }) => [workgroupsOf(length / 4), 1, 1],
  sizes: ({ length }) => ({ norm: 1, gradients: length }),
  reference({ norm, gradients }, { largestNorm }) {
    const scale = norm[0] > largestNorm ? largestNorm / norm[0] : 1;
    return { gradients: Float64Array.from(gradients, (value) => scale * value) };
  },
  cost: ({ length }) => ({ flops: length, bytes: 8 * length + 4 }),
  lane: () => ({ loads: 1 }),
  cases: [
    { name: 'smallest arena', shape: { length: 64, largestNorm: 0.5 } },
    { name: 'odd', shape: { length: 1088, largestNorm: 3 } },
    { name: 'within the norm', shape: { length: 8640, largestNorm: 1000 } },
  ],
  inputs: ({ largestNorm }: GradientClipShape, draw: Draw) => ({
    norm: draw.normal(1).fill(Math.min(100, 20 * largestNorm)),
  }),
  tolerance: 1e-6,
});
