// The library's names on every host.

export type { ColumnChoice } from '../data/csv_columns.ts';
export type { CsvTable } from '../data/csv_options.ts';
export type { DecimalMark } from '../data/decimal.ts';
export type { Task } from '../data/labels.ts';
export { readSeries, readUnlabelled } from '../data/read_series.ts';
export type { ReadOptions, SeriesFile } from '../data/series_formats.ts';
export type {
  ReadSet,
  Series,
  SeriesSet,
  SeriesShape,
  SeriesTarget,
  SeriesValues,
  Target,
} from '../data/series_set.ts';
export type { SplitOrder } from '../data/split.ts';
export type { Standardisation, TargetScale } from '../data/standardisation.ts';
export { Failure, type FailureCode } from '../errors.ts';
export type { ModelFiles } from '../formats/model_formats.ts';
export type { SavedModel } from '../formats/saved_model.ts';
export type { DeviceOptions } from '../gpu/device.ts';
export type { ModelConfig, Output, TrainingConfig, UpdateOptions } from '../model/config.ts';
export type { Parameters } from '../model/parameters.ts';
export type { ClassWeights } from '../settings/class_weights.ts';
export type { LayerOptions, LayerSettings, LayerType } from '../settings/layers.ts';
export type { Schedule } from '../settings/schedule.ts';
export type { Settings } from '../settings/table.ts';
export type { Checkpoint } from '../train/checkpoint.ts';
export type { Classification } from '../train/classification.ts';
export type { Comparison, Evaluation, Residuals } from '../train/evaluation.ts';
export type { Evaluations } from '../train/fit.ts';
export type { FitEvent as TrainingEvent, Sample, Watch } from '../train/fit_event.ts';
export type { EpochRecord, Metrics } from '../train/history.ts';
export { describeUntrained, type Verdict } from '../train/learned.ts';
export { attentionOverSteps, type MeanAttention } from '../train/mean_attention.ts';
export type { Prediction } from '../train/predict.ts';
export type { Regression } from '../train/regression.ts';
export type { OptimizerState } from '../train/stepper.ts';
export { AttentionLstm, type AttentionLstmConfig, configFor, type PredictOptions } from './attention_lstm.ts';
export type { Callbacks, FitEvent, FitOptions, WarningEvent } from './fit_options.ts';
export type { FitRun, History } from './fit_run.ts';
export { type LabelledSeries, type SeriesInput, subset } from './labelled_series.ts';
export { attention, dense, flatten, gru, lstm, scoreAttention } from './layers.ts';
export type { ModelSource, SaveFormat, SaveOptions } from './saved_files.ts';
export type { SeriesArray } from './series_values.ts';
