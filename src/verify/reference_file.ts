import { gruForward } from '../../shaders/gru.ts';
import { gruBackward, gruSequenceBackward } from '../../shaders/gru_backward.ts';
import { lstmBackward, lstmForward, lstmSequenceBackward } from '../../shaders/lstm.ts';
import type { Dataset } from '../data/dataset.ts';
import { NumpyRandom } from '../data/numpy_random.ts';
import { sha256 } from '../data/sha256.ts';
import { getData } from '../data/synthetic.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import { KERAS_ADAM } from '../model/config.ts';
import type { View } from '../model/layers/layer.ts';
import { sampleOf, viewsOf } from '../model/model_layers.ts';
import { metricOf } from '../model/outputs/index.ts';
import type { Parameters } from '../model/parameters.ts';
import { createPlan } from '../model/plan.ts';
import { defaultTiles, type Tiles, tileDevice } from '../model/tiles.ts';
import { stepSizeOf } from '../model/update.ts';
import type { BatchMetrics } from '../train/stepper.ts';
import { Trainer } from '../train/trainer.ts';
import { type Check, check, largestError, relativeL2 } from './check.ts';
import { modelStepOf } from './layers_step.ts';
import {
  type DatasetFile,
  FORWARD_TENSORS,
  type ForwardTensor,
  flatten,
  type ModelStepFile,
  type Nested,
  requireReferenceFile,
} from './reference_content.ts';

const FORWARD_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;

/** Runs one reference file on the device. Throws invalid-file if its content is invalid. */
export async function* checkReferenceFile(gpu: Gpu, name: string, content: unknown): AsyncGenerator<Check> {
  const file = readReferenceFile(name, content);
  if (file.kind === 'dataset') yield* checkDataset(name, file);
  else yield* checkModelStep(gpu, name, file);
}

/** A file that was parsed. Throws invalid-file, with the field, if it is no reference file or not a whole one. */
export function readReferenceFile(name: string, content: unknown): ModelStepFile | DatasetFile {
  const { kind } = (content ?? {}) as { kind?: unknown };
  if (kind === 'layers-step') return modelStepOf(name, content);
  requireReferenceFile(name, content);
  return content;
}

/** The samples of a file: its one batch, or those that its generator draws. */
export function datasetOf({ config, x = [], y = [], data }: ModelStepFile): Dataset {
  const { timeSteps, inputDim, attentionColumn, batchSize } = config;
  if (data) return getData(new NumpyRandom(data.seed), data.samples, timeSteps, inputDim, attentionColumn);
  return { samples: batchSize, timeSteps, inputDim, x: flatten(x), y: Float32Array.from(y) };
}

export function parametersOf(values: Record<string, Nested>): Parameters {
  return Object.fromEntries(Object.entries(values).map(([name, nested]) => [name, flatten(nested)])) as Parameters;
}

/** Checks the file with single kernels, then with combined kernels and each tile that the tuner may choose. */
async function* checkModelStep(gpu: Gpu, name: string, file: ModelStepFile): AsyncGenerator<Check> {
  const { config } = file;
  const device = tileDevice(gpu);
  const tiles = defaultTiles(config, config.batchSize, device);
  yield* checkSteps(gpu, `${name}, single kernels`, file, { tiles, fused: false });
  for (const tile of recurrentTiles(config, tiles)) {
    const chosen = Object.fromEntries(RECURRENT.map((kernel) => [kernel.name, tile]));
    yield* checkSteps(gpu, `${name}, ${tile}`, file, { tiles: { ...tiles, chosen } });
  }
}

const RECURRENT: AnyKernel[] = [
  lstmForward,
  lstmBackward,
  lstmSequenceBackward,
  gruForward,
  gruBackward,
  gruSequenceBackward,
];

/** The tiles that the recurrent kernels of a model can choose from. */
function recurrentTiles(config: ModelStepFile['config'], { device, chunkSteps }: Tiles): Set<string> {
  const { batchSize } = config;
  const plan = createPlan({ config, batchSize, samples: batchSize, slots: 1, adam: KERAS_ADAM, chunkSteps });
  return new Set(
    [...plan.forward, ...plan.backward].flatMap(({ kernel, shape }) => {
      const tiling = RECURRENT.includes(kernel) ? kernel.tiles : undefined;
      return tiling?.choices(shape, device).map(tiling.id) ?? [];
    }),
  );
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
    update: file.update,
    ...cut,
  });
  try {
    trainer.setOrder(Uint32Array.from({ length: dataset.samples }, (_, i) => i));
    trainer.setSteps(
      Array.from({ length: steps }, (_, step) => ({
        first: file.data ? step * batchSize : 0,
        count: batchSize,
        stepSize: stepSizeOf(file.update ?? {}, adam, step + 1),
      })),
    );
    // A GPU may leave no tensors of the forward pass behind an update.
    trainer.submitForward(0, 1);
    const [first] = await trainer.readMetrics(0, 1);
    yield check(subject, 'loss', Math.abs(first.loss / batchSize - expected.loss), FORWARD_TOLERANCE);
    for (const view of viewsOf(config)) {
      const [name = view.name] = Object.entries(FORWARD_TENSORS).find(([, ours]) => ours === view.name) ?? [];
      const values = expected[name as ForwardTensor] ?? expected.tensors?.[view.tensor];
      if (!values) continue;
      if (!trainer.plan.tensors.has(view.tensor)) continue; // A combined kernel keeps it to itself.
      const actual = samplesOf(view, await trainer.read(view.tensor), trainer.plan.batch, batchSize);
      yield check(subject, name, largestError(actual, flatten(values)), FORWARD_TOLERANCE);
    }
    trainer.submitUpdates(0, 1);
    const gradients = await trainer.readArena('gradients');
    for (const { name } of trainer.plan.arena.specs) {
      const error = relativeL2(gradients[name], flatten(expected.gradients[name]));
      yield check(subject, `gradient of ${name}`, error, GRADIENT_TOLERANCE);
    }

    trainer.submitUpdates(1, steps - 1);
    const metrics = await trainer.readMetrics(0, steps);
    const losses = metrics.map(({ loss }) => loss / batchSize);
    const lossError = Math.max(...losses.map((loss, step) => Math.abs(loss - expected.lossPerStep[step])));
    yield check(subject, `losses of ${steps} steps`, lossError, FORWARD_TOLERANCE);
    if (expected[metricOf(config.output).reference.list]) yield checkSecondMetric(subject, metrics, file);
    yield* checkParametersAfter(subject, await trainer.readArena('parameters'), expected);
  } finally {
    trainer.dispose();
  }
}

/** Counts must be equal; sums of errors may differ by rounding. */
function checkSecondMetric(subject: string, metrics: BatchMetrics[], file: ModelStepFile): Check {
  const { list, words, isCount } = metricOf(file.config.output).reference;
  const expected = file.expected[list] ?? [];
  const error = Math.max(...metrics.map(({ second }, step) => Math.abs(second - expected[step])));
  const [difference, tolerance] = isCount ? [error, 0] : [error / file.config.batchSize, FORWARD_TOLERANCE];
  return check(subject, `${words} of ${file.steps} steps`, difference, tolerance);
}

/**
 * The values of a view sample by sample, as files have them; `stored` is the samples of the tensor, `batch` those of
 * the file.
 */
export function samplesOf(view: View, values: ArrayLike<number>, stored: number, batch: number): number[] {
  return Array.from({ length: batch }, (_, b) => [...sampleOf(view, values, stored, b)]).flat();
}

function* checkParametersAfter(
  subject: string,
  parameters: Parameters,
  { parametersAfter, parametersAfterNorm }: ModelStepFile['expected'],
): Generator<Check> {
  for (const [name, values] of Object.entries(parameters)) {
    const after = parametersAfter?.[name];
    if (after !== undefined) {
      const error = relativeL2(values, flatten(after));
      yield check(subject, `${name} after the steps`, error, GRADIENT_TOLERANCE);
    }
    const norm = parametersAfterNorm?.[name];
    if (norm !== undefined) {
      const error = Math.abs(Math.hypot(...values) / norm - 1);
      yield check(subject, `norm of ${name} after the steps`, error, GRADIENT_TOLERANCE);
    }
  }
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
