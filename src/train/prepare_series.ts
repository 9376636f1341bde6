import { classBalance, type SeriesSet } from '../data/series_set.ts';
import { arrangeForSplit, splitAt } from '../data/split.ts';
import { fitStandardisation, type Standardisation, standardise } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import { classCount, type ModelConfig, modelOf, type TrainingConfig, trainingOf } from '../model/config.ts';
import { outputFor } from '../model/outputs/index.ts';
import { checkSettings, type Label, trainingSamples } from '../settings/check.ts';
import { namesFor, type SettingsFor } from '../settings/table.ts';
import type { Parts } from './batches.ts';

/** The settings of a run on labelled series. Sizes and output follow from the series. */
export interface SeriesSettings extends SettingsFor<'series'> {
  /** This many series train, the first ones; overrides the share. */
  training?: number;
}

/** Labelled series, ready for training. */
export interface PreparedSeries {
  config: TrainingConfig;
  /** Training series first, then those that validate; standardised if the settings say so. */
  set: SeriesSet;
  parts: Parts;
  standardisation?: Standardisation;
}

/**
 * Arranges, splits and standardises the series, and describes the training. The set's own x may be changed. The
 * attention is measured over the validation part or, if nothing validates, over all. Throws invalid-option for settings
 * that the series do not allow; `label` gives a setting's name on this host.
 */
export function prepareSeries(
  read: SeriesSet,
  settings: SeriesSettings,
  label: Label = (name) => name,
): PreparedSeries {
  const { validationSplit, split, seed, classWeights } = settings;
  const { samples, timeSteps, inputDim } = read;
  const model = modelOf({ ...settings, timeSteps, inputDim, output: outputOf(read) });
  const share = settings.training === undefined ? { samples } : {};
  checkSettings(settings, namesFor('series'), { source: 'series', classes: classCount(model), ...share }, label);
  const training = settings.training ?? trainingSamples(samples, validationSplit);
  const set = settings.training === undefined ? arrangeForSplit(read, validationSplit, split, seed) : read;
  const part = splitAt(set, training).training;
  const weights = classWeights === 'balanced' ? balancedWeights(part, label) : classWeights;
  const config = trainingOf(settings, model, weights);
  const standardisation = settings.standardise ? fitStandardisation(part.x, inputDim) : undefined;
  if (standardisation) standardise(set.x, standardisation);
  const validation = samples - training;
  const attention = validation > 0 ? { first: training, count: validation } : { first: 0, count: samples };
  return { config, set, parts: { training, validation, attention }, standardisation };
}

/** What a model of these series predicts. */
export function outputOf({ target }: Pick<SeriesSet, 'target'>): ModelConfig['output'] {
  return outputFor(target.kind === 'class' ? target.classes.length : undefined);
}

/**
 * Gives all classes the same total weight: series / (classes · series of the class). Throws invalid-option if a class
 * has no series.
 */
function balancedWeights(part: SeriesSet, label: Label): number[] {
  const counts = classBalance(part).map(({ count }) => count);
  if (counts.includes(0)) {
    throw new Failure(
      'invalid-option',
      `${label('classWeights')} balanced needs training series of every class: split stratified, or give no balanced weights`,
    );
  }
  return counts.map((count) => part.samples / (counts.length * count));
}
