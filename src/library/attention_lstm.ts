import { measureTiles } from '../bench/tuner.ts';
import { concatenate } from '../data/dataset.ts';
import { datasetOf, type SeriesSet, shapeOf } from '../data/series_set.ts';
import { fillGaps, fitStandardisation, standardise } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import { readModel, writeModel } from '../formats/model_file.ts';
import { modelAt, type SavedModel, unnamedSeries } from '../formats/saved_model.ts';
import { Gpu } from '../gpu/device.ts';
import { checkModel, EXPERIMENT, type ModelConfig, modelOf } from '../model/config.ts';
import { initialParameters } from '../model/parameters.ts';
import { summarize } from '../model/summary.ts';
import { summaryTable } from '../model/summary_table.ts';
import { defaultTiles, type Tiles, tileDevice } from '../model/tiles.ts';
import { checkSettings, requireKnown } from '../settings/check.ts';
import type { Settings } from '../settings/table.ts';
import { batchSizeOf } from '../train/batches.ts';
import { compare, type Evaluation } from '../train/evaluation.ts';
import { fitModel } from '../train/fit.ts';
import type { FitEvent } from '../train/fit_event.ts';
import { kerasHistory } from '../train/history.ts';
import { PREDICT_BATCH, type Prediction, Predictor } from '../train/predict.ts';
import { outputOf, prepareSeries } from '../train/prepare_series.ts';
import { gpuSteppers } from '../train/trainer.ts';
import { FIT_DEFAULTS, type FitOptions, requireFitOptions, withCallbacks } from './fit_options.ts';
import { FitRun, type History } from './fit_run.ts';
import { countSeries, type LabelledSeries, type SeriesInput, seriesSetOf, valuesOf } from './labelled_series.ts';

/** What only the series know. */
type Sizes = 'timeSteps' | 'inputDim';

/**
 * The settings of a model. A missing one is the experiment's: 32 units, an attention for every channel, two classes,
 * its seed.
 */
export interface AttentionLstmConfig
  extends Partial<Omit<ModelConfig, Sizes> & Pick<Settings, 'seed'>>,
    Pick<ModelConfig, Sizes> {}

/** The dimensions and the output of a model for these series, for `AttentionLstm.create`. */
export function configFor(series: SeriesSet): Pick<ModelConfig, 'timeSteps' | 'inputDim' | 'output'> {
  const { timeSteps, inputDim } = series;
  return { timeSteps, inputDim, output: outputOf(series) };
}

/**
 * An attention + LSTM model on a WebGPU device. Its parameters live here. It holds memory of the device while `fit`
 * runs, and from the first prediction until `dispose`. Errors are `Failure`s, whose message is one sentence with the
 * next step.
 */
export class AttentionLstm {
  private predictor: { of: Predictor; batchSize: number } | undefined;
  private state: 'idle' | 'training' | 'disposed' = 'idle';

  private constructor(
    private readonly gpu: Gpu,
    private model: SavedModel,
    private readonly seed: number,
  ) {}

  /**
   * A model with Keras' initial values on a device from `requestDevice`, which the caller keeps. Throws invalid-option
   * if a dimension is out of bounds.
   */
  static async create(device: GPUDevice, config: AttentionLstmConfig): Promise<AttentionLstm> {
    requireKnown(Object.keys(config), ['output', 'gateSlope']);
    const { seed, ...whole } = { ...EXPERIMENT, ...config };
    const model = modelOf(whole);
    checkModel(model);
    checkSettings({ seed }, ['seed'], {});
    const parameters = initialParameters(model, seed);
    return new AttentionLstm(
      Gpu.of(device),
      { config: model, parameters, series: unnamedSeries(model), history: [] },
      seed,
    );
  }

  /** A model that `save` wrote, or one read from another system's file. Throws invalid-file. */
  static async load(device: GPUDevice, model: SavedModel | Uint8Array | Blob): Promise<AttentionLstm> {
    const saved = await savedModel(model);
    return new AttentionLstm(Gpu.of(device), saved, saved.checkpoint?.config.seed ?? EXPERIMENT.seed);
  }

  get config(): Readonly<ModelConfig> {
    return this.model.config;
  }

  /** Bytes of the device's memory that this model holds now. */
  get gpuBytes(): number {
    return this.gpu.liveBytes;
  }

  /** The model's layers, shapes and parameter counts, as Keras prints them. */
  summary(columns = 98): string {
    return summaryTable(summarize(this.config), columns);
  }

  /**
   * Trains on series as Keras' `fit` does, from the model's present parameters, with a fresh optimizer. `resume`
   * continues the run that the model was saved from, with the bits of an uninterrupted one. Rejects with limit,
   * out-of-memory, not-finite or device-lost; the model then keeps its parameters.
   */
  fit(series: LabelledSeries, options: FitOptions = {}): FitRun {
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    return new FitRun(this.train(series, { ...options, signal }), () => left.abort());
  }

  private async *train(series: LabelledSeries, options: FitOptions): AsyncGenerator<FitEvent, History> {
    this.require('idle');
    this.state = 'training';
    try {
      return yield* this.run(series, options);
    } catch (error) {
      throw await this.gpu.causeOf(error);
    } finally {
      this.state = 'idle';
    }
  }

  private async *run(series: LabelledSeries, options: FitOptions): AsyncGenerator<FitEvent, History> {
    requireFitOptions(options);
    const { signal, callbacks = {}, watch, tune, resume } = options;
    const { set, training } = this.arrange(series, options);
    const known = this.model.standardisation;
    const settings = { ...FIT_DEFAULTS, seed: this.seed, ...options, ...this.config, training, standardisation: known };
    const prepared = prepareSeries(set, settings);
    const { config, parts, standardisation } = prepared;
    const checkpoint = resume ? this.model.checkpoint : undefined;
    if (resume && !checkpoint) {
      throw new Failure(
        'invalid-option',
        'resume needs a model that was saved after fit: leave it out to train afresh',
      );
    }
    const tiles = await this.tiles(batchSizeOf(parts, config.batchSize), tune);
    const source = { samples: set.samples, parts, load: () => datasetOf(prepared.set) };
    const { parameters } = this.model;
    const steppers = gpuSteppers(this.gpu, tiles);
    const fitting = fitModel(steppers, config, source, { watch, signal, parameters, resume: checkpoint });
    const { checkpoint: reached, ...result } = yield* withCallbacks(fitting, callbacks);
    const context = { series: shapeOf(prepared.set), standardisation };
    this.forgetPredictor();
    this.model = modelAt(reached, context, result.parameters);
    const { history: epochs, attention, evaluation, seconds, stopped, bestEpoch } = result;
    return { epochs, history: kerasHistory(epochs), attention, evaluation, seconds, stopped, bestEpoch };
  }

  /** The series in the order in which `fit` takes them; `training` is given if separate series validate. */
  private arrange(series: LabelledSeries, { validationData }: FitOptions): { set: SeriesSet; training?: number } {
    const { config, series: shape } = this.model;
    const set = seriesSetOf('series', series, config, shape);
    if (!validationData) return { set };
    const other = seriesSetOf('validationData', validationData, config, shape);
    return { set: { ...set, ...concatenate([set, other]) }, training: set.samples };
  }

  private async tiles(batchSize: number, tune = false): Promise<Tiles> {
    const tiles = defaultTiles(this.config, batchSize, tileDevice(this.gpu));
    return tune ? { ...tiles, chosen: await measureTiles(this.gpu, this.config, batchSize) } : tiles;
  }

  /** The model's predictions for series, and its attention: values (N, outputs), attention (N, T, D). */
  async predict(series: SeriesInput, signal?: AbortSignal): Promise<Prediction> {
    return this.through(series, undefined, signal);
  }

  /** Where the model looks: (N, T, D), each channel's steps adding up to 1. */
  async attention(series: SeriesInput, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.predict(series, signal)).attention;
  }

  /** The loss, and how predictions and labels go together. */
  async evaluate(series: LabelledSeries, signal?: AbortSignal): Promise<Evaluation> {
    const { config, series: shape } = this.model;
    const { x, y } = seriesSetOf('series', series, config, shape);
    const { metrics, values } = await this.through({ x }, y, signal);
    if (!metrics) throw new Error('labels gave no metrics');
    return { ...metrics, ...compare(config, values, y) };
  }

  private async through(series: SeriesInput, y: Float32Array | undefined, signal?: AbortSignal): Promise<Prediction> {
    this.require('idle');
    const { standardisation } = this.model;
    const values = valuesOf('series', series);
    const samples = countSeries('series', values, this.config);
    const x = standardisation
      ? standardise(values, standardisation, new Float32Array(values.length))
      : fillGaps(Float32Array.from(values), fitStandardisation(values, this.config.inputDim).mean);
    try {
      const predictor = await this.predictorFor(samples);
      const running = predictor.run({ x, y }, signal);
      let next = await running.next();
      while (!next.done) next = await running.next();
      signal?.throwIfAborted();
      return next.value;
    } catch (error) {
      throw signal?.aborted ? error : await this.gpu.causeOf(error);
    }
  }

  /** The model on the device, ready for as many series at once. */
  private async predictorFor(samples: number): Promise<Predictor> {
    const batchSize = Math.min(PREDICT_BATCH, samples);
    if (this.predictor && this.predictor.batchSize >= batchSize) return this.predictor.of;
    this.forgetPredictor();
    const tiles = await this.tiles(batchSize);
    const { config, parameters, standardisation } = this.model;
    const targetScale = standardisation?.target;
    const predictor = await Predictor.create(this.gpu, config, parameters, { batchSize, tiles, targetScale });
    this.predictor = { of: predictor, batchSize };
    return predictor;
  }

  private forgetPredictor(): void {
    this.predictor?.of.dispose();
    this.predictor = undefined;
  }

  /** The model with all that it takes to use it, for the writers of other systems' files. */
  snapshot(): SavedModel {
    return this.model;
  }

  /** The model as a safetensors file: parameters, series, standardisation, history, and the state for `resume`. */
  save(): Uint8Array<ArrayBuffer> {
    return writeModel(this.model);
  }

  /** Frees all memory on the device; the device itself stays open. Throws invalid-option while `fit` runs. */
  dispose(): void {
    if (this.state === 'disposed') return;
    this.require('idle');
    this.forgetPredictor();
    this.state = 'disposed';
  }

  private require(state: 'idle'): void {
    if (this.state === state) return;
    if (this.state === 'disposed') throw new Failure('invalid-option', 'the model is disposed: make or load another');
    throw new Failure('invalid-option', `the model is ${this.state}: wait for it, or stop it by its signal`);
  }
}

async function savedModel(model: SavedModel | Uint8Array | Blob): Promise<SavedModel> {
  if (model instanceof Uint8Array) return readModel('the model', model);
  if (model instanceof Blob) return readModel('the model', new Uint8Array(await model.arrayBuffer()));
  return model;
}
