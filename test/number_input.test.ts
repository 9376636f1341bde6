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

// [text, the whole number's text]
it.each([
  ['60.000', '60000'],
  ['60,000', '60000'],
  [' 1 000 000 ', '1000000'],
  ["-100'000", '-100000'],
  ['1.000,000', '1.000,000'],
  ['60.00', '60.00'],
  ['0.001', '0.001'],
  ['1000', '1000'],
  ['2,5', '2.5'],
])('takes %j in a field of whole numbers for %j', (typed, number) => {
  expect(typedNumber(typed, true)).toBe(number);
});
