import type { TargetScale } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import { shown } from '../rules.ts';
import { CLASSES, describeMisfit } from '../settings/bounds.ts';
import { checkSettings, type Label, PLANTED } from '../settings/check.ts';
import {
  DEFAULTS,
  namesFor,
  namesOf,
  pickSettings,
  type Settings,
  type SettingsFor,
  type SettingsOf,
} from '../settings/table.ts';

import { type ModelConfig, requireFittingLayers, withList } from './layer_list.ts';
import { classesOf, isOutputKind, logitsOf, type Output, outputKind, outputKinds } from './outputs/index.ts';

export type { ModelConfig, Output };

/** The settings of a model. */
export const MODEL_NAMES = namesOf('model');
/** The settings of a training, for any data. */
const TRAINING_NAMES = namesOf('model', 'update', 'run');

/** The model of a run. */
export function modelOf(config: ModelConfig): ModelConfig {
  const { output, gateSlope } = config;
  return withList({ ...pickSettings(config, MODEL_NAMES), output, ...(gateSlope !== undefined && { gateSlope }) });
}

/** Logits that the output layer gives for a sample: C. */
export function outputCount({ output }: Pick<ModelConfig, 'output'>): number {
  return logitsOf(output);
}

/** How many classes a model predicts; 0 if it predicts numbers. */
export function classCount(config: ModelConfig): number {
  return classesOf(config.output) ?? 0;
}

export interface AdamConfig {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

export const KERAS_ADAM: AdamConfig = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** Settings that people give in another form than a run takes them in: here `balanced` weights have become numbers. */
interface Resolved {
  /** Weight of a series of each class in the loss. */
  classWeights?: readonly number[];
}

/** The options that change an update; an absent one changes nothing. */
export type UpdateOptions = Omit<SettingsOf<'update'>, keyof Resolved> & Resolved;

/** How a model is trained, on any data. */
export interface TrainingConfig extends ModelConfig, UpdateOptions, SettingsOf<'run'> {
  /** Of numbers to predict, if they are standardised for training. */
  targetScale?: TargetScale;
}

/** Everything a run of the experiment depends on. */
export interface ExperimentConfig
  extends TrainingConfig,
    Pick<SettingsFor<'planted'>, keyof SettingsOf<'data'> & keyof SettingsFor<'planted'>> {}

const EXPERIMENT_NAMES = namesFor('planted');

/** The experiment as its author ran it. */
export const EXPERIMENT: Readonly<ExperimentConfig> = pickSettings(DEFAULTS, EXPERIMENT_NAMES) as ExperimentConfig;

/** A run of the experiment with these settings. Throws invalid-option as `checkExperiment`. */
export function experimentOf(settings: Settings, label?: Label): ExperimentConfig {
  const config = pickSettings(settings, EXPERIMENT_NAMES) as ExperimentConfig;
  checkExperiment(config, label);
  return withList(config);
}

/** A training of a model with these settings; `classWeights` are those of the settings as numbers. */
export function trainingOf(
  settings: Partial<Settings> & SettingsOf<'run'>,
  model: ModelConfig,
  classWeights?: readonly number[],
): TrainingConfig {
  const {
    classWeights: _,
    preset: __,
    layers: ___,
    ...picked
  } = pickSettings({ ...settings, ...model }, TRAINING_NAMES);
  return { ...picked, ...(classWeights && { classWeights }), ...modelOf(model) };
}

/** Throws invalid-option with the first setting that does not fit. `label` names a setting as the host writes it. */
export function checkExperiment(config: ExperimentConfig, label?: Label): void {
  checkSettings(config, EXPERIMENT_NAMES, PLANTED, label);
  requireFittingLayers(config, label?.('layers'));
}

/** Throws invalid-option with the first dimension of a model that does not fit. */
export function checkModel(config: ModelConfig): void {
  checkSettings(config, MODEL_NAMES, {});
  requireOutput(config);
  requireGateSlope(config);
  requireFittingLayers(config);
}

function requireGateSlope({ gateSlope }: ModelConfig): void {
  if (gateSlope === undefined || (typeof gateSlope === 'number' && gateSlope > 0 && gateSlope <= 1)) return;
  throw new Failure('invalid-option', `gateSlope is ${shown(String(gateSlope))}: give a number above 0, up to 1`);
}

function requireOutput({ output }: ModelConfig): void {
  if (!output) return;
  if (!isOutputKind(output.kind)) {
    throw new Failure('invalid-option', `output.kind is ${shown(String(output.kind))}: give ${outputKinds()}`);
  }
  const { takesClasses } = outputKind(output);
  const misfit = takesClasses ? describeMisfit('output.classes', classesOf(output), CLASSES) : undefined;
  if (misfit) throw new Failure('invalid-option', misfit);
}

/**
 * Throws invalid-option with the first setting of a training that does not fit; settings of its data are checked if
 * they are there. `label` names a setting as the host writes it.
 */
export function checkTraining(config: TrainingConfig & Partial<Settings>, label?: Label): void {
  requireOutput(config);
  requireGateSlope(config);
  const isThere = (name: keyof SettingsOf<'data'>) => config[name] !== undefined;
  checkSettings(
    config,
    [...TRAINING_NAMES, ...namesOf('data').filter(isThere)],
    { classes: classCount(config) },
    label,
  );
  requireFittingLayers(config, label?.('layers'));
}
