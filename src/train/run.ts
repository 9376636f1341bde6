import { NumpyRandom } from '../data/numpy_random.ts';
import { Failure } from '../errors.ts';
import { adamStepSize } from '../model/attention_lstm.ts';
import { KERAS_ADAM, type TrainingConfig } from '../model/config.ts';
import { type RunBatches, sampleCount } from './batches.ts';
import { type Checkpoint, describePlace } from './checkpoint.ts';
import type { FitEvent, FitOptions, FitResult } from './fit.ts';
import { type EpochRecord, meanMetrics } from './history.ts';
import { LearningRate } from './learning_rate.ts';
import type { MeanAttention } from './mean_attention.ts';
import { Pacer } from './pacer.ts';
import { Standstill } from './standstill.ts';
import { Stopwatch } from './stopwatch.ts';
import type { BatchMetrics, Trainer } from './trainer.ts';

type RunOptions = Required<Pick<FitOptions, 'watch' | 'pace'>> & Pick<FitOptions, 'signal' | 'resume'>;

/** The state of one run of `fit`: where it is, what it recorded. */
export class Run {
  private readonly order: Uint32Array;
  private readonly orderRandom: NumpyRandom;
  private readonly pacer = new Pacer();
  private readonly stopwatch: Stopwatch;
  private readonly history: EpochRecord[] = [];
  private readonly learningRate: LearningRate;
  private readonly standstill: Standstill;
  /** The best epoch so far, where early stopping is to restore it. */
  private best: Checkpoint['best'];
  /** Updates of the current epoch that are done. */
  private step: number;
  private checkpointed = Number.NEGATIVE_INFINITY;
  /** The finished epochs of the state that the device keeps a copy of; undefined where a newer one was handed over. */
  private keptEpoch: number | undefined;

  constructor(
    private readonly trainer: Trainer,
    private readonly config: TrainingConfig,
    private readonly batches: RunBatches,
    private readonly options: RunOptions,
  ) {
    const { resume } = options;
    this.order = this.unshuffled();
    this.orderRandom = new NumpyRandom([config.seed, 2]);
    this.learningRate = new LearningRate(config);
    this.standstill = new Standstill(config.earlyStopping?.leastImprovement);
    for (const record of resume?.history ?? []) this.record(record);
    if (resume) {
      trainer.restore(resume.state);
      trainer.restoreMetrics(resume.metrics);
      this.best = resume.best;
      // The order goes on from the last epoch's.
      for (let epoch = 0; epoch < resume.epoch; epoch++) this.shuffle();
    }
    this.step = resume?.step ?? 0;
    this.stopwatch = new Stopwatch(1000 * (resume?.seconds ?? 0));
  }

  /** The whole run. Where it comes to what is no number, the last good state goes before the failure as a checkpoint. */
  async *all(): AsyncGenerator<FitEvent, FitResult> {
    try {
      return yield* this.epochs();
    } catch (error) {
      if (error instanceof Failure && error.code === 'not-finite') yield* this.handOverKept();
      throw error;
    }
  }

  private async *epochs(): AsyncGenerator<FitEvent, FitResult> {
    const { trainer, history, options } = this;
    const { epochs } = this.config;
    let attention: MeanAttention | undefined;
    let stopped = false;
    if (options.watch.parameters) {
      const { step } = this;
      yield* step === 0 ? this.showParameters(history.length) : this.showParameters(history.length + 1, step);
    }
    for (let epoch = history.length + 1; !this.isFinished; epoch++) {
      this.keep();
      const record = yield* this.epoch(epoch);
      stopped = !record;
      if (!record) break;
      this.record(record);
      this.step = 0;
      await this.keepBest();
      yield* this.handOver({ type: 'epoch', epochs, steps: this.batches.training.length, ...record });
      attention = yield* this.show(epoch);
    }
    const checkpoint = await this.checkpoint();
    const bestEpoch = this.restoreBest();
    if (bestEpoch !== undefined) attention = undefined;
    return {
      history: this.history,
      seconds: checkpoint.seconds,
      attention: attention ?? (await this.measureAttention()),
      parameters: await trainer.readArena('parameters'),
      checkpoint,
      stopped,
      bestEpoch,
    };
  }

  private record(record: EpochRecord): void {
    this.history.push(record);
    this.learningRate.saw(record);
    this.standstill.saw(record);
  }

  /** All epochs are trained, or the loss has gone down no more for long enough. */
  private get isFinished(): boolean {
    const { epochs, earlyStopping } = this.config;
    const hasStoppedEarly = earlyStopping !== undefined && this.standstill.epochs >= earlyStopping.patience;
    return this.history.length >= epochs || hasStoppedEarly;
  }

  /** Keeps the parameters of the epoch that has just ended, if it is the best so far and they are to be restored. */
  private async keepBest(): Promise<void> {
    if (!this.config.earlyStopping?.restoreBest || this.standstill.epochs > 0) return;
    this.best = { epoch: this.history.length, state: await this.trainer.readState() };
  }

  /** Puts the best epoch's parameters in the place of later ones; its number where it did. */
  private restoreBest(): number | undefined {
    if (!this.best || this.best.epoch === this.history.length) return undefined;
    this.trainer.restore(this.best.state);
    return this.best.epoch;
  }

  /** What somebody watches of a finished epoch; the attention where that is among it. */
  private async *show(epoch: number): AsyncGenerator<FitEvent, MeanAttention | undefined> {
    const { attention: wantsAttention, parameters } = this.options.watch;
    const resume = this.stopwatch.pause();
    let attention: MeanAttention | undefined;
    if (wantsAttention) {
      attention = await this.measureAttention();
      yield { type: 'attention', epoch, attention };
    }
    if (parameters) yield* this.showParameters(epoch);
    // From a run's end nothing can go on: until its result is taken, it goes on from the checkpoint before.
    if (!this.isFinished) yield* this.showCheckpoint();
    resume();
    return attention;
  }

  private async *showParameters(epoch: number, step?: number): AsyncGenerator<FitEvent, void> {
    yield { type: 'parameters', epoch, step, parameters: await this.trainer.read('parameters') };
  }

  /** The checkpoint, where one is due. */
  private async *showCheckpoint(): AsyncGenerator<FitEvent, void> {
    const { checkpointSeconds } = this.options.watch;
    if (checkpointSeconds === undefined || performance.now() - this.checkpointed < 1000 * checkpointSeconds) return;
    const resume = this.stopwatch.pause();
    yield { type: 'checkpoint', checkpoint: await this.checkpoint() };
    this.keptEpoch = undefined;
    this.checkpointed = performance.now();
    resume();
  }

  /** Keeps the state between two epochs, where somebody wants checkpoints. */
  private keep(): void {
    if (this.options.watch.checkpointSeconds === undefined || this.step > 0) return;
    this.trainer.keepState();
    this.keptEpoch = this.history.length;
  }

  /** What `keep` kept, as a checkpoint. */
  private async *handOverKept(): AsyncGenerator<FitEvent, void> {
    const { config, keptEpoch: epoch, trainer } = this;
    const state = epoch === undefined ? undefined : await trainer.readKeptState();
    if (epoch === undefined || !state?.parameters.every(Number.isFinite)) return;
    const history = this.history.slice(0, epoch);
    const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
    const best = this.best && this.best.epoch <= epoch ? this.best : undefined;
    const checkpoint = { config, epoch, step: 0, metrics: new Float32Array(0), history, seconds, state, best };
    yield { type: 'checkpoint', checkpoint };
  }

  /** Throws not-finite where nothing good could come of going on. */
  private async checkpoint(): Promise<Checkpoint> {
    const { config, history, step, stopwatch, trainer, best } = this;
    const { seconds } = stopwatch;
    const epoch = history.length;
    const measured = await trainer.readMetrics(0, step);
    this.requireFinite(measured, epoch + 1);
    const state = await trainer.readState();
    if (!state.parameters.every(Number.isFinite)) {
      throw this.notFinite('a parameter', `after ${describePlace({ epoch, step })}`);
    }
    const metrics = Float32Array.from(measured.flatMap(({ loss, second }) => [loss, second]));
    return { config, epoch, step, metrics, history: [...history], seconds, state, best };
  }

  private async *handOver(event: FitEvent): AsyncGenerator<FitEvent, void> {
    const resume = this.stopwatch.pause();
    yield event;
    resume();
  }

  /** One epoch and its validation; undefined when it was stopped in the middle. */
  private async *epoch(epoch: number): AsyncGenerator<FitEvent, EpochRecord | undefined> {
    const { trainer, batches } = this;
    const before = this.history.reduce((sum, { seconds }) => sum + seconds, 0);
    this.shuffle();
    trainer.setOrder(this.order);
    const adam = { ...KERAS_ADAM, learningRate: this.learningRate.next };
    const updatesBefore = (epoch - 1) * batches.training.length;
    trainer.setSteps([
      ...batches.training.map((batch, i) => ({ ...batch, stepSize: adamStepSize(adam, updatesBefore + i + 1) })),
      ...batches.validation.map((batch) => ({ ...batch, stepSize: 0 })),
    ]);
    if (!(yield* this.train(epoch))) return undefined;
    await this.validate();

    const slots = batches.training.length + batches.validation.length;
    const metrics = await trainer.readMetrics(0, slots);
    const trained = metrics.slice(0, batches.training.length);
    this.requireFinite(metrics, epoch);
    const { output } = this.config;
    const training = meanMetrics(trained, sampleCount(batches.training), output);
    const record: EpochRecord = { epoch, seconds: this.stopwatch.seconds - before, ...training };
    if (batches.validation.length > 0) {
      const validated = metrics.slice(batches.training.length);
      const validation = meanMetrics(validated, sampleCount(batches.validation), output);
      record.valLoss = validation.loss;
      if (validation.accuracy !== undefined) record.valAccuracy = validation.accuracy;
      if (validation.meanAbsoluteError !== undefined) record.valMeanAbsoluteError = validation.meanAbsoluteError;
    }
    return record;
  }

  /** The training part in another order, the next of the order's random numbers. */
  private shuffle(): void {
    if (this.config.shuffle === false) return;
    this.orderRandom.shuffle(this.order.subarray(0, sampleCount(this.batches.training)));
  }

  /** Every sample in its place. */
  private unshuffled(): Uint32Array {
    return Uint32Array.from({ length: this.trainer.plan.tensors.get('order') ?? 0 }, (_, i) => i);
  }

  /** The epoch's updates that are left; false when it was stopped. */
  private async *train(epoch: number): AsyncGenerator<FitEvent, boolean> {
    const { trainer, batches, pacer } = this;
    const { watch, signal, pace } = this.options;
    const steps = batches.training.length;
    while (this.step < steps) {
      const resume = this.stopwatch.pause();
      const most = await pace.next();
      resume();
      if (signal?.aborted) return false;
      const started = performance.now();
      const count = Math.min(most, pacer.next(steps - this.step));
      trainer.submitUpdates(this.step, count);
      const done = this.step + count;
      this.step = done;
      const metrics = watch.metrics ? await trainer.readMetrics(0, done) : await trainer.finished();
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
        ...(metrics && meanMetrics(metrics, sampleCount(batches.training.slice(0, done)), this.config.output)),
      });
      if (most === 1 && watch.parameters) yield* this.showParameters(epoch, done);
      if (done < steps) yield* this.showCheckpoint();
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

  /** Mean attention of the samples that are for it, with the parameters as they are. */
  private async measureAttention(): Promise<MeanAttention> {
    const { timeSteps, inputDim } = this.config;
    const { trainer, batches } = this;
    trainer.setSteps(batches.attention.map((batch) => ({ ...batch, stepSize: 0 })));
    trainer.setOrder(this.unshuffled());
    const sums = new Float64Array(timeSteps * inputDim);
    const stored = trainer.plan.batch;
    for (let done = 0; done < batches.attention.length; ) {
      const started = performance.now();
      const some = batches.attention.slice(done, done + this.pacer.next(batches.attention.length - done));
      // Waited for together: each reading alone takes longer than a small model's forward pass.
      const read = await Promise.all(
        some.map((_, i) => {
          trainer.submitForward(done + i, 1);
          return trainer.read('attention');
        }),
      );
      for (const [batch, { count }] of some.entries()) {
        for (let i = 0; i < sums.length; i++) {
          for (let b = 0; b < count; b++) sums[i] += read[batch][i * stored + b];
        }
      }
      done += some.length;
      this.pacer.measured(some.length, performance.now() - started);
    }
    const values = Array.from(sums, (sum) => sum / sampleCount(batches.attention));
    if (!values.every(Number.isFinite)) throw this.notFinite('the attention', 'after the last update');
    return { timeSteps, inputDim, values };
  }

  /** Throws not-finite with the first batch whose loss is not: updates first, then validation. */
  private requireFinite(metrics: BatchMetrics[], epoch: number): void {
    const slot = metrics.findIndex(({ loss }) => !Number.isFinite(loss));
    if (slot < 0) return;
    const steps = this.batches.training.length;
    const what = slot < steps ? 'the loss' : 'the validation loss';
    const where = `in step ${slot < steps ? slot + 1 : slot - steps + 1} of epoch ${epoch}`;
    if (slot === 0 && epoch === 1) {
      // Before any update: no learning rate is to blame.
      throw new Failure(
        'not-finite',
        `${what} is no finite number ${where}: the series or the numbers to predict are too large, so scale them down`,
      );
    }
    throw this.notFinite(what, where);
  }

  private notFinite(what: string, where: string): Failure {
    const advice = `use a smaller learning rate than ${this.config.learningRate}`;
    return new Failure('not-finite', `${what} is no longer a finite number ${where}: ${advice}`);
  }
}
