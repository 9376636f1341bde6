import { type Bound, numberOf } from '../settings/bounds.ts';

const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+(e[+-]?\d+)?\s*$/i;
/** The comma may divide thousands instead. */
const THOUSANDS = /^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$/;

/** Groups of three digits with one kind of sign between them: in a whole number they can only be thousands. */
const GROUPS = /^\s*[+-]?[1-9]\d{0,2}(?:([.,'’_\s])\d{3})(?:\1\d{3})*\s*$/;

/** ARIA takes no powers of ten. */
const DIGITS = new Intl.NumberFormat('en', { useGrouping: false, maximumFractionDigits: 20 });

/**
 * Makes a text input take a number. An input of the type number drops a decimal comma without a word in some browsers:
 * 0,01 becomes 001, which is 1. A field that is left shows the number as it was understood.
 */
export function makeNumberInput(input: HTMLInputElement, { min, max, integer }: Bound): void {
  input.type = 'text';
  input.inputMode = integer ? 'numeric' : 'decimal';
  input.autocomplete = 'off';
  input.setAttribute('role', 'spinbutton');
  input.addEventListener('change', () => {
    input.value = typedNumber(input.value, integer);
  });
  input.addEventListener('keydown', (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const value = numberOf(typedNumber(input.value, integer));
    if (step === undefined || Number.isNaN(value)) return;
    event.preventDefault();
    input.value = String(Math.min(max, Math.max(min, value + step)));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/**
 * The text of a number with a point: `0,01` as `0.01`, and `60.000` or `60,000` as `60000` if the number is whole. Other
 * texts stay as they are, so that a refusal shows them.
 */
export function typedNumber(text: string, integer = false): string {
  if (integer && GROUPS.test(text)) return text.replace(/[.,'’_\s]/g, '');
  return DECIMAL_COMMA.test(text) && !THOUSANDS.test(text) ? text.replace(',', '.') : text;
}

/** The number that was typed, as text; assistive technology gets it too. */
export function readNumber(input: HTMLInputElement): string {
  const text = typedNumber(input.value, input.inputMode === 'numeric');
  const value = numberOf(text);
  if (Number.isNaN(value)) input.removeAttribute('aria-valuenow');
  else input.setAttribute('aria-valuenow', DIGITS.format(value));
  return text;
}
