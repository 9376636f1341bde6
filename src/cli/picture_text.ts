import { plainText, textWidth } from './terminal.ts';

/** About what a character takes at a size of 13. */
const CHARACTER = 7.2;
const WIDE_CHARACTER = 13.5;
/** Scripts whose characters are as wide as high, and pictures. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/gu;

/** More characters fit into no picture. */
const MOST_CHARACTERS = 200;

/** Text from elsewhere as a picture can hold it: one line, about `widest` pixels at most, without characters that no XML file may have. */
export function pictureText(text: string, widest = 175): string {
  const whole = plainText(text).replace(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');
  if (widthOf(whole) <= widest) return whole;
  const characters = [...whole].slice(0, MOST_CHARACTERS);
  while (widthOf(`${characters.join('')}…`) > widest) characters.pop();
  return `${characters.join('')}…`;
}

/** About how wide a text is, in pixels. */
export function widthOf(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return CHARACTER * (textWidth(text) - wide) + WIDE_CHARACTER * wide;
}
