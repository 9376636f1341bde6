import { defaultChannelNames, LONGEST_NAME, type SeriesShape } from '../data/series_set.ts';
import type { Standardisation } from '../data/standardisation.ts';
import type { Failure } from '../errors.ts';
import { checkModel, type ModelConfig, modelOf, type Output } from '../model/config.ts';
import { isSameStandardisation } from '../model/exchange/scaling.ts';
import { classesOf, METRICS } from '../model/outputs/index.ts';
import { createArena, type Parameters, unpackArena } from '../model/parameters.ts';
import {
  flag,
  fromZero,
  list,
  number,
  object,
  optional,
  positive,
  requireConfig,
  requireFields,
  rule,
  text,
  wrongFile,
} from '../rules.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import type { FitResult } from '../train/fit.ts';
import type { EpochRecord } from '../train/history.ts';
import { isPart, isReason, type Verdict } from '../train/learned.ts';
import type { PortableModel } from './portable_model.ts';

/** A trained model, with all that it takes to use it on other series. */
export interface SavedModel {
  /** The model's sizes, settings and output. */
  config: ModelConfig;
  /** What the model has learned, by the names of its parameters. */
  parameters: Parameters;
  /** What it knows of its series. */
  series: SeriesShape;
  /** Absent if the series were not standardised. */
  standardisation?: Standardisation;
  /** Empty in a model that was trained elsewhere. */
  history: EpochRecord[];
  /** Whether the run that it ended with has learned anything; absent in a checkpoint's or a model trained elsewhere. */
  verdict?: Verdict;
  /** The state to resume training from, in this project's own files. */
  checkpoint?: Checkpoint;
}

/** The description of a run's model without its parameters. */
export type ModelContext = Pick<SavedModel, 'series' | 'standardisation'>;

/** The model of a run as it was at a checkpoint, or with the parameters that the run ended with. */
export function modelAt(
  checkpoint: Checkpoint,
  { series, standardisation }: ModelContext,
  { parameters: values, verdict }: Partial<Pick<FitResult, 'parameters' | 'verdict'>> = {},
): SavedModel {
  const config = modelOf(checkpoint.config);
  const parameters = unpackArena(createArena(config), values ?? checkpoint.state.parameters);
  return { config, parameters, series, standardisation, history: checkpoint.history, verdict, checkpoint };
}

/** What a model is for whose series have no names. */
export function unnamedSeries(config: ModelConfig): SeriesShape {
  const { timeSteps, inputDim, output } = config;
  const classes = classNames(output);
  const target = { name: 'label' };
  return {
    timeSteps,
    inputDim,
    channelNames: defaultChannelNames(inputDim),
    target: classes ? { kind: 'class', ...target, classes } : { kind: 'number', ...target },
  };
}

/** Classes by their numbers; undefined if numbers are predicted. */
function classNames(output: Output | undefined): string[] | undefined {
  const length = classesOf(output);
  return length === undefined ? undefined : Array.from({ length }, (_, i) => String(i));
}

const METADATA = ['series', 'standardisation', 'history', 'verdict'] as const;

/** How a model is written for another system. */
export interface WriteOptions {
  /** The graph takes series that are standardised already, and predicts standardised numbers. */
  raw?: boolean;
}

/** The model without its checkpoint, for the file of another system. */
export function portableOf(model: SavedModel, { raw = false }: WriteOptions = {}): PortableModel {
  const { config, parameters } = model;
  const metadata = new Map<string, string>();
  for (const field of METADATA) {
    if (model[field] !== undefined) metadata.set(field, JSON.stringify(model[field]));
  }
  return { config, parameters, metadata, ...(!raw && { standardisation: model.standardisation }) };
}

/**
 * Without metadata, channels and classes are numbered. Throws invalid-file if the metadata do not belong to the model.
 */
export function savedModelOf(name: string, portable: PortableModel): SavedModel {
  const { config, parameters, metadata } = portable;
  requireConfig(name, () => checkModel(config), WANTED);
  const fields = Object.fromEntries(METADATA.map((field) => [field, parse(name, metadata, field)]));
  const { series = unnamedSeries(config), standardisation, history = [], verdict } = fields;
  const content = { series, standardisation: standardisation ?? portable.standardisation, history, verdict };
  requireFields(name, content, RULES, WANTED);
  const { standardisation: known, ...rest } = content as Content;
  // The graph is what other systems compute. The metadata have more digits.
  const { standardisation: ofGraph = known } = portable;
  const isSame = known && ofGraph && isSameStandardisation(known, ofGraph);
  const read = { ...rest, standardisation: isSame ? known : ofGraph };
  requireFitting(name, config, read);
  return { config, parameters, ...read };
}

/** Parses a text of the metadata as JSON; undefined if it is missing. Throws invalid-file. */
export function parse(name: string, metadata: Map<string, string>, field: string): unknown {
  const json = metadata.get(field);
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    throw notOurs(name, `has a ${field} that is not JSON`);
  }
}

export const WANTED = 'a model of this kind';

export function notOurs(name: string, what: string): Failure {
  return wrongFile(name, what, WANTED);
}

type Content = Pick<SavedModel, (typeof METADATA)[number]>;

const label = rule(
  `a text of at most ${LONGEST_NAME} characters`,
  (value) => typeof value === 'string' && value.length <= LONGEST_NAME,
);

const TARGET_KINDS: unknown[] = ['class', 'number'] satisfies SeriesShape['target']['kind'][];

const RULES = {
  series: object({
    timeSteps: positive,
    inputDim: positive,
    channelNames: list(label),
    target: object({
      kind: rule('class or number', (value) => TARGET_KINDS.includes(value)),
      name: text,
      classes: optional(list(label)),
    }),
  }),
  standardisation: optional(
    object({
      mean: list(number),
      deviation: list(positive),
      target: optional(object({ mean: number, deviation: positive })),
    }),
  ),
  history: list(
    object({
      epoch: positive,
      seconds: fromZero,
      loss: number,
      valLoss: optional(number),
      ...Object.fromEntries(
        METRICS.flatMap(({ key, validationKey }) => [key, validationKey]).map((key) => [key, optional(number)]),
      ),
    }),
  ),
  verdict: optional(
    object({
      learned: flag,
      reason: optional(rule('a reason', isReason)),
      part: rule('training, validation or test', isPart),
      samples: positive,
      loss: fromZero,
      constantLoss: fromZero,
      chance: fromZero,
    }),
  ),
};

function requireFitting(name: string, config: ModelConfig, { series, standardisation }: Content): void {
  const { timeSteps, inputDim, channelNames, target } = series;
  if (timeSteps !== config.timeSteps || inputDim !== config.inputDim) {
    throw notOurs(
      name,
      `has series (${timeSteps}, ${inputDim}) for a model of (${config.timeSteps}, ${config.inputDim})`,
    );
  }
  if (channelNames.length !== inputDim) throw notOurs(name, `names ${channelNames.length} channels of ${inputDim}`);
  const { mean, deviation } = standardisation ?? {};
  if (mean && (mean.length !== inputDim || deviation?.length !== inputDim)) {
    throw notOurs(name, `has a standardisation of ${mean.length} channels, not ${inputDim}`);
  }
  if (standardisation?.target && target.kind === 'class') {
    throw notOurs(name, 'has a standardisation of labels, which are classes');
  }
  const classes = target.kind === 'class' ? target.classes?.length : undefined;
  const wanted = classesOf(config.output);
  if (classes !== wanted) {
    throw notOurs(name, `has ${classes ?? 'no'} classes, where its output has ${wanted ?? 'none'}`);
  }
}
