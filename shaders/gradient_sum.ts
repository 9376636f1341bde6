import { defineKernel } from '../src/gpu/kernel.ts';
import { EACH_LANE, unroll, wgsl, workgroupsOf } from './wgsl.ts';

export interface GradientSumShape {
  parts: number;
  /** Elements of one part: the whole parameter arena, a multiple of 64. */
  length: number;
}

/** Parts that a lane loads together if there are many. */
const PARTS_OF_TURN = 8;
const MANY_PARTS = 64;

function loadsTogether(parts: number): boolean {
  return parts >= MANY_PARTS && parts % PARTS_OF_TURN === 0;
}

/** Waits for the parts. */
export function sumLoads({ parts }: Pick<GradientSumShape, 'parts'>): number {
  return loadsTogether(parts) ? parts / PARTS_OF_TURN : parts;
}

/** Four elements of the sum of all parts. Every kernel that adds up parts binds the name `partials`. */
export function sumOfParts({ parts, length }: GradientSumShape): string {
  if (loadsTogether(parts)) {
    return `
fn sum_of_parts(at: u32) -> vec4f {
  var sum = vec4f(0.0);
  for (var part = 0u; part < ${parts}u; part += ${PARTS_OF_TURN}u) {
    let first = part * ${length / 4}u + at;
    ${unroll(PARTS_OF_TURN, (n) => `let part${n} = partials[first + ${(n * length) / 4}u];`)}
    ${unroll(PARTS_OF_TURN, (n) => `sum += part${n};`)}
  }
  return sum;
}
`;
  }
  return `
fn sum_of_parts(at: u32) -> vec4f {
  var sum = partials[at];
  for (var part = 1u; part < ${parts}u; part++) {
    sum += partials[part * ${length / 4}u + at];
  }
  return sum;
}
`;
}

/**
 * partials (parts, length) → gradients (length). The parts are added in their order, so that the same run gives the
 * same bits.
 */
export const gradientSum = defineKernel({
  name: 'gradient_sum',
  bindings: { partials: 'read', gradients: 'write' },
  code: ({ parts, length }: GradientSumShape) => wgsl`
@group(0) @binding(0) var<storage, read> partials: array<vec4f, ${(parts * length) / 4}>;
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f, ${length / 4}>;
${sumOfParts({ parts, length })}
${EACH_LANE} {
  if (id.x >= ${length / 4}u) { return; }
  gradients[id.x] = sum_of_parts(id.x);
}
`,
  workgroups: ({ length }) => [workgroupsOf(length / 4), 1, 1],
  sizes: ({ parts, length }) => ({ partials: parts * length, gradients: length }),
  reference({ partials }, { parts, length }) {
    const gradients = new Float64Array(length);
    for (let part = 0; part < parts; part++) {
      for (let i = 0; i < length; i++) gradients[i] += partials[part * length + i];
    }
    return { gradients };
  },
  cost: ({ parts, length }) => ({ flops: (parts - 1) * length, bytes: 4 * (parts + 1) * length }),
  lane: (shape) => ({ loads: sumLoads(shape) }),
  cases: [
    { name: 'one part', shape: { parts: 1, length: 64 } },
    { name: 'odd', shape: { parts: 7, length: 192 } },
    { name: 'experiment', shape: { parts: 8, length: 8640 } },
    { name: 'many parts', shape: { parts: 128, length: 320 } },
  ],
  tolerance: 1e-6,
});
