import { SPLIT_ORDERS } from '../data/split.ts';
import { asFailure } from '../errors.ts';
import {
  BOUNDS,
  type Bound,
  describeMisfit,
  EXPERIMENT,
  type ExperimentConfig,
  OPTION_BOUNDS,
} from '../model/config.ts';
import { shown } from '../rules.ts';
import { formatSchedule, parseSchedule } from '../train/schedule.ts';
import type { SeriesSettings } from '../train/series_run.ts';

export type NumberName = keyof typeof BOUNDS;
export const NUMBER_NAMES = Object.keys(BOUNDS) as NumberName[];
/** Numbers that only the experiment has: own series have their own. */
export const SIZE_NAMES: readonly NumberName[] = ['samples', 'timeSteps', 'inputDim', 'attentionColumn'];

export const VIEWS = ['train', 'benchmark', 'profile'] as const;
export type ViewName = (typeof VIEWS)[number];

/** What is trained on: the experiment's data, or a file's. */
export const DATA_SOURCES = ['planted', 'series'] as const;
export type DataSource = (typeof DATA_SOURCES)[number];

/** How own series are trained on, beside what the experiment has too. */
export type SeriesChoices = Pick<SeriesSettings, 'split' | 'standardise' | 'patience' | 'schedule'> & {
  balanced: boolean;
};

export const DEFAULT_CHOICES: Readonly<SeriesChoices> = { split: 'shuffled', standardise: true, balanced: false };

/** All settings of the train view but the files. */
export interface PageSettings {
  data: DataSource;
  /** Of its numbers, own series take those that are not in SIZE_NAMES. */
  config: ExperimentConfig;
  choices: SeriesChoices;
}

/** The number that was written, NaN where it is none: `Number` alone would take an empty text for 0. */
export function parseNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** What is wrong with the text given for a number, or undefined; quotes the text where it is no number at all. */
export function describeText(label: string, text: string, bound: Bound): string | undefined {
  const value = parseNumber(text);
  const quoted = text.trim() === '' ? 'empty' : `“${shown(text)}”`;
  return describeMisfit(label, value, bound, Number.isNaN(value) ? quoted : String(value));
}

/** What the address of the page says: the parameters `view` and `run`, and one for each setting under its name. */
export interface Address extends PageSettings {
  view: ViewName;
  /** The view is to start at once. */
  run: boolean;
  /** What was wrong with the first parameters that do not fit, one sentence each; what they name has the default. */
  refused: string[];
}

/** Mistakes that are told; an address may hold thousands. */
const MOST_REFUSED = 10;

/** Reads an address's parameters. */
export function readAddress(parameters: URLSearchParams): Address {
  const address: Address = {
    view: 'train',
    data: 'planted',
    config: { ...EXPERIMENT },
    choices: { ...DEFAULT_CHOICES },
    run: false,
    refused: [],
  };
  for (const [name, text] of parameters) {
    const misfit = take(address, name, text);
    if (misfit && address.refused.length < MOST_REFUSED) address.refused.push(misfit);
  }
  return address;
}

/** The parameters of an address that leads back to this view with these settings, whatever the defaults will be then. */
export function addressParameters(view: ViewName, { data, config, choices }: PageSettings): URLSearchParams {
  const parameters = new URLSearchParams({ view });
  if (data === 'series') parameters.set('data', data);
  for (const name of NUMBER_NAMES) {
    if (data === 'planted' || !SIZE_NAMES.includes(name)) parameters.set(name, String(config[name]));
  }
  parameters.set('singleAttentionVector', config.singleAttentionVector ? '1' : '0');
  if (data === 'planted') return parameters;
  const { split, standardise, balanced, patience, schedule } = choices;
  parameters.set('split', split);
  parameters.set('standardise', standardise ? '1' : '0');
  parameters.set('balanced', balanced ? '1' : '0');
  if (patience !== undefined) parameters.set('patience', String(patience));
  if (schedule) parameters.set('schedule', formatSchedule(schedule));
  return parameters;
}

/** Takes a parameter's text over; returns what is wrong with it. */
type Taker = (address: Address, text: string) => string | undefined;

const TAKERS: Record<string, Taker> = {
  view: takeOneOf('view', VIEWS, (address, view) => {
    address.view = view;
  }),
  data: takeOneOf('data', DATA_SOURCES, (address, data) => {
    address.data = data;
  }),
  run: takeFlag('run', (address, run) => {
    address.run = run;
  }),
  singleAttentionVector: takeFlag('singleAttentionVector', ({ config }, single) => {
    config.singleAttentionVector = single;
  }),
  split: takeOneOf('split', SPLIT_ORDERS, ({ choices }, split) => {
    choices.split = split;
  }),
  standardise: takeFlag('standardise', ({ choices }, standardise) => {
    choices.standardise = standardise;
  }),
  balanced: takeFlag('balanced', ({ choices }, balanced) => {
    choices.balanced = balanced;
  }),
  patience: takeNumber('patience', OPTION_BOUNDS.patience, ({ choices }, patience) => {
    choices.patience = patience;
  }),
  schedule({ choices }, text) {
    try {
      choices.schedule = parseSchedule('schedule', text);
      return undefined;
    } catch (error) {
      return asFailure(error).message;
    }
  },
  ...Object.fromEntries(
    NUMBER_NAMES.map((name) => [
      name,
      takeNumber(name, BOUNDS[name], ({ config }, value) => {
        config[name] = value;
      }),
    ]),
  ),
};

function take(address: Address, name: string, text: string): string | undefined {
  if (Object.hasOwn(TAKERS, name)) return TAKERS[name](address, text);
  return `${shown(name)} is no setting: the names are ${Object.keys(TAKERS).join(', ')}`;
}

function takeOneOf<Value extends string>(
  name: string,
  values: readonly Value[],
  set: (address: Address, value: Value) => void,
): Taker {
  return (address, text) => {
    const value = values.find((known) => known === text);
    if (!value) return `${name} is “${shown(text)}”: give ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
    set(address, value);
    return undefined;
  };
}

const FLAGS = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

function takeFlag(name: string, set: (address: Address, value: boolean) => void): Taker {
  return (address, text) => {
    const value = FLAGS.get(text);
    if (value === undefined) return `${name} is “${shown(text)}”: give 1 or 0`;
    set(address, value);
    return undefined;
  };
}

function takeNumber(name: string, bound: Bound, set: (address: Address, value: number) => void): Taker {
  return (address, text) => {
    const misfit = describeText(name, text, bound);
    if (!misfit) set(address, parseNumber(text));
    return misfit;
  };
}
