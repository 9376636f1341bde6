import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import type { Command, Option } from 'commander';
import { asFailure, Failure } from '../errors.ts';
import { LOG_RUNS } from '../formats/tensorboard/log.ts';
import { STANDARD_INPUT } from '../library/node_files.ts';
import { shown } from '../rules.ts';
import { requireUse } from '../settings/check.ts';
import { formatSetting } from '../settings/kinds.ts';
import { isSetting, isUnset } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import { STANDARD_OUTPUT } from './files.ts';
import { modelOutputs } from './outputs.ts';
import { optionName } from './settings.ts';
import { plainText } from './terminal.ts';
import { READ_OPTIONS } from './train_source.ts';
import type { Voice } from './voice.ts';

/** The options that name a file or a folder to write, beside the run's own folder. */
const WRITE_OPTIONS = ['model', 'json', 'tensorboard'] as const;
/** The option that names a file which only the first process of a run reads. */
const FROM = 'from';

/**
 * The flags with absolute paths, so that they hold wherever the training is resumed. Standard output is that of one
 * process: the next one names it again.
 */
export function storedFlags(flags: object): Record<string, unknown> {
  const stored: Record<string, unknown> = { ...flags };
  if (stored.json === STANDARD_OUTPUT) delete stored.json;
  for (const name of [...READ_OPTIONS, ...WRITE_OPTIONS, FROM]) {
    const path = stored[name];
    if (typeof path === 'string' && path !== STANDARD_INPUT) stored[name] = resolve(path);
  }
  return stored;
}

/**
 * The stored flags without paths to write outside the run's folder, which may come from somebody else: they must be
 * given again. Prints which are left out, and which files the run reads. `now` are the flags that are given now.
 */
export async function withinFolder(
  folder: string,
  flags: Record<string, unknown>,
  now: Record<string, unknown>,
  voice: Voice,
): Promise<Record<string, unknown>> {
  const kept = { ...flags };
  for (const name of WRITE_OPTIONS) {
    const written = writtenPaths(folder, name, flags[name]);
    if (now[name] !== undefined || (await areInside(folder, written))) continue;
    delete kept[name];
    const line = `the run names --${name} ${written[0]}, which is outside its folder: give the option again to write there`;
    voice.warn(plainText(line));
  }
  const reads = READ_OPTIONS.filter((name) => flags[name] !== undefined && now[name] === undefined);
  const files = reads.map((name) => `--${name} ${flags[name]}`);
  if (files.length > 0) voice.say(plainText(`The run reads ${files.join(', ')}`));
  return kept;
}

/** The files and folders that an option writes to, the one that it names first. */
function writtenPaths(folder: string, name: (typeof WRITE_OPTIONS)[number], value: unknown): string[] {
  const path = name === 'tensorboard' && value === true ? join(folder, 'tensorboard') : value;
  if (typeof path !== 'string') return [];
  if (name === 'tensorboard') return [path, ...LOG_RUNS.map((run) => join(path, run))];
  return name === 'model' ? modelOutputs('--model', path).map(([, file]) => file) : [path];
}

/** Whether paths stay in the folder, also through the links that they go over. */
async function areInside(folder: string, paths: string[]): Promise<boolean> {
  const root = await realpath(folder);
  const real = await Promise.all(paths.map((path) => realPathOf(resolve(path))));
  return real.every((path) => path === root || path.startsWith(root + sep));
}

/** The real path of a file that may not be there yet. The root if that is a link to nowhere. */
async function realPathOf(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  const info = await lstat(path).catch(() => undefined);
  if (info) return realpath(path).catch(() => parse(path).root);
  return join(await realPathOf(parent), basename(path));
}

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
    .filter((name) => !isUnset(name, flags[name]));
  try {
    requireUse(given, { source: flags.data === undefined ? 'planted' : 'series' }, optionName);
  } catch (error) {
    throw new Failure(
      'invalid-file',
      `the run in ${folder} has options that no run can have: ${asFailure(error).message}`,
    );
  }
}
