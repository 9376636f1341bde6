import type { Dataset } from '../data/dataset.ts';
import type { Gpu } from '../gpu/device.ts';
import { KERAS_ADAM, type TrainingConfig } from '../model/config.ts';
import { initialParameters, type Parameters } from '../model/parameters.ts';
import type { Tiles } from '../model/tiles.ts';
import { batchesOf, batchSizeOf, type Parts, slotsOf } from './batches.ts';
import { type Checkpoint, requireSameRun } from './checkpoint.ts';
import type { EpochRecord, Metrics } from './history.ts';
import type { MeanAttention } from './mean_attention.ts';
import { Pace } from './pace.ts';
import { Run } from './run.ts';
import { requireFit, Trainer } from './trainer.ts';

/** What somebody wants to see while it trains; each costs a reading from the GPU. */
export interface Watch {
  /** Running loss and accuracy with every `step` event, not only at the epoch's end. */
  metrics?: boolean;
  /** The mean attention after every epoch, not only at the end. */
  attention?: boolean;
  /** This many series to look at, from the first of the validation part on (of the training part where there is none). */
  samples?: number;
  /** The parameters before training, after every epoch, and after every update where updates are taken one by one. */
  parameters?: boolean;
  /** What it takes to go on, between two updates, whenever this many seconds have passed since the last one; not at the run's end. */
  checkpointSeconds?: number;
}

/** A series to look at: x is (T, D) row-major. */
export interface Sample {
  /** Its place in the data set. */
  index: number;
  label: number;
  x: Float32Array;
}

export type FitEvent =
  | { type: 'data'; samples: number; trainingSamples: number; validationSamples: number; seconds: number }
  | { type: 'ready'; seconds: number }
  /** With the running means of this epoch, where watched. */
  | ({
      type: 'step';
      epoch: number;
      /** Updates done in this epoch, and in all of it. */
      step: number;
      steps: number;
      /** Since the run's first update was submitted, pauses left out. */
      seconds: number;
      samplesPerSecond: number;
    } & Partial<Metrics>)
  | ({ type: 'epoch'; epochs: number; steps: number } & EpochRecord)
  | { type: 'attention'; epoch: number; attention: MeanAttention }
  | { type: 'samples'; samples: Sample[] }
  /** After `step` updates of epoch `epoch`, or all of them where `step` is absent; epoch 0 is before training. Order of the arena. */
  | { type: 'parameters'; epoch: number; step?: number; parameters: Float32Array }
  | { type: 'checkpoint'; checkpoint: Checkpoint };

export interface FitResult {
  history: EpochRecord[];
  attention: MeanAttention;
  parameters: Parameters;
  /** Where more epochs, or those that a stop has left, can go on. */
  checkpoint: Checkpoint;
  /** True when a signal stopped it before its last epoch. */
  stopped: boolean;
  /** The epoch whose parameters these are, where early stopping restored the best ones. */
  bestEpoch?: number;
  /** Training and validation alone: no data, no compiling, no pauses, no attention. */
  seconds: number;
}

export interface FitOptions {
  watch?: Watch;
  signal?: AbortSignal;
  /** Pauses and single steps; without it the run goes on and on. */
  pace?: Pace;
  /** How the kernels are cut; by rule when absent. */
  tiles?: Tiles;
  /** In the place of Keras' initial values. */
  parameters?: Parameters;
  /** Where to go on. */
  resume?: Checkpoint;
}

/** A data set to train on. */
export interface FitSource {
  samples: number;
  parts: Parts;
  /** Makes or reads the samples; called once, when what can be said of them without them has been checked. */
  load(): Dataset | Promise<Dataset>;
}

/**
 * Trains a model as Keras' `fit` does and measures the attention. Between two events nothing runs until the consumer asks for the
 * next one. After an abort it ends with what it has. The same config, data and adapter give the same bits, whether the run was made at
 * once or resumed. Throws limit where the model or the data are too large for the adapter, invalid-option for a checkpoint that
 * is of another run.
 */
export async function* fitModel(
  gpu: Gpu,
  config: TrainingConfig,
  { samples, parts, load }: FitSource,
  {
    watch = {},
    signal,
    pace = new Pace(),
    tiles,
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
  const { update } = config;
  requireFit(gpu, { config, batchSize, samples, slots, tiles, update });

  const dataset = await load();
  const { training, validation } = parts;
  yield {
    type: 'data',
    samples: training + validation,
    trainingSamples: training,
    validationSamples: validation,
    seconds: seconds(),
  };

  const adam = { ...KERAS_ADAM, learningRate: config.learningRate };
  const trainer = await Trainer.create(gpu, { config, batchSize, dataset, parameters, adam, slots, tiles, update });
  try {
    yield { type: 'ready', seconds: seconds() };
    if (watch.samples) yield { type: 'samples', samples: takeSamples(dataset, parts, watch.samples) };
    const run = new Run(trainer, config, batches, { watch, signal, pace, resume });
    return yield* run.all();
  } finally {
    trainer.dispose();
  }
}

/** The first `count` series of the validation part, or of the training part where nothing validates. */
function takeSamples(dataset: Dataset, { training, validation }: Parts, count: number): Sample[] {
  const first = validation > 0 ? training : 0;
  const size = dataset.timeSteps * dataset.inputDim;
  return Array.from({ length: Math.min(count, training + validation - first) }, (_, i) => {
    const index = first + i;
    return { index, label: dataset.y[index], x: dataset.x.slice(index * size, (index + 1) * size) };
  });
}
