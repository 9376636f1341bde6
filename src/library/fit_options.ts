import { Failure } from '../errors.ts';
import { requireUse } from '../settings/check.ts';
import { requireOptions } from '../settings/option_names.ts';
import { DEFAULTS, namesFor, SETTING_NAMES, type SettingsFor, type SettingsOf, settingOf } from '../settings/table.ts';
import type { FitEvent as TrainingEvent, Watch } from '../train/fit_event.ts';
import type { LabelledSeries } from './labelled_series.ts';
import { kindOf } from './series_values.ts';

/** A sentence about the series and their split that a person should know; before the other events. */
export interface WarningEvent {
  type: 'warning';
  /** One of the history's `warnings`. */
  message: string;
}

/** What `fit` tells while it runs. */
export type FitEvent = TrainingEvent | WarningEvent;

/** Called with each event of its kind, and waited for: `{ epoch: ({ epoch, loss }) => … }`. */
export type Callbacks = { [Type in FitEvent['type']]?: (event: Extract<FitEvent, { type: Type }>) => unknown };

/** Settings of `fit`: those for own series, except the model's. The names are Keras' if Keras has them. */
type FitSettings = Partial<Omit<SettingsFor<'series'>, keyof SettingsOf<'model'>>>;

/**
 * How `fit` trains: the settings of docs/settings.md, and these. Batches and epochs follow from the number of series
 * that train, as on the command line: a quarter of them, from 16 to 256, and as many epochs as make 1,000 updates, from
 * 20 to 500; so does the learning rate, 0.003, less for more updates, at least 0.001. No series validate unless `validationSplit` or `validationData` says so. A missing seed is the model's.
 */
export interface FitOptions extends FitSettings {
  /** Series that validate, in the place of a share. */
  validationData?: LabelledSeries;
  /** Stops the run when it is aborted: the model keeps what it has learned. */
  signal?: AbortSignal;
  /** Functions that get the events, and are waited for. */
  callbacks?: Callbacks;
  /** Events beside epochs; each costs a reading from the device. */
  watch?: Watch;
  /**
   * First measures which tiles of the kernels are fastest for this size on this device: a few seconds at most. Default
   * false.
   */
  tune?: boolean;
  /**
   * Continues the run that the model was saved from. Give its options, with more epochs if it was finished. Default
   * false.
   */
  resume?: boolean;
}

/** The values of missing settings. Batches, epochs and learning rate have none: they follow from the series. */
export const FIT_DEFAULTS = {
  ...DEFAULTS,
  batchSize: undefined,
  epochs: undefined,
  learningRate: undefined,
  validationSplit: 0,
};

/** The type of each thing to watch. */
const WATCHED = {
  metrics: 'boolean',
  attention: 'boolean',
  samples: 'number',
  parameters: 'boolean',
  checkpointSeconds: 'number',
} as const satisfies Record<keyof Watch, string>;

const EVENTS = Object.keys({
  warning: true,
  data: true,
  ready: true,
  step: true,
  epoch: true,
  attention: true,
  samples: true,
  parameters: true,
  checkpoint: true,
} satisfies Record<FitEvent['type'], true>);

const OTHERS = Object.keys({
  validationData: true,
  signal: true,
  callbacks: true,
  watch: true,
  tune: true,
  resume: true,
} satisfies Record<Exclude<keyof FitOptions, keyof FitSettings>, true>);

const SETTINGS_OF_FIT = namesFor('series').filter((name) => settingOf(name).of !== 'model');

/**
 * The options that are given. Throws invalid-option for an unknown one, or for a setting that does not apply to own
 * series.
 */
export function givenFitOptions(options: FitOptions): FitOptions {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  const settings = SETTING_NAMES.filter((name) => given.some(([other]) => other === name));
  requireUse(settings, { source: 'series' });
  const ofModel = settings.find((name) => settingOf(name).of === 'model');
  if (ofModel) {
    throw new Failure('invalid-option', `${ofModel} is a setting of the model: give it when the model is made`);
  }
  requireOptions('fit', options, [...SETTINGS_OF_FIT, ...OTHERS]);
  requireSignal(options.signal);
  requireOptions('watch', options.watch ?? {}, Object.keys(WATCHED));
  requireTypes('watch.', options.watch ?? {}, WATCHED);
  requireOptions('callbacks', options.callbacks ?? {}, EVENTS);
  requireTypes('callbacks.', options.callbacks ?? {}, Object.fromEntries(EVENTS.map((name) => [name, 'function'])));
  requireTypes('', options, { tune: 'boolean', resume: 'boolean' });
  return Object.fromEntries(given);
}

/** Throws invalid-option for anything but an AbortSignal. */
export function requireSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new Failure('invalid-option', 'signal is no AbortSignal: give the signal of an AbortController');
}

/** Throws invalid-option for the first of these values that is of another type. */
function requireTypes(group: string, values: object, types: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || types[name] === undefined || typeof value === types[name]) continue;
    throw new Failure('invalid-option', `${group}${name} is ${kindOf(value)}: give a ${types[name]}`);
  }
}

/** The run, with each event given to its callback before anybody else. */
export async function* withCallbacks<Result>(
  events: AsyncGenerator<FitEvent, Result>,
  callbacks: Callbacks,
): AsyncGenerator<FitEvent, Result> {
  try {
    let next = await events.next();
    while (!next.done) {
      const event = next.value;
      await (callbacks[event.type] as ((event: FitEvent) => unknown) | undefined)?.(event);
      yield event;
      next = await events.next();
    }
    return next.value;
  } finally {
    await events.return(undefined as never); // The loop over the events was left early.
  }
}
