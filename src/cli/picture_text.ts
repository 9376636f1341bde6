import { plainText, textWidth } from './terminal.ts';

/** Approximate width of a character at size 13. */
const CHARACTER = 7.2;
const WIDE_CHARACTER = 13.5;
/** Scripts whose characters are as wide as high, and emoji. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/gu;

/** No picture has room for more characters. */
const MOST_CHARACTERS = 200;

/** Foreign text for a picture: one line, at most about `widest` pixels wide, without characters that XML forbids. */
export function pictureText(text: string, widest = 175): string {
  const whole = plainText(text).replace(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');
  if (widthOf(whole) <= widest) return whole;
  const characters = [...whole].slice(0, MOST_CHARACTERS);
  while (widthOf(`${characters.join('')}…`) > widest) characters.pop();
  return `${characters.join('')}…`;
}

/** Approximate width of a text, in pixels. */
export function widthOf(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return CHARACTER * (textWidth(text) - wide) + WIDE_CHARACTER * wide;
}
