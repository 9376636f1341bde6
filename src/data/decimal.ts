import { quote } from '../text/quote.ts';

/** What Number() reads though it is no decimal number. */
const NO_DECIMAL = /^\s*(0[box]|$)/i;
const MISSING = /^\s*([?-]|nan|n\/?a|null|none|missing)?\s*$/i;
const NOT_FINITE = /^\s*[+-]?inf(inity)?\s*$/i;
const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+\s*$/;

/** A decimal number as text, with a point; NaN for anything else. */
export function parseDecimal(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && NO_DECIMAL.test(text) ? Number.NaN : value;
}

/** Whether a text stands for a value that is not there. */
export function isMissing(text: string): boolean {
  return MISSING.test(text);
}

/** True for what a float32 holds: neither NaN nor beyond 3.4e38. */
export function fitsFloat(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** Why a text is no value of a series, and what to do about it. */
export function describeNoFloat(text: string): string {
  if (text.trim() === '') return 'the value is missing: fill it in, or leave the series out';
  if (isMissing(text)) return `${quote(text)} stands for a missing value: fill it in, or leave the series out`;
  if (NOT_FINITE.test(text)) return `${quote(text)} is not finite: replace it, or leave the series out`;
  if (DECIMAL_COMMA.test(text)) return `${quote(text)} is no number: write decimals with a point`;
  if (Number.isNaN(parseDecimal(text))) return `${quote(text)} is no number: correct it, only the label may be text`;
  return `${quote(text)} is beyond a float32, 3.4e38 at most: scale the values down`;
}
