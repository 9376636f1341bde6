import { asFailure, Failure } from '../errors.ts';
import { shown } from '../rules.ts';
import { requireUse } from '../settings/check.ts';
import { formatSetting, parseFlag, parseSetting } from '../settings/kinds.ts';
import {
  DEFAULTS,
  isSetting,
  namesFor,
  pickSettings,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  type Source,
} from '../settings/table.ts';
import { orList } from '../text/quote.ts';

export const VIEWS = ['train', 'benchmark', 'profile'] as const;
export type ViewName = (typeof VIEWS)[number];

/** What is trained on: the experiment's data, or a file's. */
export const DATA_SOURCES = ['planted', 'series'] as const satisfies Source[];

/** The initial settings of a page. The series of a file are often sorted by class, so they are shuffled. */
export const PAGE_DEFAULTS: Readonly<Settings> = DEFAULTS;

/** All settings of the train view but the files. */
export interface PageSettings {
  data: Source;
  /** Those that are not for these data have their defaults. */
  values: Settings;
}

/**
 * The content of the page's address: the parameters `view`, `data` and `run`, and one for each setting under its name.
 */
export interface Address extends PageSettings {
  view: ViewName;
  /** The view is to start at once. */
  run: boolean;
  /** The first mistakes of the address, one sentence each. A wrong parameter gets its default. */
  refused: string[];
}

/** Most mistakes that are reported; an address may hold thousands. */
const MOST_REFUSED = 10;

/** Reads an address's parameters. */
export function readAddress(parameters: URLSearchParams): Address {
  const data = parameters.getAll('data').findLast(isSource) ?? 'planted';
  const address: Address = { view: 'train', data, values: { ...PAGE_DEFAULTS }, run: false, refused: [] };
  for (const [name, text] of parameters) {
    try {
      take(address, name, text);
    } catch (error) {
      if (address.refused.length < MOST_REFUSED) address.refused.push(asFailure(error).message);
    }
  }
  return address;
}

/** The parameters of an address that leads back to this view with these settings, even if defaults change. */
export function addressParameters(view: ViewName, { data, values }: PageSettings): URLSearchParams {
  const parameters = new URLSearchParams({ view });
  if (data === 'series') parameters.set('data', data);
  const given = pickSettings(values, namesFor(data));
  for (const [name, value] of Object.entries(given)) parameters.set(name, formatSetting(name as SettingName, value));
  return parameters;
}

/** Applies a parameter. Throws invalid-option if its value is wrong. */
function take(address: Address, name: string, text: string): void {
  if (name === 'view') address.view = oneOf(name, text, VIEWS);
  else if (name === 'data') oneOf(name, text, DATA_SOURCES);
  else if (name === 'run') address.run = parseFlag(name, text);
  else if (isSetting(name)) {
    requireUse([name], { source: address.data });
    Object.assign(address.values, { [name]: parseSetting(name, text) });
  } else {
    const names = ['view', 'data', 'run', ...SETTING_NAMES].join(', ');
    throw new Failure('invalid-option', `${shown(name)} is not a setting: the names are ${names}`);
  }
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((known) => known === text);
  if (!value) throw new Failure('invalid-option', `${name} is ${shown(text) || 'empty'}: give ${orList(values)}`);
  return value;
}

function isSource(text: string): text is Source {
  return (DATA_SOURCES as readonly string[]).includes(text);
}
