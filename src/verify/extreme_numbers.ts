import { lstmBackward, lstmForward } from '../../shaders/lstm.ts';
import { copyBandwidth, multiplyAddPeak } from '../../shaders/roofline.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel, Numbers } from '../gpu/kernel.ts';
import { type Check, check } from './check.ts';
import { caseInputs, misfitOf, POISON, runKernel, type Trial, trialsOf } from './kernel_cases.ts';

// Numbers at the ends of float32. A kernel must return a finite number within its tolerance if float32 holds the exact
// result and the products in it. Numbers below the smallest normal number may count as zero, before a kernel and within
// it, as WGSL allows.

type Inputs = Record<string, Numbers>;

const SCALES = { '±1e30': 1e30, subnormal: 1e-40 };
type Scale = keyof typeof SCALES;

/** Labels and indices, which are never scaled; and outputs that are never large. */
const FIXED = ['y', 'labels', 'correct', 'order', 'step'];
const BOUNDED = ['gates', 'cell', 'attention', 'probabilities'];
/** Inputs that are never all large, as some of them are shares. */
const MIXED = ['saved'];
/** Kernels that measure the adapter. */
const MEASURING: AnyKernel[] = [multiplyAddPeak, copyBandwidth];

const SMALLEST_NORMAL = 2 ** -126;
/**
 * Error that such values may cause if they count as zero: they are multiplied by at most 1e4, Adam's step size / ε.
 */
const FLUSHED = 1e4 * SMALLEST_NORMAL;

/**
 * Runs a kernel with ±1e30 and with subnormal numbers in each of its inputs, and the LSTM with every tile over 1,024
 * steps.
 */
export async function* checkExtremes(gpu: Gpu, kernel: AnyKernel): AsyncGenerator<Check> {
  if (MEASURING.includes(kernel)) return;
  const trials = trialsOf(kernel);
  const trial = trials.find(({ name }) => name.startsWith('odd')) ?? trials[0];
  yield* checkTrial(gpu, kernel, trial, extremesOf(kernel, trial));
  if (kernel.name === lstmForward.name || kernel.name === lstmBackward.name) yield* checkChains(gpu, kernel);
}

interface Extreme {
  name: string;
  inputs: Inputs;
}

async function* checkTrial(gpu: Gpu, kernel: AnyKernel, trial: Trial, extremes: Extreme[]): AsyncGenerator<Check> {
  if (misfitOf(gpu, kernel, trial) !== undefined) return;
  const { name, shape } = trial;
  for (const { name: what, inputs } of extremes) {
    const actual = await runKernel(gpu, kernel, trial, inputs);
    const errorFor = (inputs: Inputs) =>
      Math.max(
        ...Object.entries(kernel.reference(inputs, shape)).map(([output, expected]) =>
          extremeError(actual[output], expected, BOUNDED.includes(output)),
        ),
      );
    const checkOf = (inputs: Inputs) => check(kernel.name, `${name}, ${what}`, errorFor(inputs), kernel.tolerance);
    const exact = checkOf(inputs);
    yield exact.passed ? exact : checkOf(flushed(inputs));
  }
}

/** The inputs with zeros in place of all numbers below the smallest normal number. */
function flushed(inputs: Inputs): Inputs {
  const flush = (values: Numbers) => values.map((value) => (Math.abs(value) < SMALLEST_NORMAL ? 0 : value));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, FIXED.includes(name) ? values : flush(values)]),
  );
}

/** The inputs of a trial with one of them scaled up or down, each in turn. */
function extremesOf(kernel: AnyKernel, trial: Trial): Extreme[] {
  const inputs = caseInputs(kernel, trial);
  const scaled = (scale: Scale) =>
    Object.keys(inputs)
      .filter((name) => !FIXED.includes(name) && !(SCALES[scale] > 1 && [...BOUNDED, ...MIXED].includes(name)))
      .map((name) => ({
        name: `${scale} in ${name}`,
        inputs: { ...inputs, [name]: times(inputs[name], SCALES[scale]) },
      }));
  return [...scaled('±1e30'), ...scaled('subnormal')];
}

function times(values: Numbers, scale: number): Float32Array {
  return Float32Array.from(values, (value) => scale * value);
}

const CHAIN = { timeSteps: 1024, inputDim: 2, units: 3, batch: 4 };

/** A saturated gate is rounded in every step, and a cell adds up all of these errors. */
const CHAIN_TOLERANCE = CHAIN.timeSteps * 2 ** -24;

/** The factors of a chain's inputs, and the factor of the gradient that comes back through it. */
const CHAINS: Record<string, { factors: Record<string, number>; gradient: number }> = {
  normal: { factors: {}, gradient: 1 },
  saturated: { factors: { x: 10, parameters: 10 }, gradient: 1 },
  '±1e30': { factors: { x: 1e30 }, gradient: 1e30 },
  subnormal: { factors: { x: 1e-40, parameters: 1e-40, hidden: 1e-40, cell: 1e-40 }, gradient: 1e-40 },
};

async function* checkChains(gpu: Gpu, kernel: AnyKernel): AsyncGenerator<Check> {
  const extremes = Object.keys(CHAINS).map((name) => ({ name, inputs: chainInputs(kernel, name) }));
  const rounding = { ...kernel, cases: [{ name: '1,024 steps', shape: CHAIN }], tolerance: CHAIN_TOLERANCE };
  for (const trial of trialsOf(rounding)) yield* checkTrial(gpu, rounding, trial, extremes);
}

/** A chain's inputs forward; backward with the gates and cells that the forward reference returns. */
function chainInputs(kernel: AnyKernel, name: string): Inputs {
  const [ahead, back]: AnyKernel[] = [lstmForward, lstmBackward];
  const { factors, gradient } = CHAINS[name];
  const drawn = Object.entries(caseInputs(ahead, { shape: CHAIN }));
  const forward = Object.fromEntries(drawn.map(([input, values]) => [input, times(values, factors[input] ?? 1)]));
  if (kernel.name === lstmForward.name) return forward;
  const { gates, cell } = ahead.reference(forward, CHAIN);
  const { stateGradient } = caseInputs(back, { shape: CHAIN });
  const { parameters } = forward;
  return { gates: times(gates, 1), cell: times(cell, 1), parameters, stateGradient: times(stateGradient, gradient) };
}

/**
 * The largest error as a share of the largest value, less the possible error of subnormals. Infinity if a number is not
 * finite although float32 holds the exact one, or the reverse. For shares and gates also infinity if the exact value is
 * a whole number and the kernel's is not: the difference is a factor of gradients, which may be large.
 */
function extremeError(bits: Uint32Array, expected: Float64Array, isShare: boolean): number {
  const values = new Float32Array(bits.buffer);
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i];
    if (Number.isNaN(wanted)) {
      if (bits[i] !== POISON) return Number.POSITIVE_INFINITY;
      continue;
    }
    const isHeld = Number.isFinite(Math.fround(wanted));
    if (Number.isFinite(values[i]) !== isHeld) return Number.POSITIVE_INFINITY;
    if (isShare && Number.isInteger(wanted) && values[i] !== wanted) return Number.POSITIVE_INFINITY;
    if (!isHeld) continue;
    error = Math.max(error, Math.abs(values[i] - wanted));
    scale = Math.max(scale, Math.abs(wanted));
  }
  return Math.max(0, error - FLUSHED) / (scale || 1);
}
