import { measureTiles } from '../bench/tuner.ts';
import { concatenate } from '../data/dataset.ts';
import { datasetOf, type SeriesSet, type SeriesShape, type SeriesValues, shapeOf } from '../data/series_set.ts';
import { fillGaps, fitStandardisation, standardise } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import type { ModelFiles } from '../formats/model_formats.ts';
import { modelAt, type SavedModel, unnamedSeries } from '../formats/saved_model.ts';
import { Gpu } from '../gpu/device.ts';
import { checkModel, EXPERIMENT, MODEL_NAMES, type ModelConfig, modelOf } from '../model/config.ts';
import { initialParameters } from '../model/parameters.ts';
import { summarize } from '../model/summary.ts';
import { summaryTable } from '../model/summary_table.ts';
import { defaultTiles, type Tiles, tileDevice } from '../model/tiles.ts';
import { checkSettings } from '../settings/check.ts';
import { requireOptions } from '../settings/option_names.ts';
import { isSetting, type SettingName, type Settings, settingOf } from '../settings/table.ts';
import { batchSizeOf } from '../train/batches.ts';
import { predictedClasses } from '../train/classification.ts';
import { compare, type Evaluation } from '../train/evaluation.ts';
import { fitModel } from '../train/fit.ts';
import { kerasHistory } from '../train/history.ts';
import { PREDICT_BATCH, type Series as PredictedSeries, type Prediction, Predictor } from '../train/predict.ts';
import { outputOf, prepareSeries, requireOwnSettings } from '../train/prepare_series.ts';
import { gpuSteppers } from '../train/trainer.ts';
import {
  FIT_DEFAULTS,
  type FitEvent,
  type FitOptions,
  givenFitOptions,
  requireSignal,
  withCallbacks,
} from './fit_options.ts';
import { FitRun, type History } from './fit_run.ts';
import { type LabelledSeries, type SeriesInput, seriesSetOf, valuesOf } from './labelled_series.ts';
import { loadedModel, type ModelSource, type SaveFormat, type SaveOptions, savedFiles } from './saved_files.ts';
import { countSeries, type SeriesArray } from './series_values.ts';

/** What only the series know. */
type Sizes = 'timeSteps' | 'inputDim';

/**
 * The settings of a model. A missing one is the experiment's: 32 units, an attention for every channel, two classes,
 * its seed.
 */
export interface AttentionLstmConfig
  extends Partial<Omit<ModelConfig, Sizes> & Pick<Settings, 'seed'>>,
    Pick<ModelConfig, Sizes> {}

/** How `predict` and its like run. */
export interface PredictOptions {
  /** Stops it when it is aborted: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** The dimensions and the output of a model for these series, for `AttentionLstm.create`. */
export function configFor(series: SeriesSet): Pick<ModelConfig, 'timeSteps' | 'inputDim' | 'output'> {
  if (!series?.target) {
    throw new Failure(
      'invalid-option',
      'configFor takes labelled series that were read: give what readSeries returned',
    );
  }
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
  /** The predictions that run or wait for their turn. */
  private predictions = 0;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly gpu: Gpu,
    private model: SavedModel,
    private readonly seed: number,
    private isTrained: boolean,
  ) {}

  /**
   * A model with Keras' initial values on a device from `requestDevice`, which the caller keeps. Throws invalid-option
   * if a dimension is out of bounds, and for an unknown setting.
   */
  static async create(device: GPUDevice, config: AttentionLstmConfig): Promise<AttentionLstm> {
    const gpu = gpuOf(device);
    requireModelOptions(config);
    const { seed, ...whole } = { ...EXPERIMENT, ...config };
    checkModel(whole);
    const model = modelOf(whole);
    checkSettings({ seed }, ['seed'], {});
    const parameters = initialParameters(model, seed);
    return new AttentionLstm(
      gpu,
      { config: model, parameters, series: unnamedSeries(model), history: [] },
      seed,
      false,
    );
  }

  /**
   * A model from the bytes that `save` gave or another system wrote, of any format; several files come in a Map by their
   * names. Throws invalid-file.
   */
  static async load(device: GPUDevice, model: SavedModel | ModelSource): Promise<AttentionLstm> {
    const saved = await loadedModel(model);
    return new AttentionLstm(gpuOf(device), saved, saved.checkpoint?.config.seed ?? EXPERIMENT.seed, true);
  }

  /** The model's sizes, settings and output. */
  get config(): Readonly<ModelConfig> {
    return this.model.config;
  }

  /**
   * What the model knows of its series: sizes, names of the channels, and what the labels mean. As `like` it lets
   * `readSeries` read other series in the same way.
   */
  get series(): Readonly<SeriesShape> {
    return this.model.series;
  }

  /** The names of the classes, in the order of the outputs and of their indices; undefined if it predicts numbers. */
  get classes(): readonly string[] | undefined {
    const { target } = this.series;
    return target.kind === 'class' ? target.classes : undefined;
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
    return new FitRun(this.train(series, options, left.signal), () => left.abort());
  }

  private async *train(
    series: LabelledSeries,
    options: FitOptions,
    left: AbortSignal,
  ): AsyncGenerator<FitEvent, History> {
    this.require('idle');
    this.state = 'training';
    try {
      const given = givenFitOptions(options);
      await this.turn; // The device's memory is the predictions' until they end.
      const signal = given.signal ? AbortSignal.any([given.signal, left]) : left;
      return yield* this.run(series, { ...given, signal });
    } catch (error) {
      throw await this.gpu.causeOf(error);
    } finally {
      this.state = 'idle';
    }
  }

  private async *run(series: LabelledSeries, options: FitOptions): AsyncGenerator<FitEvent, History> {
    const { signal, callbacks = {}, watch, tune, resume } = options;
    const { set, training } = this.arrange(series, options);
    const { standardisation: known } = this.model;
    const trained = this.isTrained ? { standardisation: known } : undefined;
    if (trained) requireOwnSettings(options, this.model, 'the model');
    const settings = { ...FIT_DEFAULTS, seed: this.seed, ...options, ...this.config, training, trained };
    const prepared = prepareSeries(set, { ...settings, modelConfig: this.config });
    const { config, parts, standardisation, warnings } = prepared;
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
    const { checkpoint: reached, ...result } = yield* withCallbacks(warned(warnings, fitting), callbacks);
    const context = { series: shapeOf(prepared.set), standardisation };
    this.forgetPredictor();
    this.model = modelAt(reached, context, result);
    this.isTrained = true;
    const { history: epochs, attention, evaluation, verdict, seconds, stopped, bestEpoch } = result;
    const history = kerasHistory(epochs);
    return { epochs, history, attention, evaluation, verdict, seconds, stopped, bestEpoch, warnings };
  }

  /** The series in the order in which `fit` takes them; `training` is given if separate series validate. */
  private arrange(series: LabelledSeries, { validationData }: FitOptions): { set: SeriesSet; training?: number } {
    const set = seriesSetOf('series', series, this.model);
    if (!validationData) return { set };
    const other = seriesSetOf('validationData', validationData, { config: this.config, series: shapeOf(set) });
    return { set: { ...set, ...concatenate([set, other]) }, training: set.samples };
  }

  private async tiles(batchSize: number, tune = false): Promise<Tiles> {
    const tiles = defaultTiles(this.config, batchSize, tileDevice(this.gpu));
    if (!tune) return tiles;
    const measured = await measureTiles(this.gpu, this.config, batchSize);
    return { ...tiles, chosen: measured.tiles };
  }

  /**
   * The model's predictions for series, and its attention: values (N, outputs), attention (N, T, D). A gap is the mean
   * of its channel: of the series that trained or, if the model does not standardise, of these series. Predictions run
   * one after the other. Throws invalid-option or invalid-file for series that do not suit the model.
   */
  async predict(series: SeriesInput | SeriesArray, options: PredictOptions = {}): Promise<Prediction> {
    return this.through('predict', valuesOf('series', series, this.model), undefined, options);
  }

  /** The name of the likeliest class of each series. Throws invalid-option if the model predicts numbers. */
  async predictClasses(series: SeriesInput | SeriesArray, options: PredictOptions = {}): Promise<string[]> {
    const { classes } = this;
    if (!classes) throw new Failure('invalid-option', 'the model predicts numbers: predict gives them as values');
    const x = valuesOf('series', series, this.model);
    const prediction = await this.through('predictClasses', x, undefined, options);
    return Array.from(predictedClasses(prediction), (index) => classes[index]);
  }

  /** Where the model looks: (N, T, D), each channel's steps adding up to 1. */
  async attention(series: SeriesInput | SeriesArray, options: PredictOptions = {}): Promise<Float32Array> {
    return (await this.through('attention', valuesOf('series', series, this.model), undefined, options)).attention;
  }

  /** The loss, and how predictions and labels go together. */
  async evaluate(series: LabelledSeries, options: PredictOptions = {}): Promise<Evaluation> {
    const { x, y } = seriesSetOf('series', series, this.model);
    const { metrics, values } = await this.through('evaluate', x, y, options);
    if (!metrics) throw new Error('labels gave no metrics');
    return { ...metrics, ...compare(this.config, values, y) };
  }

  private async through(
    call: string,
    values: SeriesValues,
    y: Float32Array | undefined,
    options: PredictOptions,
  ): Promise<Prediction> {
    requireOptions(call, options, ['signal']);
    requireSignal(options.signal);
    this.require('idle');
    const { standardisation, config } = this.model;
    const x = standardisation
      ? standardise(values, standardisation, new Float32Array(values.length))
      : fillGaps(Float32Array.from(values), fitStandardisation(values, config.inputDim).mean);
    this.predictions++;
    const prediction = this.turn.then(() => this.runThrough({ x, y }, options));
    this.turn = prediction.catch(() => {});
    try {
      return await prediction;
    } finally {
      this.predictions--;
    }
  }

  private async runThrough(series: PredictedSeries, { signal }: PredictOptions): Promise<Prediction> {
    try {
      const predictor = await this.predictorFor(countSeries(series.x, this.config));
      const running = predictor.run(series, signal);
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

  /** A description of the model, with its parameters by name, from which `load` makes the same model. */
  snapshot(): SavedModel {
    return this.model;
  }

  /**
   * The model's file: by default this project's own, with series, standardisation, history and the state for `resume`;
   * or one for another system, which predicts the same from series as they were measured. `tfjs` is several files, by
   * their names. Throws invalid-option.
   */
  async save(format?: Exclude<SaveFormat, 'tfjs'>, options?: SaveOptions): Promise<Uint8Array<ArrayBuffer>>;
  async save(format: 'tfjs', options?: SaveOptions): Promise<ModelFiles>;
  async save(format: SaveFormat = 'safetensors', options: SaveOptions = {}) {
    const files = await savedFiles(this.model, format, options);
    const [file] = files.values();
    return format === 'tfjs' ? files : file;
  }

  /** Frees all memory on the device; the device itself stays open. Throws invalid-option while `fit` runs. */
  dispose(): void {
    if (this.state === 'disposed') return;
    this.require('idle');
    if (this.predictions > 0) throw new Failure('invalid-option', 'the model is predicting: wait for it');
    this.forgetPredictor();
    this.state = 'disposed';
  }

  private require(state: 'idle'): void {
    if (this.state === state) return;
    if (this.state === 'disposed') throw new Failure('invalid-option', 'the model is disposed: make or load another');
    throw new Failure('invalid-option', `the model is ${this.state}: wait for it, or stop it by its signal`);
  }
}

function gpuOf(device: GPUDevice): Gpu {
  if (typeof device?.createBuffer === 'function') return Gpu.of(device);
  throw new Failure('invalid-option', 'a model needs a WebGPU device: give it what await requestDevice() returns');
}

/** Throws invalid-option for a setting that is none of a model's, and if sizes are missing. */
function requireModelOptions(config: AttentionLstmConfig): void {
  const names = [...MODEL_NAMES, 'output', 'gateSlope', 'seed'];
  const other = Object.keys(config ?? {}).find((name) => !names.includes(name) && isSetting(name));
  if (other !== undefined && settingOf(other as SettingName).source !== 'planted') {
    throw new Failure('invalid-option', `${other} is a setting of the training: give it to fit`);
  }
  requireOptions('create', config, names);
  if (config.output !== undefined) requireOptions('output', config.output, ['kind', 'classes']);
  const missing = (['timeSteps', 'inputDim'] as const).find((name) => config[name] === undefined);
  if (missing) throw new Failure('invalid-option', `create has no ${missing}: give it, or configFor(series)`);
}

/** The warnings, then the events of a training. */
async function* warned<Result>(
  warnings: string[],
  events: AsyncGenerator<FitEvent, Result>,
): AsyncGenerator<FitEvent, Result> {
  for (const message of warnings) yield { type: 'warning', message };
  return yield* events;
}
