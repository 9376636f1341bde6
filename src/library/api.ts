// What the library offers wherever it runs.

export type { ColumnChoice } from '../data/csv_columns.ts';
export type { CsvTable } from '../data/csv_options.ts';
export type { Task } from '../data/labels.ts';
export { type ReadOptions, readSeries, type SeriesFile } from '../data/read_series.ts';
export type { SeriesSet, SeriesShape, Target } from '../data/series_set.ts';
export type { SplitOrder } from '../data/split.ts';
export type { Standardisation } from '../data/standardisation.ts';
export { Failure, type FailureCode } from '../errors.ts';
export { MODEL_FORMATS, type ModelEnding, type ModelFiles, type ModelFormat } from '../formats/model_formats.ts';
export type { SavedModel } from '../formats/saved_model.ts';
export type { DeviceOptions } from '../gpu/device.ts';
export type { EarlyStopping, ModelConfig, Output, Schedule, TrainingConfig, UpdateOptions } from '../model/config.ts';
export type { ParameterName, Parameters } from '../model/parameters.ts';
export type { Checkpoint } from '../train/checkpoint.ts';
export type { Classification } from '../train/classification.ts';
export type { Comparison, Evaluation, Residuals } from '../train/evaluation.ts';
export type { Evaluations } from '../train/fit.ts';
export type { FitEvent, Sample, Watch } from '../train/fit_event.ts';
export type { EpochRecord, Metrics } from '../train/history.ts';
export { attentionOverSteps, type MeanAttention } from '../train/mean_attention.ts';
export type { Prediction } from '../train/predict.ts';
export type { Regression } from '../train/regression.ts';
export type { OptimizerState } from '../train/stepper.ts';
export { AttentionLstm, type AttentionLstmConfig, configFor } from './attention_lstm.ts';
export type { Callbacks, FitOptions } from './fit_options.ts';
export type { FitRun, History } from './fit_run.ts';
export type { LabelledSeries, SeriesInput } from './labelled_series.ts';
