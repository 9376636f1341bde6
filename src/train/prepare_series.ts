import { classBalance, type Ready, type SeriesSet } from '../data/series_set.ts';
import { arrangeForSplit, splitAt } from '../data/split.ts';
import { fitStandardisation, fitTarget, readyFor, type Standardisation } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import { MODEL_NAMES, type ModelConfig, modelOf, type TrainingConfig, trainingOf } from '../model/config.ts';
import { layersOf, requireFittingLayers } from '../model/layer_list.ts';
import { classesOf, outputFor } from '../model/outputs/index.ts';
import { checkSettings, type Label, trainingSamples } from '../settings/check.ts';
import { openSizes, type Sizes, sizesFor } from '../settings/sizes.ts';
import { isUnset, namesFor, pickSettings, type Settings, type SettingsFor } from '../settings/table.ts';
import { andList, quote } from '../text/quote.ts';
import type { Parts } from './batches.ts';

/** The settings of a run on labelled series. Sizes and output follow from the series. */
export interface SeriesSettings extends Omit<SettingsFor<'series'>, keyof Sizes>, Partial<Sizes> {
  /** This many series train, the first ones; overrides the share. */
  training?: number;
  /** The model, if there is one already; the series fit it. */
  modelConfig?: ModelConfig;
  /** That model has been trained. */
  trained?: TrainedOn;
}

/**
 * A model was trained on series with this standardisation or, without one, on series as they are. It keeps that, because
 * its parameters mean nothing else.
 */
export interface TrainedOn {
  standardisation?: Standardisation;
}

/** Share of the mean below which the 24 bits of a float32 leave little of a deviation. */
const LEAST_DEVIATION = 2 ** -17;

/** Labelled series, ready for training. */
export interface PreparedSeries {
  config: TrainingConfig;
  /** Training series first, then those that validate; standardised if the settings say so. */
  set: Ready<SeriesSet>;
  parts: Parts;
  standardisation?: Standardisation;
  /** Sentences that a person should know before training. */
  warnings: string[];
  /** Makes other series of the same kind ready for the model. */
  ready: <Set extends SeriesSet>(set: Set) => Ready<Set>;
}

/**
 * Arranges, splits and standardises the series, and describes the training. The set's own x may be changed. The
 * attention is measured over the validation part or, if nothing validates, over all. Throws invalid-option for settings
 * that the series do not allow; `label` gives a setting's name on this host.
 */
export function prepareSeries(read: SeriesSet, chosen: SeriesSettings, label: Label = (name) => name): PreparedSeries {
  const { validationSplit, split, seed, classWeights } = chosen;
  const { samples, timeSteps, inputDim } = read;
  const sized = chosen.training === undefined ? sizesFor(samples, validationSplit) : sizesFor(chosen.training, 0);
  const open = openSizes(chosen);
  const settings = { ...sized, ...NO_HELP, ...chosen, ...pickSettings(sized, open) };
  const output = settings.modelConfig?.output ?? outputOf(read);
  const share = settings.training === undefined ? { samples } : {};
  checkSettings(settings, namesFor('series'), { source: 'series', classes: classesOf(output) ?? 0, ...share }, label);
  const model = modelOf({ ...(settings.modelConfig ?? settings), timeSteps, inputDim, output });
  requireFittingLayers(model, label('layers'));
  const training = settings.training ?? trainingSamples(samples, validationSplit);
  const set = settings.training === undefined ? arrangeForSplit(read, validationSplit, split, seed) : read;
  const part = splitAt(set, training).training;
  const weights = classWeights === 'balanced' ? balancedWeights(part, label) : classWeights;
  const { trained } = settings;
  const fitted = trained?.standardisation ?? fitAll(part);
  const isStandardised = trained ? trained.standardisation !== undefined : settings.standardise;
  const standardisation = isStandardised ? fitted : undefined;
  const targetScale = standardisation?.target;
  const config = { ...trainingOf(settings, model, weights), ...(targetScale && { targetScale }) };
  if (!standardisation) requireDistinct(set, fitted, label);
  const ready = <Set extends SeriesSet>(other: Set) => readyFor(other, standardisation, fitted.mean);
  const validation = samples - training;
  const attention = validation > 0 ? { first: training, count: validation } : { first: 0, count: samples };
  const warnings = [
    ...(open.length > 0 ? [describeSizes(sized, open, training, label)] : []),
    ...validationWarnings(set, training, settings, label),
  ];
  return { config, set: ready(set), ready, parts: { training, validation, attention }, standardisation, warnings };
}

/** Of the channels and, if numbers are predicted, of these. */
function fitAll({ x, y, inputDim, target }: SeriesSet): Standardisation {
  const channels = fitStandardisation(x, inputDim);
  return target.kind === 'number' ? { ...channels, target: fitTarget(y) } : channels;
}

/** Validation series below which their result is mostly chance. */
const FEW_VALIDATE = 20;

/** What a chosen learning rate goes without. */
const NO_HELP = { clipNorm: 0, schedule: { kind: 'constant' } } as const;

/** Tells the sizes that follow from the series. */
function describeSizes(sizes: Sizes, open: (keyof Sizes)[], training: number, label: Label): string {
  const words = {
    batchSize: `batches of ${sizes.batchSize}`,
    epochs: `${sizes.epochs} epochs`,
    learningRate: `a learning rate of ${sizes.learningRate}`,
    clipNorm: `gradients clipped to the norm ${sizes.clipNorm}`,
    schedule: `a ${sizes.schedule.kind} schedule`,
  };
  const told = open.filter((name) => !isUnset(name, sizes[name]));
  const change = told.length === 1 ? 'changes' : 'change';
  return `For ${training} training series: ${andList(told.map((name) => words[name]))} (${andList(told.map(label))} ${change} that)`;
}

/** What the validation part can tell less well than a person may think. */
function validationWarnings(
  set: SeriesSet,
  training: number,
  { split }: Pick<SeriesSettings, 'split'>,
  label: Label,
): string[] {
  const validation = set.samples - training;
  if (validation === 0) return [];
  const warnings: string[] = [];
  const { y } = splitAt(set, training).validation;
  const classes = set.target.kind === 'class' ? set.target.classes : [];
  if (classes.length > 1 && validation > 1 && y.every((index) => index === y[0])) {
    warnings.push(
      `All ${validation} validation series are of the class ${quote(classes[y[0]])}: they tell nothing of the others`,
    );
  } else if (split === 'end') {
    warnings.push(
      `The last ${validation} series of the file validate (${label('split')} end): if the file is in the order of time or of classes, they differ from those that train`,
    );
  }
  if (validation < FEW_VALIDATE) {
    const points = Math.round(196 * Math.sqrt(0.25 / validation));
    const known = classes.length > 0 ? `accuracy is known to ±${points} points at best` : 'error is known roughly';
    warnings.push(`Only ${validation} series validate: their ${known}`);
  }
  return warnings;
}

/** Throws invalid-option if float32 would make one value of different ones, far from 0. */
function requireDistinct({ x, channelNames }: SeriesSet, { mean, deviation }: Standardisation, label: Label): void {
  if (x instanceof Float32Array) return;
  const at = mean.findIndex((center, d) => deviation[d] < Math.abs(center) * LEAST_DEVIATION);
  if (at < 0) return;
  throw new Failure(
    'invalid-option',
    `${channelNames[at]} has values around ${mean[at].toPrecision(6)} that differ by ${deviation[at].toPrecision(3)}, too little for float32: standardise (${label('standardise')}), or subtract the mean`,
  );
}

/**
 * Throws invalid-option for the first of the given settings that a trained model contradicts; `name` is the model's,
 * `label` gives a setting's name on this host.
 */
export function requireOwnSettings(
  given: Partial<Settings>,
  { config, standardisation }: TrainedOn & { config: ModelConfig },
  name: string,
  label: Label = (setting) => setting,
): void {
  const own: Partial<Settings> = { ...config, standardise: standardisation !== undefined };
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  // A preset and a list may stand for the same layers.
  const wantedLayers = layersOf(modelOf({ ...config, layers: undefined, ...given }));
  for (const setting of [...MODEL_NAMES, 'standardise'] as const) {
    const [wanted, has] = [given[setting], own[setting]];
    if (wanted === undefined || isSame(wanted, has)) continue;
    if (has === undefined && isSame(wantedLayers, layersOf(config))) continue;
    const misfit = typeof wanted === 'number' ? `is ${wanted}, but ${name} has ${has}` : `does not fit ${name}`;
    throw new Failure(
      'invalid-option',
      `${label(setting)} ${misfit}: leave it out, because a trained model keeps its structure and its standardisation`,
    );
  }
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
