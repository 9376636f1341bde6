import { tileId } from '../../shaders/lstm_tile.ts';
import { NumpyRandom } from '../data/numpy_random.ts';
import { sha256 } from '../data/sha256.ts';
import { type Dataset, getData } from '../data/synthetic.ts';
import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import { adamStepSize } from '../model/attention_lstm.ts';
import type { AdamConfig, ModelConfig } from '../model/config.ts';
import { createArena, type ParameterName, type Parameters } from '../model/parameters.ts';
import { defaultTiles, lstmTiles, type Tiles, tileDevice } from '../model/tiles.ts';
import { Trainer } from '../train/trainer.ts';
import { type Check, check, largestError, relativeL2 } from './check.ts';

// Reference files hold what another system computed in float64: a model's forward tensors, gradients and Adam steps
// (`model-step`), or a data set's hashes (`dataset`). Arrays are nested, row-major, in Keras' layouts.

const FORWARD_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;

type Nested = number | Nested[];

export interface ModelStepFile {
  kind: 'model-step';
  config: ModelConfig & { batchSize: number; attentionColumn: number };
  adam: AdamConfig;
  steps: number;
  parameters: Record<ParameterName, Nested>;
  expected: {
    loss: number;
    gradients: Record<ParameterName, Nested>;
    lossPerStep: number[];
    correctPerStep: number[];
    parametersAfter?: Record<ParameterName, Nested>;
    parametersAfterNorm?: Record<ParameterName, number>;
  } & Partial<Record<ForwardTensor, Nested>>;
  /** One batch, used in every step … */
  x?: Nested;
  y?: number[];
  /** … or consecutive batches of numpy's stream. */
  data?: { seed: number; samples: number };
}

export interface DatasetFile {
  kind: 'dataset';
  seed: number;
  n: number;
  timeSteps: number;
  inputDim: number;
  attentionColumn: number;
  x_first_sample: number[];
  x_last_sample: number[];
  y_first_64: number[];
  y_sum: number;
  x_f32_sha256: string;
  y_u8_sha256: string;
  next_test_item: { x_first_4: number[]; y: number };
}

/** Forward tensors of a file, and ours. */
const FORWARD_TENSORS = {
  attention: 'attention',
  attended: 'attended',
  hiddenSequence: 'hidden',
  logits: 'logits',
  probabilities: 'probabilities',
} as const;
type ForwardTensor = keyof typeof FORWARD_TENSORS;

/** Throws invalid-file, naming the field, where `content` is no reference file or not a whole one. */
export function requireReferenceFile(name: string, content: unknown): asserts content is ModelStepFile | DatasetFile {
  const { kind } = (content ?? {}) as { kind?: unknown };
  if (kind === 'model-step') requireModelStep(name, content as ModelStepFile);
  else if (kind === 'dataset') requireFields(name, content as object, DATASET_FIELDS);
  else throw new Failure('invalid-file', `${name} has kind ${JSON.stringify(kind)}: give a model-step or dataset file`);
}

const MODEL_FIELDS = ['config', 'adam', 'steps', 'parameters', 'expected'];
const DATASET_FIELDS = [
  ...['seed', 'n', 'timeSteps', 'inputDim', 'attentionColumn', 'x_first_sample', 'x_last_sample'],
  ...['y_first_64', 'y_sum', 'x_f32_sha256', 'y_u8_sha256', 'next_test_item'],
];

function requireFields(name: string, content: object, fields: string[]): void {
  const missing = fields.find((field) => (content as Record<string, unknown>)[field] === undefined);
  if (missing) throw new Failure('invalid-file', `${name} has no ${missing}: give a whole reference file`);
}

function requireModelStep(name: string, file: ModelStepFile): void {
  const wrong = (what: string) => new Failure('invalid-file', `${name}: ${what}: give a whole reference file`);
  requireFields(name, file, MODEL_FIELDS);
  requireFields(`${name}: config`, file.config, ['timeSteps', 'inputDim', 'units', 'batchSize']);
  requireFields(`${name}: adam`, file.adam, ['learningRate', 'beta1', 'beta2', 'epsilon']);
  requireFields(`${name}: expected`, file.expected, ['loss', 'gradients', 'lossPerStep', 'correctPerStep']);
  if (!(Number.isInteger(file.steps) && file.steps >= 1)) throw wrong(`steps is ${file.steps}, not 1 or more`);
  for (const list of ['lossPerStep', 'correctPerStep'] as const) {
    const { length } = file.expected[list];
    if (length !== file.steps) throw wrong(`${list} has ${length} values for ${file.steps} steps`);
  }
  for (const spec of createArena(file.config).specs) {
    for (const [group, values] of Object.entries({ parameters: file.parameters, gradients: file.expected.gradients })) {
      const length = values[spec.name] === undefined ? 0 : flatten(values[spec.name]).length;
      if (length !== spec.length) throw wrong(`${group}.${spec.name} has ${length} values, not ${spec.length}`);
    }
  }
}

/** Runs one reference file on the device. Throws invalid-file where it is not one. */
export async function* checkReferenceFile(gpu: Gpu, name: string, content: unknown): AsyncGenerator<Check> {
  requireReferenceFile(name, content);
  if (content.kind === 'dataset') yield* checkDataset(name, content);
  else yield* checkModelStep(gpu, name, content);
}

/** Every element of a nested array, in order. */
export function flatten(nested: Nested): Float32Array {
  const values: number[] = [];
  const visit = (part: Nested) => {
    if (Array.isArray(part)) part.forEach(visit);
    else values.push(part);
  };
  visit(nested);
  return Float32Array.from(values);
}

/** The file's samples: its one batch, or those that its generator draws. */
export function datasetOf({ config, x, y, data }: ModelStepFile): Dataset {
  const { timeSteps, inputDim, attentionColumn, batchSize } = config;
  if (data) return getData(new NumpyRandom(data.seed), data.samples, timeSteps, inputDim, attentionColumn);
  if (!x || !y) throw new Failure('invalid-file', 'a model-step file needs x and y, or data');
  return { samples: batchSize, timeSteps, inputDim, x: flatten(x), y: Float32Array.from(y) };
}

export function parametersOf(values: Record<ParameterName, Nested>): Parameters {
  return Object.fromEntries(Object.entries(values).map(([name, nested]) => [name, flatten(nested)])) as Parameters;
}

/** The file with single kernels, then with combined ones cut in every way that the tuner may choose. */
async function* checkModelStep(gpu: Gpu, name: string, file: ModelStepFile): AsyncGenerator<Check> {
  const { config } = file;
  const device = tileDevice(gpu);
  const tiles = defaultTiles(config, config.batchSize, device);
  yield* checkSteps(gpu, `${name}, single kernels`, file, { tiles, fused: false });
  for (const tile of lstmTiles(config, config.batchSize, device)) {
    yield* checkSteps(gpu, `${name}, ${tileId(tile)}`, file, { tiles: { ...tiles, forward: tile, backward: tile } });
  }
}

async function* checkSteps(
  gpu: Gpu,
  subject: string,
  file: ModelStepFile,
  cut: { tiles: Tiles; fused?: boolean },
): AsyncGenerator<Check> {
  const { config, adam, steps, expected } = file;
  const { batchSize } = config;
  const dataset = datasetOf(file);
  const trainer = await Trainer.create(gpu, {
    config,
    batchSize,
    dataset,
    parameters: parametersOf(file.parameters),
    adam,
    slots: steps,
    ...cut,
  });
  try {
    trainer.setOrder(Uint32Array.from({ length: dataset.samples }, (_, i) => i));
    trainer.setSteps(
      Array.from({ length: steps }, (_, step) => ({
        first: file.data ? step * batchSize : 0,
        count: batchSize,
        stepSize: adamStepSize(adam, step + 1),
      })),
    );
    trainer.submitUpdates(0, 1);
    const [first] = await trainer.readMetrics(0, 1);
    yield check(subject, 'loss', Math.abs(first.loss / batchSize - expected.loss), FORWARD_TOLERANCE);
    for (const [name, tensor] of Object.entries(FORWARD_TENSORS)) {
      const values = expected[name as ForwardTensor];
      if (values === undefined) continue;
      if (!trainer.plan.tensors.has(tensor)) continue; // A combined kernel keeps it to itself.
      const stored = await trainer.read(tensor);
      const actual =
        tensor === 'hidden'
          ? hiddenSequence(stored, config, trainer.plan.batch)
          : batchFirst(stored, trainer.plan.batch, batchSize);
      yield check(subject, name, largestError(actual, flatten(values)), FORWARD_TOLERANCE);
    }
    const gradients = await trainer.readArena('gradients');
    for (const [name, values] of Object.entries(expected.gradients)) {
      const error = relativeL2(gradients[name as ParameterName], flatten(values));
      yield check(subject, `gradient of ${name}`, error, GRADIENT_TOLERANCE);
    }

    trainer.submitUpdates(1, steps - 1);
    const metrics = await trainer.readMetrics(0, steps);
    const losses = metrics.map(({ loss }) => loss / batchSize);
    const lossError = Math.max(...losses.map((loss, step) => Math.abs(loss - expected.lossPerStep[step])));
    yield check(subject, `losses of ${steps} steps`, lossError, FORWARD_TOLERANCE);
    const correctError = Math.max(...metrics.map(({ correct }, i) => Math.abs(correct - expected.correctPerStep[i])));
    yield check(subject, `correct predictions of ${steps} steps`, correctError, 0);
    yield* checkParametersAfter(subject, await trainer.readArena('parameters'), expected);
  } finally {
    trainer.dispose();
  }
}

function* checkParametersAfter(
  subject: string,
  parameters: Parameters,
  { parametersAfter, parametersAfterNorm }: ModelStepFile['expected'],
): Generator<Check> {
  for (const [name, values] of Object.entries(parametersAfter ?? {})) {
    const error = relativeL2(parameters[name as ParameterName], flatten(values));
    yield check(subject, `${name} after the steps`, error, GRADIENT_TOLERANCE);
  }
  for (const [name, norm] of Object.entries(parametersAfterNorm ?? {})) {
    const error = Math.abs(Math.hypot(...parameters[name as ParameterName]) / norm - 1);
    yield check(subject, `norm of ${name} after the steps`, error, GRADIENT_TOLERANCE);
  }
}

/** hidden (T + 1, stored batch, U), whose first row is the state before the first step → (batch, T, U). */
export function hiddenSequence<T extends Float32Array | Float64Array>(
  values: T,
  { timeSteps, units, batchSize }: ModelStepFile['config'],
  stored: number,
): number[] {
  const sequence: number[] = [];
  for (let b = 0; b < batchSize; b++) {
    for (let t = 1; t <= timeSteps; t++) {
      sequence.push(...values.subarray((t * stored + b) * units, (t * stored + b + 1) * units));
    }
  }
  return sequence;
}

/** (…, stored batch) → (batch, …). */
export function batchFirst<T extends Float32Array | Float64Array>(values: T, stored: number, batch: number): number[] {
  const features = values.length / stored;
  return Array.from({ length: batch * features }, (_, i) => values[(i % features) * stored + Math.floor(i / features)]);
}

async function* checkDataset(subject: string, file: DatasetFile): AsyncGenerator<Check> {
  const { seed, n, timeSteps, inputDim, attentionColumn } = file;
  const random = new NumpyRandom(seed);
  const { x, y } = getData(random, n, timeSteps, inputDim, attentionColumn);
  const next = getData(random, 1, timeSteps, inputDim, attentionColumn);
  const features = timeSteps * inputDim;
  const exact = (name: string, equal: boolean) => check(subject, name, equal ? 0 : 1, 0);
  const float32 = (values: number[]) => Float32Array.from(values);
  yield exact('SHA-256 of x', (await sha256(x)) === file.x_f32_sha256);
  yield exact('SHA-256 of y', (await sha256(Uint8Array.from(y))) === file.y_u8_sha256);
  yield exact('first sample', largestError(x.subarray(0, features), float32(file.x_first_sample)) === 0);
  yield exact('last sample', largestError(x.subarray(-features), float32(file.x_last_sample)) === 0);
  yield exact('first 64 labels', largestError(y.subarray(0, 64), file.y_first_64) === 0);
  yield exact('sum of labels', y.reduce((sum, value) => sum + value, 0) === file.y_sum);
  yield exact('next test item', largestError(next.x.subarray(0, 4), float32(file.next_test_item.x_first_4)) === 0);
  yield exact('label of the next test item', next.y[0] === file.next_test_item.y);
}
