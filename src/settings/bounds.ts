import { Failure } from '../errors.ts';
import { shown } from '../rules.ts';
import { quote } from '../text/quote.ts';

/** The range of a number, and the reason for it. */
export interface Bound {
  min: number;
  max: number;
  integer: boolean;
  reason: string;
}

export function whole(min: number, max: number, reason: string): Bound {
  return { min, max, integer: true, reason };
}

export function real(min: number, max: number, reason: string): Bound {
  return { min, max, integer: false, reason };
}

/** Classes of a categorical output. */
export const CLASSES = whole(2, 1000, 'an output each');

/** The range in words: a whole number from 1 to 256. */
export function describeRange({ min, max, integer }: Bound): string {
  return `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
}

export function isWithin(value: unknown, { min, max, integer }: Bound): boolean {
  return (integer ? Number.isInteger(value) : Number.isFinite(value)) && Number(value) >= min && Number(value) <= max;
}

/** A value of any kind as it stands in a sentence. */
export function written(value: unknown): string {
  return typeof value === 'string' ? shown(value.trim()) || 'empty' : quote(value);
}

/**
 * A sentence that says why `value` does not fit a setting called `label`, or undefined if it fits. The sentence shows
 * `given`.
 */
export function describeMisfit(label: string, value: unknown, bound: Bound, given = value): string | undefined {
  if (isWithin(value, bound)) return undefined;
  return `${label} is ${written(given)}: give ${describeRange(bound)} (${bound.reason})`;
}

/** The number in a text; NaN if it is not one. `Number` alone would read an empty text as 0. */
export function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** As `describeMisfit`, for a number given as text; a blank text is called empty. */
export function describeText(label: string, text: string, bound: Bound): string | undefined {
  return describeMisfit(label, numberOf(text), bound, text);
}

/** The number in a text. Throws invalid-option if it is out of bounds or not a number. */
export function parseNumber(label: string, text: string, bound: Bound): number {
  const misfit = describeText(label, text, bound);
  if (misfit) throw new Failure('invalid-option', misfit);
  return numberOf(text);
}
