import { f32, wgsl } from './wgsl.ts';

/**
 * σ and tanh of a number, within 4e-7. tanh is x·P(x²)/Q(x²) on ±9, beyond which it is 1 in float32; P and Q are a
 * minimax fit with an error of 2e-8. A ratio of polynomials is quicker than exp on software adapters, and the built-in
 * tanh overflows to NaN near 89 on some drivers. Results beyond ±9 are set to ±1 with `select`, not `clamp`: clamp
 * doubles the cost on software adapters, and select keeps NaN. The result is bounded, not x, so a saturated gate is
 * exactly 0 or 1 and its gradient exactly 0.
 */
export const activations = /* wgsl */ `
fn safe_tanh(x: f32) -> f32 {
  let u = x * x;
  let p = (((1.3184213e-8 * u + 2.0471822e-5) * u + 3.4865814e-3) * u + 0.13373197) * u + 0.9999999;
  let q = (((7.7026590e-7 * u + 3.2713846e-4) * u + 2.5841977e-2) * u + 0.46706494) * u + 1.0;
  let one = bitcast<f32>((bitcast<u32>(x) & 0x80000000u) | 0x3f800000u);
  return select(x * p / q, one, u > 81.0);
}

fn sigmoid(x: f32) -> f32 {
  return 0.5 + 0.5 * safe_tanh(0.5 * x);
}
`;

/** ln(1 + v) for v ≥ 0. Below 1/32 it is the series, because 1 + v would round v away. */
export const log1p = /* wgsl */ `
fn log1p(v: f32) -> f32 {
  return select(log(1.0 + v), v * (1.0 - v * (0.5 - v * (1.0 / 3.0 - v * 0.25))), v < 0.03125);
}
`;

/**
 * The values that change from one training step to the next: one 256-byte slot a step, bound with a dynamic offset.
 * `first`: where the batch begins in the order; `count`: samples in it (the rest of the stored batch is empty); `slot`:
 * where its metrics go; `step_size`: Adam's bias-corrected learning rate, 0 if the step updates nothing.
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

/** The weight of a sample of each class in an update. */
export type ClassWeights = readonly number[];

/** Options of a loss kernel, which change loss and gradient. */
export interface LossOptions {
  /** The weight of a sample of each class in an update; 1 if absent. */
  classWeights?: ClassWeights;
  /** Share of each label that all classes get alike, as in Keras: in updates and in validation. */
  labelSmoothing?: number;
  /** Of numbers to predict: mean squared error unless it is `mae`, the mean absolute error. */
  loss?: 'mse' | 'mae';
}

/**
 * The weight of a sample with this label: that of its class in an update, 1 if there are no weights or the step updates
 * nothing.
 */
export function classWeightFunction(weights: ClassWeights = []): string {
  return wgsl`
#if ${weights.length > 0}
const CLASS_WEIGHTS = array<f32, ${weights.length}>(${weights.map(f32).join(', ')});
fn class_weight(label: u32) -> f32 {
  return select(1.0, CLASS_WEIGHTS[label], step.step_size > 0.0);
}
#else
fn class_weight(label: u32) -> f32 { return 1.0; }
#endif
`;
}

/** `classWeightFunction` in float64. */
export function weightOf(label: number, stepSize: number, weights: ClassWeights = []): number {
  return stepSize > 0 && weights.length > 0 ? weights[label] : 1;
}
