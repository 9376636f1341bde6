import { defineKernel, type KernelCase } from '../src/gpu/kernel.ts';
import { ceilDiv, EACH_LANE, LANES, unroll, wgsl } from './wgsl.ts';

// Two kernels that measure the limits of an adapter: one only multiplies and adds, one only copies.

/** Rounds unrolled in one turn of the loop, so that counting takes a small share of the time. */
const UNROLLED_ROUNDS = 8;
/** m and k. m is so near 1 that every round still changes the result, which stays finite for any number of rounds. */
export const FACTORS = Float32Array.of(0.999, 0.01);
/** Vectors that one lane copies. */
const COPIES = 4;

export interface MultiplyAddShape {
  /** Chains of one lane. Each waits only for its own last result. */
  accumulators: number;
  /** Links of a chain, a multiple of 8. */
  rounds: number;
  /** Elements of one accumulator. */
  width: 1 | 4;
  /** Of 64 lanes. */
  workgroups: number;
}

const CHAIN_CASES: KernelCase<MultiplyAddShape>[] = [
  { name: 'size 1', shape: { accumulators: 1, rounds: 8, width: 1, workgroups: 1 } },
  { name: 'odd', shape: { accumulators: 7, rounds: 40, width: 1, workgroups: 3 } },
  { name: 'vectors', shape: { accumulators: 8, rounds: 64, width: 4, workgroups: 5 } },
];

const elementsOf = ({ width, workgroups }: MultiplyAddShape) => width * LANES * workgroups;

/**
 * seeds (lanes, width), factors (2) = m, k → sums (lanes, width): the sum over the accumulators i of seed + i after
 * `rounds` times a = a·m + k. The compiler cannot hoist or fold any of it: m and k are read, and every round needs the
 * one before.
 */
export const multiplyAddPeak = defineKernel({
  name: 'multiply_add_peak',
  bindings: { seeds: 'read', factors: 'read', sums: 'write' },
  code: ({ accumulators, rounds, width, workgroups }: MultiplyAddShape) => {
    const type = width === 4 ? 'vec4f' : 'f32';
    const round = unroll(accumulators, (i) => `a${i} = a${i} * m + k;`);
    return wgsl`
@group(0) @binding(0) var<storage, read> seeds: array<${type}, ${LANES * workgroups}>;
@group(0) @binding(1) var<storage, read> factors: array<f32, 2>;
@group(0) @binding(2) var<storage, read_write> sums: array<${type}, ${LANES * workgroups}>;

${EACH_LANE} {
  let m = ${type}(factors[0]);
  let k = ${type}(factors[1]);
  ${unroll(accumulators, (i) => `var a${i} = seeds[id.x] + ${i}.0;`)}
  for (var turn = 0u; turn < ${rounds / UNROLLED_ROUNDS}u; turn++) {
    ${unroll(UNROLLED_ROUNDS, () => round)}
  }
  var sum = a0;
  ${unroll(accumulators - 1, (i) => `sum += a${i + 1};`)}
  sums[id.x] = sum;
}
`;
  },
  workgroups: ({ workgroups }) => [workgroups, 1, 1],
  sizes: (shape) => ({ seeds: elementsOf(shape), factors: 2, sums: elementsOf(shape) }),
  reference({ seeds, factors: [m, k] }, { accumulators, rounds }) {
    const sums = new Float64Array(seeds.length);
    for (let lane = 0; lane < seeds.length; lane++) {
      for (let i = 0; i < accumulators; i++) {
        let a = seeds[lane] + i;
        for (let round = 0; round < rounds; round++) a = a * m + k;
        sums[lane] += a;
      }
    }
    return { sums };
  },
  // Only the chains count; a few operations start and sum them.
  cost: (shape) => ({
    flops: 2 * elementsOf(shape) * shape.accumulators * shape.rounds,
    bytes: 8 * elementsOf(shape),
  }),
  lane: () => ({ loads: 1 }),
  inputs: () => ({ factors: FACTORS }),
  cases: CHAIN_CASES,
  tolerance: 1e-5,
});

export interface CopyShape {
  /** Of four elements. */
  vectors: number;
}

/** source (vectors, 4) → target, the same. Neighbouring lanes copy neighbouring vectors. */
export const copyBandwidth = defineKernel({
  name: 'copy_bandwidth',
  bindings: { source: 'read', copy: 'write' },
  code: ({ vectors }: CopyShape) => wgsl`
@group(0) @binding(0) var<storage, read> source: array<vec4f, ${vectors}>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4f, ${vectors}>;

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * ${LANES * COPIES}u + lane;
  ${unroll(COPIES, (i) => `let v${i} = min(first + ${i * LANES}u, ${vectors - 1}u);`)}
  // Past the last vector a lane copies that one again.
  ${unroll(COPIES, (i) => `copy[v${i}] = source[v${i}];`)}
}
`,
  workgroups: ({ vectors }) => [ceilDiv(vectors, LANES * COPIES), 1, 1],
  sizes: ({ vectors }) => ({ source: 4 * vectors, copy: 4 * vectors }),
  reference: ({ source }) => ({ copy: Float64Array.from(source) }),
  cost: ({ vectors }) => ({ flops: 0, bytes: 32 * vectors }),
  lane: () => ({ loads: 1 }),
  cases: [
    { name: 'size 1', shape: { vectors: 1 } },
    { name: 'odd', shape: { vectors: 131 } },
    { name: 'beyond a workgroup', shape: { vectors: 2500 } },
  ],
  tolerance: 0,
});
