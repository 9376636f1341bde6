import { type Command, Option } from 'commander';
import { type Bound, parseNumber } from '../settings/bounds.ts';
import { requireUse } from '../settings/check.ts';
import { describeValues, formatSetting, parseSetting } from '../settings/kinds.ts';
import {
  SETTING_NAMES,
  type Setting,
  type SettingName,
  type Source,
  settingOf,
  unsetValue,
} from '../settings/table.ts';

/** Adds an option for each of these settings. */
export function addSettings(command: Command, names: readonly SettingName[] = SETTING_NAMES): Command {
  for (const name of names) command.addOption(optionOf(name));
  return command;
}

function optionOf(name: SettingName): Option {
  const row = settingOf(name);
  const flag = optionName(name);
  if (row.kind === 'flag') {
    return unsetValue(name) ? new Option(flag, row.off) : new Option(flag, row.words).default(unsetValue(name));
  }
  const words = row.kind === 'number' ? row.words : `${row.words}: ${describeValues(name)}`;
  const option = new Option(`${flag} <${PLACEHOLDERS[row.kind]}>`, words);
  // Commander would take the name from the flag.
  option.attributeName = () => name;
  const unset = unsetValue(name);
  const text = row.kind === 'schedule' && unset !== undefined ? formatSetting(name, unset) : undefined;
  return option.default(unset, text).argParser((text) => parseSetting(name, text, flag));
}

const PLACEHOLDERS: Record<Exclude<Setting['kind'], 'flag'>, string> = {
  number: 'n',
  choice: 'choice',
  schedule: 'kind',
  classWeights: 'weights',
  layers: 'list',
};

/** A setting as the command line writes it: --batch-size, or --no-shuffle for a flag that is on by default. */
export function optionName(name: SettingName): string {
  const words = settingOf(name).flag ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return settingOf(name).kind === 'flag' && unsetValue(name) === true ? `--no-${words}` : `--${words}`;
}

/** Throws invalid-option for a setting that was given on the command line and has no use for data of this source. */
export function requireUseOfGiven(command: Command, source: Source): void {
  requireUse(givenSettings(command), { source }, optionName);
}

/** The settings that were given on the command line. */
export function givenSettings(command: Command): SettingName[] {
  return SETTING_NAMES.filter((name) => command.getOptionValueSource(name) === 'cli');
}

/** Reads the number of an option that is not a setting. */
export function numberParser(flag: string, bound: Bound): (text: string) => number {
  return (text) => parseNumber(flag, text, bound);
}
