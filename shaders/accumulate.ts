import { defineKernel } from '../src/gpu/kernel.ts';
import { EACH_LANE, wgsl, workgroupsOf } from './wgsl.ts';

export interface ElementsShape {
  /** A multiple of 4. */
  length: number;
}

const CASES = [
  { name: 'size 1', shape: { length: 4 } },
  { name: 'odd', shape: { length: 220 } },
  { name: 'beyond a workgroup', shape: { length: 4 * 64 * 3 + 4 } },
  { name: 'experiment', shape: { length: 64 * 256 * 32 } },
];

/** Workgroups of one row; WebGPU allows 65,535. */
const ACROSS = 32_768;

function workgroups({ length }: ElementsShape): [number, number, number] {
  const groups = workgroupsOf(length / 4);
  return [Math.min(groups, ACROSS), Math.ceil(groups / ACROSS), 1];
}

/** Adds `value` to `sum`, both (length): the gradients of a flow that several layers take. */
export const accumulate = defineKernel({
  name: 'accumulate',
  bindings: { value: 'read', sum: 'read_write' },
  code: ({ length }: ElementsShape) => wgsl`
@group(0) @binding(0) var<storage, read> value: array<vec4f, ${length / 4}>;
@group(0) @binding(1) var<storage, read_write> sum: array<vec4f, ${length / 4}>;

${EACH_LANE} {
  let at = id.y * ${ACROSS * 64}u + id.x;
  if (at >= ${length / 4}u) { return; }
  sum[at] += value[at];
}
`,
  workgroups,
  sizes: ({ length }) => ({ value: length, sum: length }),
  reference: ({ value, sum }) => ({ sum: Float64Array.from(sum, (one, i) => one + value[i]) }),
  cost: ({ length }) => ({ flops: length, bytes: 12 * length }),
  lane: () => ({ loads: 1 }),
  cases: CASES,
  tolerance: 1e-6,
});

/** Sets `values` (length) to zero. */
export const clear = defineKernel({
  name: 'clear',
  bindings: { values: 'write' },
  code: ({ length }: ElementsShape) => wgsl`
@group(0) @binding(0) var<storage, read_write> values: array<vec4f, ${length / 4}>;

${EACH_LANE} {
  let at = id.y * ${ACROSS * 64}u + id.x;
  if (at >= ${length / 4}u) { return; }
  values[at] = vec4f(0.0);
}
`,
  workgroups,
  sizes: ({ length }) => ({ values: length }),
  reference: (_, { length }) => ({ values: new Float64Array(length) }),
  cost: ({ length }) => ({ flops: 0, bytes: 4 * length }),
  lane: () => ({}),
  cases: CASES,
  tolerance: 0,
});
