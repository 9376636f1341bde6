import { NumpyRandom } from '../data/numpy_random.ts';
import type { Gpu } from '../gpu/device.ts';
import {
  type AnyKernel,
  type Draw,
  type KernelCase,
  type Numbers,
  readsBinding,
  writesBinding,
} from '../gpu/kernel.ts';
import { Program } from '../gpu/program.ts';
import { onOwnTensors, Tensors } from '../gpu/tensors.ts';
import { tileDevice } from '../model/tiles.ts';
import { type Check, check, largestError } from './check.ts';

/** The value of outputs before a kernel runs: a NaN that no arithmetic produces, so that a missing write shows. */
export const POISON = 0x7fc0dead;

/** A case of a kernel with one of its tiles. */
export interface Trial extends Pick<KernelCase<unknown>, 'shape' | 'inputs'> {
  /** Case and tile: `odd, quads/8`. */
  name: string;
  /** Undefined for a kernel with one schedule. */
  tile: unknown;
}

/** Every case of a kernel with each tile that it is for. */
export function trialsOf({ cases, tiles }: AnyKernel): Trial[] {
  return cases.flatMap(({ name, shape, inputs, tiles: own }): Trial[] => {
    if (!tiles) return [{ name, shape, inputs, tile: undefined }];
    return (own ?? tiles.all(shape)).map((tile) => ({ name: `${name}, ${tiles.id(tile)}`, shape, inputs, tile }));
  });
}

/** Why a device cannot run a trial, as the middle of a sentence; undefined if it can. */
export function misfitOf(gpu: Gpu, kernel: AnyKernel, { shape, tile }: Trial): string | undefined {
  const missing = kernel.features?.(shape, tile).filter((feature) => !gpu.device.features.has(feature)) ?? [];
  if (missing.length > 0) return `this adapter has no ${missing.join(', ')}`;
  return kernel.tiles?.misfit(tile, shape, tileDevice(gpu));
}

/** Runs every trial of a kernel that the device can run, and compares it with the float64 reference. */
export function checkKernel(gpu: Gpu, kernel: AnyKernel): AsyncGenerator<Check> {
  const fitting = trialsOf(kernel).filter((trial) => misfitOf(gpu, kernel, trial) === undefined);
  return checkTrials(gpu, kernel, fitting);
}

/** Runs trials of a kernel and compares them with its float64 reference. */
export async function* checkTrials(gpu: Gpu, kernel: AnyKernel, trials: Trial[]): AsyncGenerator<Check> {
  for (const trial of trials) {
    yield check(kernel.name, trial.name, await trialError(gpu, kernel, trial), kernel.tolerance);
  }
}

/** Inputs of a case: its own, else the kernel's, else standard normal values; the same in every run. */
export function caseInputs(
  kernel: AnyKernel,
  { shape, inputs: ownInputs }: Pick<Trial, 'shape' | 'inputs'>,
): Record<string, Numbers> {
  const random = new NumpyRandom(1);
  const draw: Draw = {
    normal: (count) => new Float32Array(count).map(() => random.normal()),
    integers: (count, limit) => new Uint32Array(count).map(() => random.integerTo(limit - 1)),
  };
  const own = { ...kernel.inputs?.(shape, draw), ...ownInputs?.(shape, draw) };
  const sizes = kernel.sizes(shape);
  const inputs: Record<string, Numbers> = {};
  for (const [name, access] of Object.entries(kernel.bindings)) {
    if (readsBinding(access)) inputs[name] = own[name] ?? draw.normal(sizes[name]);
  }
  return inputs;
}

/** The largest error over a trial's outputs. */
export async function trialError(gpu: Gpu, kernel: AnyKernel, trial: Trial): Promise<number> {
  const inputs = caseInputs(kernel, trial);
  const actual = await runKernel(gpu, kernel, trial, inputs);
  const expected = Object.entries(kernel.reference(inputs, trial.shape));
  return Math.max(...expected.map(([name, values]) => outputError(actual[name], values)));
}

/**
 * The largest error of the elements that the reference has; infinity if the kernel wrote an element that the reference
 * has not.
 */
export function outputError(bits: Uint32Array, expected: Float64Array): number {
  const values = new Float32Array(bits.buffer);
  const written = new Float32Array(expected.length);
  const wanted = new Float64Array(expected.length);
  let count = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i])) {
      if (bits[i] !== POISON) return Number.POSITIVE_INFINITY;
      continue;
    }
    written[count] = values[i];
    wanted[count++] = expected[i];
  }
  return largestError(written.subarray(0, count), wanted.subarray(0, count));
}

/** Runs a kernel once on `inputs`; returns the bits of its outputs by binding. */
export async function runKernel(
  gpu: Gpu,
  kernel: AnyKernel,
  { shape, tile }: Pick<Trial, 'shape' | 'tile'>,
  inputs: Record<string, Numbers>,
): Promise<Record<string, Uint32Array>> {
  const elements = new Map<string, number>();
  const dispatch = onOwnTensors(kernel, shape, tile, elements);
  const tensors = await Tensors.allocate(gpu, `${kernel.name}'s case`, elements, 1);
  try {
    for (const [name, count] of elements) tensors.write(name, inputs[name] ?? new Uint32Array(count).fill(POISON));
    const steps = Object.keys(kernel.bindings).filter((name) => kernel.bindings[name] === 'uniform');
    tensors.writeSteps(steps.map((name) => inputs[name]));
    const program = await Program.create(gpu, [dispatch], tensors);
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    program.record(pass, 0);
    pass.end();
    gpu.device.queue.submit([encoder.finish()]);
    const outputs: Record<string, Uint32Array> = {};
    for (const [name, access] of Object.entries(kernel.bindings)) {
      if (writesBinding(access)) outputs[name] = new Uint32Array((await tensors.read(name)).buffer);
    }
    return outputs;
  } finally {
    tensors.dispose();
  }
}
