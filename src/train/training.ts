import { NumpyRandom } from '../data/numpy_random.ts';
import { Failure } from '../errors.ts';
import { KERAS_ADAM, type TrainingConfig } from '../model/config.ts';
import { stepSizeOf } from '../model/update.ts';
import { sampleCount, type TrainingBatches } from './batches.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { FitEvent, Watch } from './fit_event.ts';
import { type EpochRecord, meanMetrics, validationMetrics } from './history.ts';
import { LearningRate, Standstill } from './learning_rate.ts';
import type { MeanAttention } from './mean_attention.ts';
import { everySample, Measuring } from './measuring.ts';
import { requireFiniteLosses } from './not_finite.ts';
import { type Pace, Pacer } from './pace.ts';
import { StateKeeper } from './state_keeper.ts';
import type { Stepper } from './stepper.ts';

export interface TrainingOptions {
  watch: Watch;
  signal?: AbortSignal;
  /** Pauses and single steps. */
  pace: Pace;
  /** The checkpoint to resume from. */
  resume?: Checkpoint;
}

/** The outcome of a training. */
export interface Trained {
  history: EpochRecord[];
  attention: MeanAttention;
  /** Float32 in the order of the arena: the best epoch's if `bestEpoch` is there, else those after the last update. */
  parameters: Float32Array;
  /**
   * The state after the last update, whichever epoch was the best: a later run resumes from here, for more epochs or
   * after a stop.
   */
  checkpoint: Checkpoint;
  /** True when a signal stopped it before its last epoch. */
  stopped: boolean;
  /** The epoch whose parameters these are, if early stopping restored them in the place of later ones. */
  bestEpoch?: number;
  /** Training and validation alone: no data, no compiling, no pauses, no attention. */
  seconds: number;
}

/** The training loop: epochs of updates on a stepper, from the start or from a checkpoint. */
export class Training {
  private readonly order: Uint32Array;
  private readonly orderRandom: NumpyRandom;
  private readonly pacer = new Pacer();
  private readonly measuring: Measuring;
  private readonly stopwatch: Stopwatch;
  private readonly history: EpochRecord[] = [];
  private readonly learningRate: LearningRate;
  private readonly standstill: Standstill;
  private readonly states: StateKeeper;
  /** Of the epochs in the history. */
  private secondsRecorded = 0;
  /** Updates of the current epoch that are done. */
  private step: number;
  private checkpointed = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stepper: Stepper,
    private readonly config: TrainingConfig,
    private readonly batches: TrainingBatches,
    private readonly options: TrainingOptions,
  ) {
    const { resume } = options;
    this.order = everySample(stepper);
    this.orderRandom = new NumpyRandom([config.seed, 2]);
    this.measuring = new Measuring(stepper, config, this.pacer);
    this.learningRate = new LearningRate(config);
    this.standstill = new Standstill();
    for (const record of resume?.history ?? []) this.record(record);
    this.states = new StateKeeper(stepper, config, this.history, resume?.best);
    if (resume) {
      stepper.restore(resume.state);
      stepper.restoreMetrics(resume.metrics);
      // The order continues from the last epoch's.
      for (let epoch = 0; epoch < resume.epoch; epoch++) this.shuffle();
    }
    this.step = resume?.step ?? 0;
    this.stopwatch = new Stopwatch(1000 * (resume?.seconds ?? 0));
  }

  /**
   * Trains to the end. If a number becomes infinite or NaN, the last good state comes as a checkpoint before the
   * failure.
   */
  async *run(): AsyncGenerator<FitEvent, Trained> {
    try {
      return yield* this.epochs();
    } catch (error) {
      if (error instanceof Failure && error.code === 'not-finite') {
        const checkpoint = await this.states.keptCheckpoint();
        if (checkpoint) yield { type: 'checkpoint', checkpoint };
      }
      throw error;
    }
  }

  private async *epochs(): AsyncGenerator<FitEvent, Trained> {
    const { history, options } = this;
    const { epochs } = this.config;
    let attention: MeanAttention | undefined;
    let stopped = false;
    if (options.watch.parameters) {
      const { step } = this;
      yield* step === 0 ? this.showParameters(history.length) : this.showParameters(history.length + 1, step);
    }
    for (let epoch = history.length + 1; !this.isFinished; epoch++) {
      if (options.watch.checkpointSeconds !== undefined && this.step === 0) this.states.keepEpoch();
      const record = yield* this.epoch(epoch);
      stopped = !record;
      if (!record) break;
      this.record(record);
      this.step = 0;
      if (this.config.patience !== undefined && this.standstill.epochs === 0) await this.states.keepBest();
      yield* this.handOver({ type: 'epoch', epochs, steps: this.batches.training.length, ...record });
      attention = yield* this.show(epoch);
    }
    return this.end(stopped, attention);
  }

  /** `attention` is of the present parameters, if it is known. */
  private async end(stopped: boolean, attention: MeanAttention | undefined): Promise<Trained> {
    const { stepper, history, measuring, batches } = this;
    const { seconds } = this.stopwatch;
    const checkpoint = await this.states.checkpoint(this.step, seconds);
    const bestEpoch = this.states.restoreBest(this.step);
    const known = bestEpoch === undefined ? attention : undefined;
    return {
      history,
      seconds,
      attention: known ?? (await measuring.attention(batches.attention)),
      parameters: await stepper.read('parameters'),
      checkpoint,
      stopped,
      bestEpoch,
    };
  }

  private record(record: EpochRecord): void {
    this.history.push(record);
    this.secondsRecorded += record.seconds;
    this.learningRate.saw(record);
    this.standstill.saw(record);
  }

  /** All epochs are trained, or the loss has not fallen for long enough. */
  private get isFinished(): boolean {
    const { epochs, patience = Number.POSITIVE_INFINITY } = this.config;
    return this.history.length >= epochs || this.standstill.epochs >= patience;
  }

  /** Yields the watched values of a finished epoch. Returns the attention if it was measured. */
  private async *show(epoch: number): AsyncGenerator<FitEvent, MeanAttention | undefined> {
    const { attention: wantsAttention, parameters } = this.options.watch;
    const resume = this.stopwatch.pause();
    let attention: MeanAttention | undefined;
    if (wantsAttention) {
      attention = await this.measuring.attention(this.batches.attention);
      yield { type: 'attention', epoch, attention };
    }
    if (parameters) yield* this.showParameters(epoch);
    // No checkpoint after the last epoch: the result itself carries it. A host that is interrupted before then resumes
    // from the previous one.
    if (!this.isFinished) yield* this.showCheckpoint();
    resume();
    return attention;
  }

  private async *showParameters(epoch: number, step?: number): AsyncGenerator<FitEvent, void> {
    const resume = this.stopwatch.pause();
    yield { type: 'parameters', epoch, step, parameters: await this.stepper.read('parameters') };
    resume();
  }

  /** The checkpoint, if one is due. */
  private async *showCheckpoint(): AsyncGenerator<FitEvent, void> {
    const { checkpointSeconds } = this.options.watch;
    if (checkpointSeconds === undefined || performance.now() - this.checkpointed < 1000 * checkpointSeconds) return;
    const resume = this.stopwatch.pause();
    yield { type: 'checkpoint', checkpoint: await this.states.checkpoint(this.step, this.stopwatch.seconds) };
    this.states.forgetEpoch();
    this.checkpointed = performance.now();
    resume();
  }

  private async *handOver(event: FitEvent): AsyncGenerator<FitEvent, void> {
    const resume = this.stopwatch.pause();
    yield event;
    resume();
  }

  /** One epoch and its validation; undefined when it was stopped in the middle. */
  private async *epoch(epoch: number): AsyncGenerator<FitEvent, EpochRecord | undefined> {
    const { stepper, batches } = this;
    const before = this.secondsRecorded;
    this.shuffle();
    stepper.setOrder(this.order);
    const adam = { ...KERAS_ADAM, learningRate: this.learningRate.next };
    const updatesBefore = (epoch - 1) * batches.training.length;
    stepper.setSteps([
      ...batches.training.map((batch, i) => ({
        ...batch,
        stepSize: stepSizeOf(this.config, adam, updatesBefore + i + 1),
      })),
      ...batches.validation.map((batch) => ({ ...batch, stepSize: 0 })),
    ]);
    if (!(yield* this.train(epoch))) return undefined;
    await this.validate();
    return this.recordOf(epoch, before);
  }

  /** The record of the epoch, from its batches' metrics; `before` are the seconds of the epochs before. */
  private async recordOf(epoch: number, before: number): Promise<EpochRecord> {
    const { batches, config } = this;
    const steps = batches.training.length;
    const metrics = await this.stepper.readMetrics(0, steps + batches.validation.length);
    requireFiniteLosses(metrics, epoch, steps, config);
    const training = meanMetrics(metrics.slice(0, steps), sampleCount(batches.training), config);
    const record: EpochRecord = { epoch, seconds: this.stopwatch.seconds - before, ...training };
    if (batches.validation.length > 0) {
      const validation = meanMetrics(metrics.slice(steps), sampleCount(batches.validation), config);
      Object.assign(record, validationMetrics(validation));
    }
    return record;
  }

  /** Puts the training part in the next random order. */
  private shuffle(): void {
    if (this.config.shuffle === false) return;
    this.orderRandom.shuffle(this.order.subarray(0, sampleCount(this.batches.training)));
  }

  /** Runs the rest of the epoch's updates; false when it was stopped. */
  private async *train(epoch: number): AsyncGenerator<FitEvent, boolean> {
    const { stepper, batches, pacer } = this;
    const { watch, signal, pace } = this.options;
    const steps = batches.training.length;
    while (this.step < steps) {
      const resume = this.stopwatch.pause();
      const most = await pace.next();
      resume();
      if (signal?.aborted) return false;
      const started = performance.now();
      const count = Math.min(most, pacer.next(steps - this.step));
      stepper.submitUpdates(this.step, count);
      const done = this.step + count;
      this.step = done;
      const metrics = watch.metrics ? await stepper.readMetrics(0, done) : await stepper.finished();
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
        ...(metrics && meanMetrics(metrics, sampleCount(batches.training.slice(0, done)), this.config)),
      });
      if (most === 1 && watch.parameters) yield* this.showParameters(epoch, done);
      if (done < steps) yield* this.showCheckpoint();
    }
    return true;
  }

  private async validate(): Promise<void> {
    const { stepper, batches, pacer } = this;
    const first = batches.training.length;
    for (let done = 0; done < batches.validation.length; ) {
      const started = performance.now();
      const count = pacer.next(batches.validation.length - done);
      stepper.submitForward(first + done, count);
      await stepper.finished();
      done += count;
      pacer.measured(count, performance.now() - started);
    }
  }
}

/**
 * Counts the seconds of training alone: it stands still while the consumer pauses the training or the attention is
 * measured.
 */
class Stopwatch {
  /** Absent while it stands still. */
  private started: number | undefined = performance.now();

  /** `elapsed` are milliseconds that count already. */
  constructor(private elapsed = 0) {}

  get seconds(): number {
    return (this.elapsed + (this.started === undefined ? 0 : performance.now() - this.started)) / 1000;
  }

  /** Stands still from this call until the returned function is called; within another pause it changes nothing. */
  pause(): () => void {
    if (this.started === undefined) return () => {};
    this.elapsed += performance.now() - this.started;
    this.started = undefined;
    return () => {
      this.started = performance.now();
    };
  }
}
