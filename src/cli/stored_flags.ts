import type { Command, Option } from 'commander';
import { Failure } from '../errors.ts';
import { quote, shown } from '../rules.ts';
import { formatSchedule } from '../train/schedule.ts';

/** Throws invalid-file where the options that a run's file keeps are not those that the command line could have given. */
export function requireFlags(folder: string, flags: Record<string, unknown>, command: Command): void {
  for (const [name, value] of Object.entries(flags)) {
    const option = command.options.find((one) => one.attributeName() === name);
    if (option && canBe(option, value)) continue;
    throw new Failure(
      'invalid-file',
      `the run in ${folder} has ${shown(name)} ${quote(value)}, which no option gives: resume it as train left it`,
    );
  }
}

function canBe(option: Option, value: unknown): boolean {
  if (typeof value === 'boolean') return option.isBoolean() || option.negate || option.optional;
  if (!option.parseArg) return typeof value === 'string' && (option.required || option.optional);
  try {
    return JSON.stringify(option.parseArg(textOf(value), undefined)) === JSON.stringify(value);
  } catch {
    return false;
  }
}

/** What one would have to write to get the value. */
function textOf(value: unknown): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? formatSchedule(value as Parameters<typeof formatSchedule>[0]) : String(value);
}
