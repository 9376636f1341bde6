/**
 * σ and tanh of four samples. tanh is written as 2σ(2x) − 1: the built-in overflows to NaN near 89 on some drivers. The
 * clamps keep exp finite, as WGSL need not know infinity; what they cut off is below float32's resolution of the result.
 */
export const activations = /* wgsl */ `
fn sigmoid4(x: vec4f) -> vec4f {
  return 1.0 / (1.0 + exp(-clamp(x, vec4f(-80.0), vec4f(80.0))));
}

fn tanh4(x: vec4f) -> vec4f {
  return 2.0 / (1.0 + exp(-2.0 * clamp(x, vec4f(-15.0), vec4f(15.0)))) - 1.0;
}
`;

/**
 * What differs from one training step to the next; one 256-byte slot a step, bound with a dynamic offset.
 * `first`: where the batch begins in the order; `count`: samples in it (the rest of the stored batch is empty);
 * `slot`: where its metrics go; `step_size`: Adam's bias-corrected learning rate.
 */
export const stepStruct = /* wgsl */ `
struct Step {
  first: u32,
  count: u32,
  slot: u32,
  step_size: f32,
}
`;

/** The fields of `stepStruct` in float64. */
export interface Step {
  first: number;
  count: number;
  slot: number;
  stepSize: number;
}

/** A Step as the shader reads it: 16 bytes. */
export function packStep(step: Step): Uint32Array {
  const words = new Uint32Array([step.first, step.count, step.slot, 0]);
  new Float32Array(words.buffer)[3] = step.stepSize;
  return words;
}

export function unpackStep(words: ArrayLike<number>): Step {
  const [first, count, slot] = [words[0], words[1], words[2]];
  const stepSize = new Float32Array(Uint32Array.of(words[3]).buffer)[0];
  return { first, count, slot, stepSize };
}
