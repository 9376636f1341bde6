import { quote } from '../text/quote.ts';

/** Texts that Number() accepts although they are not decimal numbers. */
const NO_DECIMAL = /^\s*(0[box]|$)/i;
const MISSING = /^\s*([?-]|nan|n\/?a|null|none|missing)?\s*$/i;
const NOT_FINITE = /^\s*[+-]?inf(inity)?\s*$/i;
const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+(e[+-]?\d+)?\s*$/i;

/** A decimal number with a point, read from text; NaN for anything else. */
export function parseDecimal(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && NO_DECIMAL.test(text) ? Number.NaN : value;
}

/** What divides the whole part of a number from its fraction. */
export type DecimalMark = '.' | ',';

/** Groups of three digits, as spreadsheets write them, with at least one group and a fraction, or two groups. */
const GROUPED = {
  '.': /^\s*[+-]?\d{1,3}(,\d{3})+(,\d{3}|\.\d+)\s*$/,
  ',': /^\s*[+-]?\d{1,3}(\.\d{3})+(\.\d{3}|,\d+)\s*$/,
};

/** A number whose fraction follows this mark; groups of thousands are understood. NaN for anything else. */
export function parseNumber(text: string, mark: DecimalMark): number {
  if (mark === '.') {
    const value = parseDecimal(text);
    return Number.isNaN(value) && GROUPED['.'].test(text) ? Number(text.replaceAll(',', '')) : value;
  }
  if (GROUPED[','].test(text)) return Number(text.replaceAll('.', '').replace(',', '.'));
  return text.includes('.') ? Number.NaN : parseDecimal(text.replace(',', '.'));
}

/** Whether a text is a number with a decimal comma. */
export function hasDecimalComma(text: string): boolean {
  return DECIMAL_COMMA.test(text) || GROUPED[','].test(text);
}

/** Whether a text stands for a missing value. */
export function isMissing(text: string): boolean {
  return MISSING.test(text);
}

/** True for a value that float32 can hold: neither NaN nor beyond 3.4e38. */
export function fitsFloat(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** Says why a text is not a value of a series, and what to do about it. */
export function describeNoFloat(text: string): string {
  if (text.trim() === '') return 'the value is missing: fill it in, or leave the series out';
  if (isMissing(text)) return `${quote(text)} stands for a missing value: fill it in, or leave the series out`;
  if (NOT_FINITE.test(text)) return `${quote(text)} is not finite: replace it, or leave the series out`;
  if (DECIMAL_COMMA.test(text)) return `${quote(text)} is not a number: write decimals with a point`;
  if (Number.isNaN(parseDecimal(text))) return `${quote(text)} is not a number: correct it, only the label may be text`;
  return `${quote(text)} is beyond a float32, 3.4e38 at most: scale the values down`;
}
