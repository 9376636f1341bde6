/**
 * σ and tanh of a number, within 4e-7. tanh is x·P(x²)/Q(x²) on ±9, beyond which it is 1 in float32; P and Q are a minimax
 * fit with an error of 2e-8. A ratio of polynomials is quicker than exp on software adapters, and the built-in tanh
 * overflows to NaN near 89 on some drivers. The bounds are selects and no clamp, which costs as much there as all the rest;
 * so NaN stays NaN.
 */
export const activations = /* wgsl */ `
fn safe_tanh(v: f32) -> f32 {
  let x = select(select(v, 9.0, v > 9.0), -9.0, v < -9.0);
  let u = x * x;
  let p = (((1.3184213e-8 * u + 2.0471822e-5) * u + 3.4865814e-3) * u + 0.13373197) * u + 0.9999999;
  let q = (((7.7026590e-7 * u + 3.2713846e-4) * u + 2.5841977e-2) * u + 0.46706494) * u + 1.0;
  return x * p / q;
}

fn sigmoid(x: f32) -> f32 {
  return 0.5 + 0.5 * safe_tanh(0.5 * x);
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
