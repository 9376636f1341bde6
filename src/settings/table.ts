import { type Bound, real, whole } from './bounds.ts';
import type { ClassWeights } from './class_weights.ts';
import { type LayerSettings, PRESETS, UNITS } from './layers.ts';
import type { Schedule } from './schedule.ts';
import type { Settings } from './settings.ts';

// Every setting of a training, once. Types, flags of the command line, parameters of the page's address, fields of its
// form, rules for files, the library's checks and docs/settings.md are made from this table.

/** The source of the series: planted by the experiment, or the user's own. */
export type Source = 'planted' | 'series';

interface Common {
  /** The name in a form. */
  label: string;
  /** What it means, as a part of a sentence. */
  words: string;
  /**
   * The part of a training that it belongs to: the model's shape, the series and their split, an update, or the run.
   */
  of: 'model' | 'data' | 'update' | 'run';
  /** The data that it applies to. */
  source: Source | 'both';
  /** It does not apply if the model predicts numbers. */
  needsClasses?: true;
  /** It does not apply if the model predicts classes. */
  needsNumbers?: true;
  /** Forms put it under "More settings". */
  more?: true;
  /** Its option on the command line, if that is not its name. */
  flag?: string;
}

/**
 * The value of a setting that was not given. `default`: every run has a value. `neutral`: this value means the same as
 * none, and a run's config leaves it out. `absent`: there is no value, and this text says what that means.
 */
type Unset<Value> = { default: Value } | { neutral: Value } | { absent: string };

export type NumberSetting = Common & { kind: 'number'; bound: Bound } & Unset<number>;
/** `off` says what turning it off means. */
export type FlagSetting = Common & { kind: 'flag'; off: string } & ({ default: boolean } | { neutral: boolean });
/** `choices` are the values, each with its words in a form. */
export type ChoiceSetting = Common & { kind: 'choice'; choices: Record<string, string> } & (
    | { default: string }
    | { neutral: string }
  );
export type ScheduleSetting = Common & { kind: 'schedule' } & Unset<Schedule>;
export type WeightsSetting = Common & { kind: 'classWeights' } & Unset<ClassWeights>;
export type LayersSetting = Common & { kind: 'layers' } & Unset<readonly LayerSettings[]>;
export type Setting = NumberSetting | FlagSetting | ChoiceSetting | ScheduleSetting | WeightsSetting | LayersSetting;

export const SETTINGS = {
  samples: {
    kind: 'number',
    bound: whole(2, 10_000_000, 'at least one to train on and one to validate'),
    default: 60_000,
    label: 'Samples',
    words: 'series to make, validation included',
    of: 'data',
    source: 'planted',
  },
  timeSteps: {
    kind: 'number',
    bound: whole(1, 1024, 'the attention kernel is (T, T)'),
    default: 64,
    label: 'Time steps',
    words: 'steps T of a series',
    of: 'model',
    source: 'planted',
  },
  inputDim: {
    kind: 'number',
    bound: whole(1, 64, 'channels of one series'),
    default: 1,
    label: 'Input channels',
    words: 'channels D of a series',
    of: 'model',
    source: 'planted',
  },
  attentionColumn: {
    kind: 'number',
    bound: whole(0, 1023, 'a time step, so below the number of time steps'),
    default: 10,
    label: 'Planted time step',
    words: 'time step in which the label is planted',
    of: 'data',
    source: 'planted',
  },
  units: {
    kind: 'number',
    bound: UNITS,
    default: 32,
    label: 'LSTM units',
    words: 'LSTM units U',
    of: 'model',
    source: 'both',
  },
  singleAttentionVector: {
    kind: 'flag',
    default: false,
    off: 'an attention for every channel',
    label: 'Single attention vector',
    words: 'one attention for all channels: the mean over the channels',
    of: 'model',
    source: 'both',
  },
  preset: {
    kind: 'choice',
    choices: PRESETS,
    neutral: 'before',
    label: 'Preset',
    words: 'layers of the model, of as many units',
    of: 'model',
    source: 'both',
  },
  layers: {
    kind: 'layers',
    absent: 'those of the preset',
    label: 'Layers',
    flag: 'model-layers',
    words: 'layers between the series and the output, instead of a preset',
    of: 'model',
    source: 'both',
    more: true,
  },
  batchSize: {
    kind: 'number',
    bound: whole(1, 65_536, 'samples of one update'),
    default: 256,
    label: 'Batch size',
    words: 'samples of one update; for own series a quarter of those that train, from 16 to 256',
    of: 'run',
    source: 'both',
  },
  epochs: {
    kind: 'number',
    bound: whole(1, 100_000, 'passes over the training part'),
    default: 20,
    label: 'Epochs',
    words: 'passes over the training part; for own series as many as make 1,000 updates, from 20 to 500',
    of: 'run',
    source: 'both',
  },
  learningRate: {
    kind: 'number',
    bound: real(0, 1e38, "Adam's step size, a float32"),
    default: 1e-3,
    label: 'Learning rate',
    words:
      "Adam's learning rate; for own series 0.003, less if their number makes more than 1,000 updates, at least 0.001",
    of: 'run',
    source: 'both',
  },
  validationSplit: {
    kind: 'number',
    bound: real(0, 0.9, 'the rest trains'),
    default: 0.1,
    label: 'Validation split',
    words: 'share of the series used for validation',
    of: 'data',
    source: 'both',
  },
  seed: {
    kind: 'number',
    bound: whole(0, 2 ** 32 - 1, "numpy's seeds"),
    default: 1337,
    label: 'Seed',
    words: 'seed of the planted series, the initial values and the order',
    of: 'run',
    source: 'both',
  },
  split: {
    kind: 'choice',
    choices: {
      auto: 'stratified, or shuffled for numbers',
      end: 'from the end',
      shuffled: 'shuffled',
      stratified: 'stratified',
    },
    default: 'auto',
    label: 'Split order',
    of: 'data',
    source: 'series',
    more: true,
    words:
      'which series validate: the last ones, as in Keras, random ones, or the same share of each class; auto is stratified for classes and random for numbers',
  },
  standardise: {
    kind: 'flag',
    default: true,
    off: 'leave the series as they are',
    label: 'Standardise channels',
    words: 'standardise with the mean and deviation of the training part',
    of: 'data',
    source: 'series',
    more: true,
  },
  classWeights: {
    kind: 'classWeights',
    absent: 'all series weigh the same',
    label: 'Class weights',
    words: 'weight of a series of each class in the loss',
    of: 'update',
    source: 'both',
    needsClasses: true,
    more: true,
  },
  labelSmoothing: {
    kind: 'number',
    bound: real(0, 0.99, 'the rest stays with the label’s class'),
    neutral: 0,
    label: 'Label smoothing',
    words: 'share of each label spread evenly over all classes, in the loss of training and validation',
    of: 'update',
    source: 'both',
    needsClasses: true,
    more: true,
  },
  loss: {
    kind: 'choice',
    choices: { mse: 'mean squared error', mae: 'mean absolute error' },
    neutral: 'mse',
    label: 'Loss of numbers',
    words: 'loss of numbers to predict',
    of: 'update',
    source: 'series',
    needsNumbers: true,
    more: true,
  },
  optimizer: {
    kind: 'choice',
    choices: { adam: 'Adam', rmsprop: 'RMSprop', momentum: 'SGD with momentum 0.9', sgd: 'SGD' },
    neutral: 'adam',
    label: 'Optimizer',
    words: 'how an update follows from the gradients',
    of: 'update',
    source: 'both',
    more: true,
  },
  patience: {
    kind: 'number',
    bound: whole(1, 100_000, 'epochs without a smaller loss'),
    absent: 'no early stopping',
    label: 'Patience',
    words: 'stop after this many epochs without a smaller loss, and keep the best parameters',
    of: 'run',
    source: 'both',
    more: true,
  },
  schedule: {
    kind: 'schedule',
    neutral: { kind: 'constant' },
    label: 'Schedule',
    words:
      'how the learning rate falls from epoch to epoch; for own series cosine, if nobody gives a learning rate and theirs is above 0.001',
    of: 'run',
    source: 'both',
    more: true,
  },
  l2: {
    kind: 'number',
    bound: real(0, 1e6, 'added to the loss as λ · Σ w²'),
    absent: 'no penalty',
    label: 'L2 penalty',
    words: 'penalty λ on all kernels; the reported loss does not contain it',
    of: 'update',
    source: 'both',
    more: true,
  },
  clipNorm: {
    kind: 'number',
    bound: real(0, 1e6, 'norm of all gradients together, 0: no clipping'),
    neutral: 0,
    label: 'Largest gradient norm',
    words:
      'scale the gradients down to this norm, after the penalty; for own series 5 if nobody gives a learning rate and theirs is above 0.001',
    of: 'update',
    source: 'both',
    more: true,
  },
  shuffle: {
    kind: 'flag',
    neutral: true,
    off: 'keep the order of the training part',
    label: 'Shuffle',
    words: 'take the training part in a new random order every epoch',
    of: 'run',
    source: 'both',
    more: true,
  },
} as const satisfies Record<keyof Settings, Setting>;

type Table = typeof SETTINGS;
export type SettingName = keyof Settings;
export type { Settings };

/** The values of each kind; a choice is one of its row's. */
export interface Values {
  number: number;
  flag: boolean;
  choice: string;
  schedule: Schedule;
  classWeights: ClassWeights;
  layers: readonly LayerSettings[];
}

/** The settings that belong to one of these. */
export type SettingsOf<Part extends Common['of']> = Pick<
  Settings,
  { [Name in SettingName]: Table[Name]['of'] extends Part ? Name : never }[SettingName]
>;

/** The settings for data of this source. */
export type SettingsFor<Of extends Source> = Pick<
  Settings,
  { [Name in SettingName]: Table[Name]['source'] extends Of | 'both' ? Name : never }[SettingName]
>;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Whether this is the name of a setting. */
export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** The row of a setting, as one of all kinds. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name];
}

/** The name of a setting as the form has it, in lower case for the middle of a sentence; LSTM stays. */
export function formLabel(name: SettingName): string {
  return settingOf(name).label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/** The names of the settings that belong to one of these. */
export function namesOf<Part extends Common['of']>(...parts: Part[]): (keyof SettingsOf<Part>)[] {
  const isOf = (name: SettingName) => (parts as Common['of'][]).includes(SETTINGS[name].of);
  return SETTING_NAMES.filter(isOf) as (keyof SettingsOf<Part>)[];
}

/** The names of the settings for data of this source. */
export function namesFor<Of extends Source>(source: Of): (keyof SettingsFor<Of>)[] {
  const isFor = (name: SettingName) => [source, 'both'].includes(SETTINGS[name].source);
  return SETTING_NAMES.filter(isFor) as (keyof SettingsFor<Of>)[];
}

/** The value of a setting that was not given: its default, or the neutral one; undefined if there is none. */
export function unsetValue(name: SettingName): unknown {
  const row: Setting = SETTINGS[name];
  if ('default' in row) return row.default;
  return 'neutral' in row ? row.neutral : undefined;
}

/** Whether this is the value of a setting that was not given. */
export function isUnset(name: SettingName, value: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(unsetValue(name));
}

/** These settings of `values`, without missing and neutral values. */
export function pickSettings<Name extends SettingName>(
  values: Partial<Settings>,
  names: readonly Name[],
): Pick<Settings, Name> {
  const isSet = (name: Name) => {
    const row: Setting = SETTINGS[name];
    return values[name] !== undefined && !('neutral' in row && isUnset(name, values[name]));
  };
  return Object.fromEntries(names.filter(isSet).map((name) => [name, values[name]])) as Pick<Settings, Name>;
}

/** The experiment as its author ran it, and the defaults for own series. */
export const DEFAULTS: Readonly<Settings> = Object.fromEntries(
  SETTING_NAMES.filter((name) => 'default' in SETTINGS[name]).map((name) => [name, unsetValue(name)]),
) as Partial<Settings> as Settings;
