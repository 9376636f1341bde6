import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable, quote, quoteList } from '../src/text/quote.ts';

const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

it('a quoted value has no control characters, whatever is in it', () => {
  const controls = fc.constantFrom('\u0007', '\u009b', '\u202e', '\u2029', '\ufeff', '\u{e0001}');
  const hostile = fc
    .array(fc.oneof(controls, fc.string({ maxLength: 3 })), { maxLength: 20 })
    .map((all) => all.join(''));
  fc.assert(fc.property(hostile, (text) => !CONTROLS.test(quote(text) + printable(text) + quoteList([text]))));
});

it('a control character is shown by its number', () => {
  expect(quote('a\u001b[2Jb')).toBe('"a\\u001b[2Jb"');
  expect(quote('a\u202eb\u009bc\u2028d\u{e0001}')).toBe('"a\\u202eb\\u009bc\\u2028d\\u{e0001}"');
  expect(quote('Länge "1" 😀')).toBe('"Länge \\"1\\" 😀"');
});
