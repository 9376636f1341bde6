import fc from 'fast-check';
import { create, globals } from 'webgpu';
import { kernels } from '../shaders/index.ts';
import { blocksOf } from '../shaders/sample_step.ts';
import { Gpu } from '../src/gpu/device.ts';
import { misfitOf, type Trial, trialError } from '../src/verify/kernel_cases.ts';

// A program for Dawn's process: compares kernels at random shapes and with random tiles with their float64 references.
// Sends the kernels that it tried, and fast-check's report of the smallest failing shape, with the seed and the path
// that draw it again.

/** Number of shapes. ATTENTION_LSTM_FUZZ=10000 makes a long run, which draws other shapes each time. */
const RUNS = Number(process.env.ATTENTION_LSTM_FUZZ ?? 400);
const SEED = process.env.ATTENTION_LSTM_FUZZ === undefined ? 1 : undefined;

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);

const upTo = (max: number, min = 1) => fc.integer({ min, max });
const fours = (max: number) => upTo(max).map((count) => 4 * count);
const arena = (elements: number) => 64 * Math.ceil(elements / 64);
const pick = <T>(...values: T[]) => fc.constantFrom(...values);

const series = { timeSteps: upTo(20), inputDim: upTo(5), batch: fours(6) };
const softmax = fc.record({ rows: upTo(80), samples: fours(70) });
const optimizer = { length: upTo(20).map((count) => 64 * count), beta1: pick(0.9, 0.5), beta2: pick(0.999, 0.9) };
const adam = { ...optimizer, epsilon: pick(1e-7, 1e-3) };
const classWeights = pick(undefined, [0.5, 2]);
const labelSmoothing = pick(undefined, 0.2);
const layer = { batch: fours(20), units: upTo(40), outputs: upTo(6), timeSteps: upTo(3) };

const lstm = fc.record({ ...series, units: upTo(9) });

const sample = fc
  .record({ ...series, units: upTo(9, 2), classWeights, labelSmoothing })
  .map((shape) => ({ ...shape, ...blocksOf(shape) }));

const parameterGradients = fc
  .record({ ...series, units: upTo(9), parts: upTo(9), slots: upTo(9) })
  .map((shape) => ({ ...shape, ...blocksOf(shape) }));

const lstmGradient = fc
  .record({ ...series, inputDim: upTo(40), units: upTo(20), parts: upTo(9) })
  .map((shape) => ({ ...shape, stride: arena((shape.inputDim + 1 + shape.units) * 4 * shape.units) }));

const dense = fc.record({ rows: upTo(70), columns: upTo(70), samples: fours(40) });

const denseGradient = fc
  .record({ rows: upTo(40), columns: upTo(40), samples: fours(20), parts: upTo(9) })
  .map((shape) => ({ ...shape, stride: arena((shape.rows + 1) * shape.columns) }));

const outputGradient = fc
  .record({ ...layer, parts: upTo(9) })
  .map((shape) => ({ ...shape, stride: arena((shape.units + 1) * shape.outputs) }));

const penalty = fc
  .record({ length: optimizer.length, l2: pick(1e-4, 0.5), cuts: fc.tuple(upTo(64, 0), upTo(64, 0)) })
  .map(({ cuts: [a, b], ...shape }) => ({ ...shape, kernels: [[Math.min(a, b), Math.max(a, b)]] }));

const gruGradient = fc
  .record({ ...series, units: upTo(9), parts: upTo(9) })
  .map((shape) => ({ ...shape, stride: arena((shape.inputDim + 2 + shape.units) * 3 * shape.units) }));

const turn = fc
  .record({
    timeSteps: upTo(9),
    batch: fours(9),
    features: upTo(20),
    first: upTo(9, 0),
    more: upTo(9, 0),
    skip: upTo(2, 0),
  })
  .chain(({ more, ...shape }) =>
    fc.record({ reversed: fc.boolean(), zeros: fc.boolean() }).map((flags) => {
      return { ...shape, ...flags, width: shape.first + shape.features + more };
    }),
  );

const elements = fc.record({ length: fours(300) });
const states = { timeSteps: upTo(9), batch: fours(9), features: upTo(20), skip: upTo(1, 0) };
const activated = fc.record({ length: fours(99), activation: pick('tanh', 'relu', 'sigmoid') });
const stateRows = fc
  .record({ ...states, wide: upTo(2), rowSkip: upTo(9, 0) })
  .map(({ wide, ...shape }) => ({ ...shape, width: wide * shape.features }));

const matrix = { rows: fours(20), skip: upTo(9, 0), inputs: upTo(30), outputs: upTo(30), first: upTo(9, 0) };
const product = fc
  .record({ ...matrix, transposed: fc.boolean(), more: upTo(9, 0) })
  .map(({ more, ...shape }) => ({ ...shape, block: shape.first + shape.inputs * shape.outputs + more }));
const rowsGradient = fc
  .record({ ...matrix, outputSkip: upTo(9, 0), parts: upTo(9) })
  .map((shape) => ({ ...shape, stride: arena(shape.first + shape.inputs * shape.outputs) }));

/** Shapes of every kernel, and how often each is tried relative to the others. */
const SHAPES: Record<string, [weight: number, shapes: fc.Arbitrary<unknown>]> = {
  gather_batch: [5, fc.record({ ...series, samples: upTo(60, 2) })],
  dense_forward: [12, dense],
  dense_parameter_gradient: [10, denseGradient],
  softmax_forward: [6, softmax],
  softmax_backward: [6, softmax],
  softmax_multiply_forward: [6, softmax],
  softmax_multiply_backward: [6, softmax],
  channel_mean: [5, fc.record(series)],
  multiply_forward: [4, fc.record(series)],
  multiply_backward: [4, fc.record(series)],
  lstm_forward: [24, lstm],
  lstm_backward: [24, lstm],
  lstm_sequence_backward: [12, lstm],
  lstm_parameter_gradient: [8, lstmGradient],
  gru_forward: [8, lstm],
  gru_backward: [8, lstm],
  gru_sequence_backward: [6, lstm],
  gru_parameter_gradient: [6, gruGradient],
  reverse_steps: [4, fc.record(series)],
  turn_to_samples: [6, turn],
  turn_to_features: [6, turn],
  accumulate: [4, elements],
  clear: [4, elements],
  attention_input_gradient: [6, softmax],
  activation_forward: [5, activated],
  activation_backward: [5, activated],
  rows_product: [8, product],
  rows_parameter_gradient: [8, rowsGradient],
  state_scores: [6, stateRows],
  state_sum: [6, fc.record({ ...states, withLast: fc.boolean() })],
  state_gradient: [6, fc.record({ ...states, isProduct: fc.boolean(), querySkip: upTo(9, 0) })],
  concat_forward: [5, fc.record({ ...states, skip: fc.constant(0) })],
  concat_backward: [5, fc.record({ ...states, skip: fc.constant(0) })],
  output_forward: [6, fc.record(layer)],
  output_backward: [6, fc.record(layer)],
  output_parameter_gradient: [6, outputGradient],
  output_loss: [6, fc.record({ batch: fours(40), units: upTo(70), timeSteps: upTo(3), classWeights, labelSmoothing })],
  binary_output: [6, fc.record({ batch: fours(40), classWeights, labelSmoothing })],
  categorical_output: [6, fc.record({ batch: fours(40), outputs: upTo(70, 2), labelSmoothing })],
  regression_output: [4, fc.record({ batch: fours(40), isAbsolute: fc.boolean() })],
  sample_step: [8, sample],
  parameter_gradients: [8, parameterGradients],
  metric_sum: [4, fc.record({ batch: fours(100), slots: upTo(9) })],
  gradient_sum: [4, fc.record({ parts: upTo(12), length: optimizer.length })],
  gradient_sum_adam: [5, fc.record({ ...adam, parts: upTo(12) })],
  adam: [4, fc.record(adam)],
  kernel_penalty: [4, penalty],
  gradient_norm: [3, fc.record({ length: optimizer.length })],
  gradient_clip: [3, fc.record({ length: optimizer.length, largestNorm: pick(0.5, 3, 1000) })],
};

const tried: Record<string, number> = {};

/** `which` picks one of the tiles that the kernel has for the shape and that the device can run. */
async function requireNear([name, shape, which]: [string, unknown, number]): Promise<void> {
  const kernel = kernels.find((kernel) => kernel.name === name);
  if (!kernel) throw new Error(`there is no kernel ${name}`);
  const tiles = kernel.tiles?.all(shape) ?? [undefined];
  const trials = tiles.map((tile): Trial => ({ name: 'random', shape, tile }));
  const fitting = trials.filter((trial) => misfitOf(gpu, kernel, trial) === undefined);
  tried[name] = (tried[name] ?? 0) + 1;
  const error = await trialError(gpu, kernel, fitting[which % fitting.length]);
  if (!(error <= kernel.tolerance)) throw new Error(`it is off by ${error}, and ${kernel.tolerance} is right`);
}

const cases = Object.entries(SHAPES).map(([name, [weight, shapes]]) => ({
  weight,
  arbitrary: fc.tuple(fc.constant(name), shapes, fc.nat()),
}));
let problem: string | undefined;
try {
  await fc.assert(fc.asyncProperty(fc.oneof(...cases), requireNear), { numRuns: RUNS, seed: SEED });
} catch (error) {
  problem = (error as Error).message;
}
process.send?.({ tried, problem }, () => process.exit());
