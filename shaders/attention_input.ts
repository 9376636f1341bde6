import { defineKernel } from '../src/gpu/kernel.ts';
import { ceilDiv, EACH_LANE, unroll, wgsl, workgroupsOf } from './wgsl.ts';

export interface AttentionInputShape {
  /** Time steps T. */
  rows: number;
  /** Channels of all samples, a multiple of 4. */
  samples: number;
}

/** Rows that one lane sums: each logit's gradient that it loads serves all of them. */
const LANE_ROWS = 4;

/**
 * The gradient of the sequence that an attention takes, which reaches it through the product and through the logits:
 * dx = a ⊙ dy + K·dlogits. attention a, its product's gradient dy and logitGradient (rows, samples), parameters K and b
 * (rows + 1, rows) → inputGradient (rows, samples).
 */
export const attentionInputGradient = defineKernel({
  name: 'attention_input_gradient',
  bindings: {
    attention: 'read',
    productGradient: 'read',
    logitGradient: 'read',
    parameters: 'read',
    inputGradient: 'write',
  },
  code: ({ rows, samples }: AttentionInputShape) => {
    const quads = samples / 4;
    const each = (piece: (n: number) => string) => unroll(LANE_ROWS, piece);
    return wgsl`
@group(0) @binding(0) var<storage, read> attention: array<vec4f, ${rows * quads}>;
@group(0) @binding(1) var<storage, read> product_gradient: array<vec4f, ${rows * quads}>;
@group(0) @binding(2) var<storage, read> logit_gradient: array<vec4f, ${rows * quads}>;
@group(0) @binding(3) var<storage, read> parameters: array<f32, ${(rows + 1) * rows}>;
@group(0) @binding(4) var<storage, read_write> input_gradient: array<vec4f, ${rows * quads}>;

${EACH_LANE} {
  let s = id.x;
  if (s >= ${quads}u) { return; }
  // A row past the last repeats it: the same lane writes the same value again.
  ${each((n) => `let i${n} = min(id.y * ${LANE_ROWS}u + ${n}u, ${rows - 1}u);`)}
  ${each((n) => `var sum${n} = attention[i${n} * ${quads}u + s] * product_gradient[i${n} * ${quads}u + s];`)}
  for (var j = 0u; j < ${rows}u; j++) {
    let d = logit_gradient[j * ${quads}u + s];
    ${each((n) => `sum${n} += parameters[i${n} * ${rows}u + j] * d;`)}
  }
  ${each((n) => `input_gradient[i${n} * ${quads}u + s] = sum${n};`)}
}
`;
  },
  workgroups: ({ rows, samples }) => [workgroupsOf(samples / 4), ceilDiv(rows, LANE_ROWS), 1],
  sizes: ({ rows, samples }) => ({
    attention: rows * samples,
    productGradient: rows * samples,
    logitGradient: rows * samples,
    parameters: (rows + 1) * rows,
    inputGradient: rows * samples,
  }),
  reference({ attention, productGradient, logitGradient, parameters }, { rows, samples }) {
    const inputGradient = Float64Array.from(attention, (value, i) => value * productGradient[i]);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        for (let s = 0; s < samples; s++) {
          inputGradient[i * samples + s] += parameters[i * rows + j] * logitGradient[j * samples + s];
        }
      }
    }
    return { inputGradient };
  },
  cost: ({ rows, samples }) => ({
    flops: 2 * rows * (rows + 1) * samples,
    bytes: 4 * (4 * rows * samples + rows * rows),
  }),
  lane: ({ rows }) => ({ loads: 1 + rows }),
  cases: [
    { name: 'size 1', shape: { rows: 1, samples: 4 } },
    { name: 'odd', shape: { rows: 7, samples: 12 } },
    { name: 'beyond a workgroup', shape: { rows: 65, samples: 388 } },
    { name: '20 steps, 32 units', shape: { rows: 20, samples: 32 * 64 } },
  ],
  tolerance: 1e-5,
});
