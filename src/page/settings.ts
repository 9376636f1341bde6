import { BOUNDS, type Bound, describeMisfit, EXPERIMENT, type ExperimentConfig } from '../model/config.ts';

export type NumberName = keyof typeof BOUNDS;
export const NUMBER_NAMES = Object.keys(BOUNDS) as NumberName[];

/** The number that was written, NaN where it is none: `Number` alone would take an empty text for 0. */
export function parseNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** What is wrong with the text given for a number, or undefined; quotes the text where it is no number at all. */
export function describeText(label: string, text: string, bound: Bound): string | undefined {
  const misfit = describeMisfit(label, parseNumber(text), bound);
  return misfit?.replace(`${label} is NaN`, () => `${label} is ${text.trim() === '' ? 'empty' : `“${text}”`}`);
}

export interface UrlSettings {
  config: ExperimentConfig;
  /** The address asks to start at once. */
  run: boolean;
  /** What was wrong with parameters, one sentence each; their settings have the default. */
  refused: string[];
}

/** Initial settings from an address's parameters, which have the settings' names. */
export function settingsFromUrl(parameters: URLSearchParams): UrlSettings {
  const settings: UrlSettings = { config: { ...EXPERIMENT }, run: false, refused: [] };
  for (const [name, text] of parameters) {
    const misfit = take(settings, name, text);
    if (misfit) settings.refused.push(misfit);
  }
  return settings;
}

/** Takes one parameter over; returns what is wrong with it. */
function take(settings: UrlSettings, name: string, text: string): string | undefined {
  if (name === 'run' || name === 'singleAttentionVector') {
    const value = { '1': true, true: true, '0': false, false: false }[text];
    if (value === undefined) return `${name} is “${text}”: give 1 or 0`;
    if (name === 'run') settings.run = value;
    else settings.config.singleAttentionVector = value;
    return undefined;
  }
  if (!isNumberName(name)) return `${name} is no setting: the names are ${NUMBER_NAMES.join(', ')}`;
  const misfit = describeText(name, text, BOUNDS[name]);
  if (!misfit) settings.config[name] = parseNumber(text);
  return misfit;
}

function isNumberName(name: string): name is NumberName {
  return Object.hasOwn(BOUNDS, name);
}
