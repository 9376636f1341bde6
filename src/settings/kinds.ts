import { Failure } from '../errors.ts';
import { optional, type Rule, rule } from '../rules.ts';
import { orList } from '../text/quote.ts';
import { describeMisfit, describeRange, parseNumber, written } from './bounds.ts';
import { describeWeightsMisfit, formatClassWeights, parseClassWeights, WEIGHTS_FORM } from './class_weights.ts';
import { describeLayersMisfit, formatLayers, LAYERS_FORM, parseLayers } from './layers.ts';
import { describeScheduleMisfit, formatSchedule, parseSchedule, SCHEDULE_FORMS } from './schedule.ts';
import { type ChoiceSetting, type Setting, type SettingName, settingOf, type Values } from './table.ts';

/** The functions for settings of one kind. `label` names the setting as the host writes it. */
interface Kind<Row, Value> {
  /** Parses a value. Throws invalid-option if the setting cannot have it. */
  parse(label: string, text: string, row: Row): Value;
  /** The text that `parse` takes for the value. */
  format(value: Value): string;
  /**
   * A sentence that says why a setting cannot have the value, or undefined. `classes`: the number of classes, if known.
   */
  misfit(label: string, value: Value, row: Row, classes?: number): string | undefined;
  /** The values it can have, in words. */
  values(row: Row): string;
}

type Of<Name extends Setting['kind']> = Extract<Setting, { kind: Name }>;

const FLAGS = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

const KINDS: { [Name in Setting['kind']]: Kind<Of<Name>, Values[Name]> } = {
  number: {
    parse: (label, text, { bound }) => parseNumber(label, text, bound),
    format: String,
    misfit: (label, value, { bound }) => describeMisfit(label, value, bound),
    values: ({ bound }) => describeRange(bound),
  },
  flag: {
    parse: parseFlag,
    format: formatFlag,
    misfit: (label, value) =>
      typeof value === 'boolean' ? undefined : `${label} is ${written(value)}: give true or false`,
    values: () => 'true or false',
  },
  choice: {
    parse(label, text, row) {
      const misfit = describeChoiceMisfit(label, text, row);
      if (misfit) throw new Failure('invalid-option', misfit);
      return text;
    },
    format: String,
    misfit: describeChoiceMisfit,
    values: ({ choices }) => orList(Object.keys(choices)),
  },
  schedule: {
    parse: parseSchedule,
    format: formatSchedule,
    misfit: describeScheduleMisfit,
    values: () => SCHEDULE_FORMS,
  },
  classWeights: {
    parse: parseClassWeights,
    format: formatClassWeights,
    misfit: (label, value, _, classes) => describeWeightsMisfit(label, value, classes),
    values: () => WEIGHTS_FORM,
  },
  layers: {
    parse: parseLayers,
    format: formatLayers,
    misfit: describeLayersMisfit,
    values: () => LAYERS_FORM,
  },
};

/** The flag in a text: 1 or true, 0 or false. Throws invalid-option. */
export function parseFlag(label: string, text: string): boolean {
  const value = FLAGS.get(text);
  if (value === undefined) throw new Failure('invalid-option', `${label} is ${written(text)}: give 1 or 0`);
  return value;
}

/** The reverse of `parseFlag`. */
export function formatFlag(value: boolean): string {
  return value ? '1' : '0';
}

/** The kind of a row. Its functions take rows and values of that kind alone; a row leads to its own. */
function kindOf(row: Setting): Kind<Setting, unknown> {
  return KINDS[row.kind] as Kind<Setting, unknown>;
}

/**
 * Parses the value of a setting. Throws invalid-option if it is wrong. `label` gives the setting's name on this host.
 */
export function parseSetting(name: SettingName, text: string, label: string = name): unknown {
  const row = settingOf(name);
  return kindOf(row).parse(label, text, row);
}

/** The text that `parseSetting` takes for the value. */
export function formatSetting(name: SettingName, value: unknown): string {
  return kindOf(settingOf(name)).format(value);
}

/**
 * A sentence that says why a setting cannot have the value, or undefined. `classes`: the number of classes, if known.
 */
export function describeValueMisfit(
  name: SettingName,
  value: unknown,
  label: string,
  classes?: number,
): string | undefined {
  const row = settingOf(name);
  return kindOf(row).misfit(label, value, row, classes);
}

/** The values that a setting can have, in words. */
export function describeValues(name: SettingName): string {
  const row = settingOf(name);
  return kindOf(row).values(row);
}

/**
 * The rules for settings in a file, as fields of an object. `isOptional`: the field may be missing; those may that have
 * no value unless one is given.
 */
export function rulesOf(
  names: readonly SettingName[],
  isOptional: (name: SettingName) => boolean = (name) => !('default' in settingOf(name)),
): Record<string, Rule> {
  return Object.fromEntries(names.map((name) => [name, isOptional(name) ? optional(ruleOf(name)) : ruleOf(name)]));
}

function ruleOf(name: SettingName): Rule {
  return rule(describeValues(name), (value) => describeValueMisfit(name, value, name) === undefined);
}

function isChoice(value: unknown, { choices }: ChoiceSetting): boolean {
  return typeof value === 'string' && Object.hasOwn(choices, value);
}

function describeChoiceMisfit(label: string, value: string, row: ChoiceSetting): string | undefined {
  if (isChoice(value, row)) return undefined;
  return `${label} is ${written(value)}: give ${orList(Object.keys(row.choices))}`;
}
