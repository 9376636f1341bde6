import { Failure } from '../errors.ts';
import { requireKnown, requireUse } from '../settings/check.ts';
import { DEFAULTS, SETTING_NAMES, type SettingsFor, type SettingsOf, settingOf } from '../settings/table.ts';
import type { FitEvent, Watch } from '../train/fit_event.ts';
import type { LabelledSeries } from './labelled_series.ts';

/** Called with each event of its kind, and waited for: `{ epoch: ({ epoch, loss }) => … }`. */
export type Callbacks = { [Type in FitEvent['type']]?: (event: Extract<FitEvent, { type: Type }>) => unknown };

/** Settings of `fit`: those for own series, except the model's. The names are Keras' if Keras has them. */
type FitSettings = Partial<Omit<SettingsFor<'series'>, keyof SettingsOf<'model'>>>;

/**
 * How `fit` trains: the settings of docs/settings.md, and these. Missing ones have Keras' defaults; a missing seed is
 * the model's.
 */
export interface FitOptions extends FitSettings {
  /** Series that validate, in the place of a share. */
  validationData?: LabelledSeries;
  signal?: AbortSignal;
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

/** The values of missing settings. As in Keras, a batch has 32 samples, and there is one epoch. */
export const FIT_DEFAULTS = { ...DEFAULTS, batchSize: 32, epochs: 1, validationSplit: 0 };

const OTHERS = Object.keys({
  validationData: true,
  signal: true,
  callbacks: true,
  watch: true,
  tune: true,
  resume: true,
} satisfies Record<Exclude<keyof FitOptions, keyof FitSettings>, true>);

/** Throws invalid-option for an unknown option, or for a setting that does not apply to own series. */
export function requireFitOptions(options: FitOptions): void {
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  requireKnown(given, OTHERS);
  const settings = SETTING_NAMES.filter((name) => given.includes(name));
  requireUse(settings, { source: 'series' });
  const ofModel = settings.find((name) => settingOf(name).of === 'model');
  if (ofModel) {
    throw new Failure('invalid-option', `${ofModel} is a setting of the model: give it when the model is made`);
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
