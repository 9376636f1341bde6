import type { Dataset } from '../data/dataset.ts';
import { scaleTargets } from '../data/standardisation.ts';
import type { TrainingConfig } from '../model/config.ts';
import { initialParameters, type Parameters } from '../model/parameters.ts';
import {
  type Batch,
  batchesOf,
  batchSizeOf,
  type Parts,
  sampleCount,
  slotsOf,
  type TrainingBatches,
} from './batches.ts';
import { requireSameRun } from './checkpoint.ts';
import { compare, type Evaluation } from './evaluation.ts';
import type { FitEvent, Sample } from './fit_event.ts';
import type { EpochRecord } from './history.ts';
import { type Judged, judge, type Verdict } from './learned.ts';
import { Measuring } from './measuring.ts';
import { Pace, Pacer } from './pace.ts';
import type { Stepper, StepperFactory } from './stepper.ts';
import { type Trained, Training, type TrainingOptions } from './training.ts';

/** Without a pace it goes on to its end. */
export interface FitOptions extends Partial<TrainingOptions> {
  /** In the place of Keras' initial values. */
  parameters?: Parameters;
}

/** How the trained model does on each part that did not train it; a part without series is absent. */
export interface Evaluations {
  /** The part that validates. */
  validation?: Evaluation;
  /** Series that only test; `fit` of the library has none. */
  test?: Evaluation;
}

export interface FitResult extends Trained {
  /** With the parameters of the result. */
  evaluation: Evaluations;
  /** Whether they have learned anything. */
  verdict: Verdict;
}

/** A data set to train on. */
export interface FitSource {
  samples: number;
  parts: Parts;
  /** Makes or reads the samples. Called once, after everything that can be checked without them. */
  load(): Dataset | Promise<Dataset>;
}

/**
 * Trains a model as Keras' `fit` does and measures the attention. Between two events nothing runs until the consumer
 * asks for the next one. After an abort it ends with what it has. The same config, data and adapter give the same bits,
 * whether the run was made at once or resumed. Throws limit if the model or the data are too large for the adapter,
 * invalid-option for a checkpoint that is of another run.
 */
export async function* fitModel(
  steppers: StepperFactory,
  config: TrainingConfig,
  { samples, parts, load }: FitSource,
  {
    watch = {},
    signal,
    pace = new Pace(),
    resume,
    parameters = initialParameters(config, config.seed),
  }: FitOptions = {},
): AsyncGenerator<FitEvent, FitResult> {
  if (resume) requireSameRun(resume, config);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const batchSize = batchSizeOf(parts, config.batchSize);
  const batches = batchesOf(parts, batchSize);
  const slots = slotsOf(batches);
  steppers.requireFit({ config, batchSize, samples, slots, update: config });

  const dataset = await load();
  const { training, validation } = parts;
  yield {
    type: 'data',
    samples: training + validation,
    trainingSamples: training,
    validationSamples: validation,
    seconds: seconds(),
  };

  const learned = { ...dataset, y: scaleTargets(dataset.y, config.targetScale) };
  const stepper = await steppers.create({ config, batchSize, dataset: learned, parameters, slots, update: config });
  try {
    yield { type: 'ready', seconds: seconds() };
    if (watch.samples) yield { type: 'samples', samples: takeSamples(dataset, parts, watch.samples) };
    const trained = yield* new Training(stepper, config, batches, { watch, signal, pace, resume }).run();
    return { ...trained, ...(await evaluateParts(stepper, config, batches, dataset, trained.history)) };
  } finally {
    stepper.dispose();
  }
}

/** The first `count` series of the validation part, or of the training part if nothing validates. */
function takeSamples(dataset: Dataset, { training, validation }: Parts, count: number): Sample[] {
  const first = validation > 0 ? training : 0;
  const size = dataset.timeSteps * dataset.inputDim;
  return Array.from({ length: Math.min(count, training + validation - first) }, (_, i) => {
    const index = first + i;
    return { index, label: dataset.y[index], x: dataset.x.slice(index * size, (index + 1) * size) };
  });
}

/** Predicts the parts that did not train the model. The larger one judges it, or else the training part. */
async function evaluateParts(
  stepper: Stepper,
  config: TrainingConfig,
  { training, validation, test }: TrainingBatches,
  { y }: Dataset,
  history: readonly EpochRecord[],
): Promise<Pick<FitResult, 'evaluation' | 'verdict'>> {
  const measuring = new Measuring(stepper, config, new Pacer());
  const predict = async (part: Batch[]) => {
    const { values, metrics } = await measuring.predict(part);
    const [{ first }] = part;
    const labels = y.subarray(first, first + sampleCount(part));
    return { evaluation: { ...metrics, ...compare(config, values, labels) }, values, y: labels };
  };
  const validated = validation.length > 0 ? await predict(validation) : undefined;
  const tested = test.length > 0 ? await predict(test) : undefined;
  const evaluation = { validation: validated?.evaluation, test: tested?.evaluation };
  const judged = async (): Promise<Judged> => {
    if (tested && tested.y.length > (validated?.y.length ?? 0)) return { part: 'test', ...tested };
    return validated ? { part: 'validation', ...validated } : { part: 'training', ...(await predict(training)) };
  };
  return { evaluation, verdict: judge({ output: config.output, history }, await judged()) };
}
