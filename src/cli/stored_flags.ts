import type { Command, Option } from 'commander';
import { asFailure, Failure } from '../errors.ts';
import { shown } from '../rules.ts';
import { requireUse } from '../settings/check.ts';
import { formatSetting } from '../settings/kinds.ts';
import { isSetting, unsetValue } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import { optionName } from './settings.ts';

/** Throws invalid-file unless the stored options could have been given on the command line. */
export function requireFlags(folder: string, flags: Record<string, unknown>, command: Command): void {
  for (const [name, value] of Object.entries(flags)) {
    const option = command.options.find((one) => one.attributeName() === name);
    if (option && canBe(option, value)) continue;
    throw new Failure(
      'invalid-file',
      `the run in ${folder} has ${shown(name)} ${quote(value)}, which no option gives: resume it as train left it`,
    );
  }
  requireUseOfStored(folder, flags);
}

function canBe(option: Option, value: unknown): boolean {
  if (typeof value === 'boolean') return option.isBoolean() || option.negate || option.optional;
  if (!option.parseArg) return typeof value === 'string' && (option.required || option.optional);
  try {
    return JSON.stringify(option.parseArg(textOf(option.attributeName(), value), undefined)) === JSON.stringify(value);
  } catch {
    return false;
  }
}

/** What one would have to write to get the value. */
function textOf(name: string, value: unknown): string {
  return isSetting(name) ? formatSetting(name, value) : String(value);
}

/** The stored flags have a value for every setting. Those whose value is not the default were given. */
function requireUseOfStored(folder: string, flags: Record<string, unknown>): void {
  const given = Object.keys(flags)
    .filter(isSetting)
    .filter((name) => JSON.stringify(flags[name]) !== JSON.stringify(unsetValue(name)));
  try {
    requireUse(given, { source: flags.data === undefined ? 'planted' : 'series' }, optionName);
  } catch (error) {
    throw new Failure(
      'invalid-file',
      `the run in ${folder} has options that no run can have: ${asFailure(error).message}`,
    );
  }
}
