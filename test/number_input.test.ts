import { expect, it } from 'vitest';
import { typedNumber } from '../src/page/number_input.ts';

// [text, the number's text]
it.each([
  ['0,01', '0.01'],
  [' -0,5 ', ' -0.5 '],
  [',5', '.5'],
  ['1,5e-3', '1.5e-3'],
  ['0,001', '0.001'],
  ['1234,567', '1234.567'],
  ['12,3456', '12.3456'],
  ['1,000', '1,000'],
  ['-100,000', '-100,000'],
  ['1,000,000', '1,000,000'],
  ['0.01', '0.01'],
  ['one', 'one'],
  ['', ''],
])('takes the typed %j for %j', (typed, number) => {
  expect(typedNumber(typed)).toBe(number);
});
