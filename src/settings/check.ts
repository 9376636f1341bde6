import { Failure } from '../errors.ts';
import { describeValueMisfit } from './kinds.ts';
import { isUnset, type SettingName, type Settings, type Source, settingOf } from './table.ts';

/** Known facts about a run's data; undefined if a fact is not known yet, or does not matter. */
export interface Use {
  source?: Source;
  /** How many classes are predicted; 0 if numbers are. */
  classes?: number;
  /** Own series that train or validate. */
  samples?: number;
}

/** The facts about the planted experiment: it predicts two classes. */
export const PLANTED: Readonly<Use> = { source: 'planted', classes: 2 };

/** A setting as the host writes it, for a message. */
export type Label = (name: SettingName) => string;

const ownName: Label = (name) => name;

/** A sentence that says why a given setting does not apply here, or undefined. All hosts ask this function. */
function describeMisuse(name: SettingName, { source, classes }: Use, label: Label = ownName): string | undefined {
  const row = settingOf(name);
  if (source === 'series' && row.source === 'planted') {
    return `${label(name)} is a setting of the planted experiment: leave it out for own series`;
  }
  if (source === 'planted' && row.source === 'series') {
    return `${label(name)} is a setting for own series: leave it out for the planted experiment`;
  }
  if (classes === 0 && row.needsClasses)
    return `${label(name)} is for classes, but numbers are predicted: leave it out`;
  if (classes && row.needsNumbers) {
    return `${label(name)} is for numbers, but classes are predicted: leave it out`;
  }
  return undefined;
}

/** Throws invalid-option for the first of the given settings that does not apply here. */
export function requireUse(given: Iterable<SettingName>, use: Use, label: Label = ownName): void {
  for (const name of given) refuse(describeMisuse(name, use, label));
}

/**
 * A sentence that says why a setting cannot have its value, whatever the others are, or undefined. A value that is
 * missing or neutral always fits.
 */
export function describeSetting(
  name: SettingName,
  value: unknown,
  use: Use,
  label: Label = ownName,
): string | undefined {
  const row = settingOf(name);
  if (!('default' in row) && (value === undefined || isUnset(name, value))) return undefined;
  const misuse = describeMisuse(name, use, label);
  if (misuse) return misuse;
  if (value === 'balanced' && row.kind === 'classWeights' && use.source !== 'series') {
    return `${label(name)} is balanced, which is for own series: give a number for each class`;
  }
  return describeValueMisfit(name, value, label(name), use.classes);
}

/**
 * Finds a setting that contradicts others although each is right by itself, and a sentence about it; undefined if there
 * is none.
 */
export function findContradiction(
  values: Partial<Settings>,
  use: Use,
  label: Label = ownName,
): { name: SettingName; sentence: string } | undefined {
  const { layers, preset } = values;
  if (layers !== undefined && preset !== undefined && !isUnset('preset', preset)) {
    const sentence = `${label('preset')} and ${label('layers')} both say which layers there are: give one of them`;
    return { name: 'preset', sentence };
  }
  const { attentionColumn = 0, timeSteps = Number.POSITIVE_INFINITY, validationSplit = 0 } = values;
  if (use.source === 'planted' && attentionColumn >= timeSteps) {
    const steps = `${label('attentionColumn')} is ${attentionColumn}, but there are ${timeSteps} time steps`;
    return {
      name: 'attentionColumn',
      sentence: `${steps}: give 0 to ${timeSteps - 1}, or more ${label('timeSteps')}`,
    };
  }
  const samples = (use.source === 'planted' ? values.samples : use.samples) ?? Number.POSITIVE_INFINITY;
  if (trainingSamples(samples, validationSplit) < 1) {
    const share = `${label('validationSplit')} ${validationSplit} leaves none of ${samples} series to train on`;
    return { name: 'validationSplit', sentence: `${share}: give a smaller share, or more series` };
  }
  return undefined;
}

/** Throws invalid-option for the first of these settings that does not apply or does not fit. */
export function checkSettings(
  values: Partial<Settings>,
  names: readonly SettingName[],
  use: Use,
  label: Label = ownName,
): void {
  for (const name of names) refuse(describeSetting(name, values[name], use, label));
  refuse(findContradiction(values, use, label)?.sentence);
}

function refuse(misfit: string | undefined): void {
  if (misfit) throw new Failure('invalid-option', misfit);
}

/** Keras' split: this many samples from the start train, the rest validate. */
export function trainingSamples(samples: number, validationSplit: number): number {
  return Math.floor(samples * (1 - validationSplit));
}
