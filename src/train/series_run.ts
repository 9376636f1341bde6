import { classBalance, type SeriesSet } from '../data/series_set.ts';
import { arrangeForSplit, type SplitOrder, splitAt } from '../data/split.ts';
import { fitStandardisation, type Standardisation, standardise } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import { checkTraining, type ModelConfig, type TrainingConfig, trainingSamples } from '../model/config.ts';
import type { Parts } from './batches.ts';
import { type FitSettings, fitOptions } from './fit_settings.ts';

/** How labelled series are trained on; sizes and output are theirs. */
export interface SeriesSettings
  extends FitSettings,
    Pick<TrainingConfig, 'units' | 'singleAttentionVector' | 'batchSize' | 'epochs' | 'learningRate' | 'seed'> {
  /** Share of the series that validates. */
  validationSplit: number;
  /** This many series, the first ones, train, whatever the share. */
  training?: number;
  split: SplitOrder;
  /** Whether channels are standardised by the training part. */
  standardise: boolean;
}

/** What a run on labelled series is made of. */
export interface SeriesRun {
  config: TrainingConfig;
  /** In the order in which they train and validate, standardised where they are to be. */
  set: SeriesSet;
  parts: Parts;
  standardisation?: Standardisation;
}

/**
 * Arranges, splits and standardises the series, and says what is trained. The set's own x may be changed. The attention is
 * measured over the validation part or, where nothing validates, over all. Throws invalid-option for settings that the
 * series do not allow; `label` names a setting as the host writes it.
 */
export function prepareSeries(
  read: SeriesSet,
  settings: SeriesSettings,
  label: (name: string) => string = (name) => name,
): SeriesRun {
  const { validationSplit, split, seed, units, singleAttentionVector, batchSize, epochs, learningRate } = settings;
  const { samples, timeSteps, inputDim } = read;
  const training = settings.training ?? trainingSamples(samples, validationSplit);
  if (training < 1) {
    throw new Failure(
      'invalid-option',
      `${label('validationSplit')} ${validationSplit} leaves none of ${samples} series to train on: give a smaller share`,
    );
  }
  const set = settings.training === undefined ? arrangeForSplit(read, validationSplit, split, seed) : read;
  const part = splitAt(set, training).training;
  const counts = classBalance(part).map(({ count }) => count);
  const model: ModelConfig = { timeSteps, inputDim, units, singleAttentionVector, output: outputOf(set) };
  const config = { ...model, batchSize, epochs, learningRate, seed, ...fitOptions(settings, counts, label) };
  checkTraining(config, label);
  const standardisation = settings.standardise ? fitStandardisation(part.x, inputDim) : undefined;
  if (standardisation) standardise(set.x, standardisation);
  const validation = samples - training;
  const attention = validation > 0 ? { first: training, count: validation } : { first: 0, count: samples };
  return { config, set, parts: { training, validation, attention }, standardisation };
}

/** What a model of these series predicts. */
export function outputOf({ target }: Pick<SeriesSet, 'target'>): ModelConfig['output'] {
  if (target.kind === 'number') return { kind: 'regression' };
  const { length } = target.classes;
  return length === 2 ? { kind: 'binary' } : { kind: 'categorical', classes: length };
}
