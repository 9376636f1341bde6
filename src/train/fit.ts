import { NumpyRandom } from '../data/numpy_random.ts';
import { concatenate, getData, getItems } from '../data/synthetic.ts';
import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import { adamStepSize } from '../model/attention_lstm.ts';
import { type ExperimentConfig, KERAS_ADAM, trainingSamples } from '../model/config.ts';
import { initialParameters, type Parameters } from '../model/parameters.ts';
import type { Tiles } from '../model/tiles.ts';
import { type EpochRecord, meanMetrics } from './history.ts';
import { type BatchMetrics, requireFit, Trainer } from './trainer.ts';

/** Fresh items over which the experiment averages the attention. */
export const ATTENTION_ITEMS = 1000;

/** What somebody wants to see while it trains; each costs a reading from the GPU. */
export interface Watch {
  /** Running loss and accuracy with every `step` event, not only at the epoch's end. */
  metrics?: boolean;
  /** The mean attention after every epoch, not only at the end. */
  attention?: boolean;
}

/** Mean attention over the fresh items: (T, D) row-major. */
export interface MeanAttention {
  timeSteps: number;
  inputDim: number;
  values: number[];
}

export type FitEvent =
  | { type: 'data'; samples: number; trainingSamples: number; validationSamples: number; seconds: number }
  | { type: 'ready'; seconds: number }
  | {
      type: 'step';
      epoch: number;
      /** Updates done in this epoch, and in all of it. */
      step: number;
      steps: number;
      /** Since the run's first update was submitted, pauses left out. */
      seconds: number;
      samplesPerSecond: number;
      /** Running means of this epoch, where watched. */
      loss?: number;
      accuracy?: number;
    }
  | ({ type: 'epoch'; epochs: number; steps: number } & EpochRecord)
  | { type: 'attention'; epoch: number; attention: MeanAttention };

export interface FitResult {
  history: EpochRecord[];
  attention: MeanAttention;
  parameters: Parameters;
  /** True when it was stopped before its last epoch. */
  stopped: boolean;
  /** Training and validation alone: no data, no compiling, no pauses, no attention. */
  seconds: number;
}

interface Batch {
  first: number;
  count: number;
}

/** Batches that cover samples first … first + samples − 1 of the order; the last may be short. */
function batchesOf(first: number, samples: number, batchSize: number): Batch[] {
  return Array.from({ length: Math.ceil(samples / batchSize) }, (_, i) => ({
    first: first + i * batchSize,
    count: Math.min(batchSize, samples - i * batchSize),
  }));
}

/**
 * Sizes submissions so that each takes about `TARGET_MS`: long enough to hide the cost of submitting, short enough that a
 * stop, a pause or the page's own drawing never waits long.
 */
class Pacer {
  private static readonly TARGET_MS = 100;
  private perBatch: number | undefined;

  next(remaining: number): number {
    const count = this.perBatch === undefined ? 1 : Math.round(Pacer.TARGET_MS / this.perBatch);
    return Math.min(remaining, Math.max(1, count));
  }

  measured(batches: number, ms: number): void {
    this.perBatch = Math.max(ms / batches, 1e-3);
  }
}

/** Counts the seconds of training alone: it stands still while the consumer pauses the run or the attention is measured. */
class Stopwatch {
  private elapsed = 0;
  private started = performance.now();

  get seconds(): number {
    return (this.elapsed + performance.now() - this.started) / 1000;
  }

  /** Stands still from this call until the returned function is called. */
  pause(): () => void {
    this.elapsed += performance.now() - this.started;
    return () => {
      this.started = performance.now();
    };
  }
}

export interface FitOptions {
  watch?: Watch;
  signal?: AbortSignal;
  /** How the kernels are cut; by rule when absent. */
  tiles?: Tiles;
}

/** Samples of a batch: one larger than what there is to put into it would only take memory. */
export function batchSizeOf({ samples, batchSize, validationSplit }: ExperimentConfig): number {
  const training = trainingSamples(samples, validationSplit);
  return Math.min(batchSize, Math.max(training, samples - training));
}

/**
 * Builds the experiment's data, trains on it with `fit`'s semantics and measures the attention. Between two events nothing
 * runs until the consumer asks for the next one: not asking is a pause. After an abort it ends with what it has.
 * The same config and adapter give the same bits.
 */
export async function* fitExperiment(
  gpu: Gpu,
  config: ExperimentConfig,
  { watch = {}, signal, tiles }: FitOptions = {},
): AsyncGenerator<FitEvent, FitResult> {
  const { samples, timeSteps, inputDim, attentionColumn, epochs, seed } = config;
  const started = performance.now();
  const training = trainingSamples(samples, config.validationSplit);
  const batchSize = batchSizeOf(config);
  const batches = {
    training: batchesOf(0, training, batchSize),
    validation: batchesOf(training, samples - training, batchSize),
    items: batchesOf(samples, ATTENTION_ITEMS, batchSize),
  };
  const slots = Math.max(batches.training.length + batches.validation.length, batches.items.length);
  requireFit(gpu, { config, batchSize, samples: samples + ATTENTION_ITEMS, slots, tiles });

  const random = new NumpyRandom(seed);
  const data = getData(random, samples, timeSteps, inputDim, attentionColumn);
  const items = getItems(random, ATTENTION_ITEMS, timeSteps, inputDim, attentionColumn);
  yield {
    type: 'data',
    samples,
    trainingSamples: training,
    validationSamples: samples - training,
    seconds: (performance.now() - started) / 1000,
  };

  const trainer = await Trainer.create(gpu, {
    config,
    batchSize,
    dataset: concatenate([data, items]),
    parameters: initialParameters(config, seed),
    adam: { ...KERAS_ADAM, learningRate: config.learningRate },
    slots,
    tiles,
  });
  try {
    yield { type: 'ready', seconds: (performance.now() - started) / 1000 };
    const run = new Run(trainer, config, batches, watch, signal);
    return yield* run.all(epochs);
  } finally {
    trainer.dispose();
  }
}

interface RunBatches {
  training: Batch[];
  validation: Batch[];
  items: Batch[];
}

/** The state of one run of `fit`: where it is, what it recorded. */
class Run {
  private readonly order: Uint32Array;
  private readonly orderRandom: NumpyRandom;
  private readonly pacer = new Pacer();
  private readonly stopwatch = new Stopwatch();
  private readonly history: EpochRecord[] = [];
  private updates = 0;

  constructor(
    private readonly trainer: Trainer,
    private readonly config: ExperimentConfig,
    private readonly batches: RunBatches,
    private readonly watch: Watch,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.order = Uint32Array.from({ length: config.samples + ATTENTION_ITEMS }, (_, i) => i);
    this.orderRandom = new NumpyRandom([config.seed, 2]);
  }

  async *all(epochs: number): AsyncGenerator<FitEvent, FitResult> {
    const { trainer } = this;
    let attention: MeanAttention | undefined;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const record = yield* this.epoch(epoch);
      if (!record) break;
      this.history.push(record);
      attention = undefined;
      yield* this.handOver({ type: 'epoch', epochs, steps: this.batches.training.length, ...record });
      if (this.watch.attention) {
        const resume = this.stopwatch.pause();
        attention = await this.measureAttention();
        resume();
        yield* this.handOver({ type: 'attention', epoch, attention });
      }
    }
    const { seconds } = this.stopwatch;
    return {
      history: this.history,
      seconds,
      attention: attention ?? (await this.measureAttention()),
      parameters: await trainer.readArena('parameters'),
      stopped: this.history.length < epochs,
    };
  }

  private async *handOver(event: FitEvent): AsyncGenerator<FitEvent, void> {
    const resume = this.stopwatch.pause();
    yield event;
    resume();
  }

  /** One epoch and its validation; undefined when it was stopped in the middle. */
  private async *epoch(epoch: number): AsyncGenerator<FitEvent, EpochRecord | undefined> {
    const { trainer, batches, order } = this;
    const before = this.stopwatch.seconds;
    this.orderRandom.shuffle(order.subarray(0, trainingSamples(this.config.samples, this.config.validationSplit)));
    trainer.setOrder(order);
    const adam = { ...KERAS_ADAM, learningRate: this.config.learningRate };
    const updatesBefore = this.updates;
    trainer.setSteps(
      [...batches.training, ...batches.validation].map((batch, i) => ({
        ...batch,
        stepSize: adamStepSize(adam, updatesBefore + i + 1),
      })),
    );
    if (!(yield* this.train(epoch))) return undefined;
    this.updates += batches.training.length;
    await this.validate();

    const slots = batches.training.length + batches.validation.length;
    const metrics = await trainer.readMetrics(0, slots);
    const trained = metrics.slice(0, batches.training.length);
    this.requireFinite(metrics, epoch);
    const training = meanMetrics(trained, sampleCount(batches.training));
    const record: EpochRecord = { epoch, seconds: this.stopwatch.seconds - before, ...training };
    if (batches.validation.length > 0) {
      const { loss, accuracy } = meanMetrics(metrics.slice(batches.training.length), sampleCount(batches.validation));
      record.valLoss = loss;
      record.valAccuracy = accuracy;
    }
    return record;
  }

  /** The epoch's updates; false when it was stopped. */
  private async *train(epoch: number): AsyncGenerator<FitEvent, boolean> {
    const { trainer, batches, pacer } = this;
    const steps = batches.training.length;
    let done = 0;
    while (done < steps) {
      if (this.signal?.aborted) return false;
      const started = performance.now();
      const count = pacer.next(steps - done);
      trainer.submitUpdates(done, count);
      done += count;
      const metrics = this.watch.metrics ? await trainer.readMetrics(0, done) : await trainer.finished();
      const ms = performance.now() - started;
      pacer.measured(count, ms);
      const samples = sampleCount(batches.training.slice(done - count, done));
      yield* this.handOver({
        type: 'step',
        epoch,
        step: done,
        steps,
        seconds: this.stopwatch.seconds,
        samplesPerSecond: (1000 * samples) / ms,
        ...(metrics && meanMetrics(metrics, sampleCount(batches.training.slice(0, done)))),
      });
    }
    return true;
  }

  private async validate(): Promise<void> {
    const { trainer, batches } = this;
    const first = batches.training.length;
    for (let done = 0; done < batches.validation.length; ) {
      const started = performance.now();
      const count = this.pacer.next(batches.validation.length - done);
      trainer.submitForward(first + done, count);
      await trainer.finished();
      done += count;
      this.pacer.measured(count, performance.now() - started);
    }
  }

  /** Mean attention of the fresh items, with the parameters as they are. */
  private async measureAttention(): Promise<MeanAttention> {
    const { timeSteps, inputDim, samples } = this.config;
    const { trainer, batches } = this;
    trainer.setSteps(batches.items.map((batch) => ({ ...batch, stepSize: 0 })));
    trainer.setOrder(Uint32Array.from({ length: samples + ATTENTION_ITEMS }, (_, i) => i));
    const sums = new Float64Array(timeSteps * inputDim);
    const stored = trainer.plan.batch;
    for (const [slot, { count }] of batches.items.entries()) {
      trainer.submitForward(slot, 1);
      const attention = await trainer.read('attention');
      for (let i = 0; i < sums.length; i++) {
        for (let b = 0; b < count; b++) sums[i] += attention[i * stored + b];
      }
    }
    const values = Array.from(sums, (sum) => sum / ATTENTION_ITEMS);
    if (!values.every(Number.isFinite)) throw this.notFinite('the attention', 'after the last update');
    return { timeSteps, inputDim, values };
  }

  /** Throws not-finite with the first batch whose loss is not: updates first, then validation. */
  private requireFinite(metrics: BatchMetrics[], epoch: number): void {
    const slot = metrics.findIndex(({ loss }) => !Number.isFinite(loss));
    if (slot < 0) return;
    const steps = this.batches.training.length;
    const what = slot < steps ? 'the loss' : 'the validation loss';
    throw this.notFinite(what, `in step ${slot < steps ? slot + 1 : slot - steps + 1} of epoch ${epoch}`);
  }

  private notFinite(what: string, where: string): Failure {
    const advice = `use a smaller learning rate than ${this.config.learningRate}`;
    return new Failure('not-finite', `${what} is no longer a finite number ${where}: ${advice}`);
  }
}

function sampleCount(batches: Batch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

/** Attention over the time steps: the mean over the channels. */
export function attentionOverSteps({ timeSteps, inputDim, values }: MeanAttention): number[] {
  return Array.from({ length: timeSteps }, (_, t) => {
    let sum = 0;
    for (let d = 0; d < inputDim; d++) sum += values[t * inputDim + d];
    return sum / inputDim;
  });
}
