/** Characters of a value that a message shows. */
const MOST_QUOTED = 40;
/** Names that a message lists. */
const MOST_LISTED = 10;
/** Characters that control a terminal or turn the direction of a text. JSON escapes only some of them. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A value in a message: a text in quotes, with control characters escaped, and cut if it is long; of an object or a
 * list only its type.
 */
export function quote(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'object';
  if (typeof value !== 'string') return String(value);
  const text = value.length > MOST_QUOTED ? `${value.slice(0, MOST_QUOTED)}…` : value;
  return JSON.stringify(text).replace(CONTROL, escaped);
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** A name of a file, as a message has it: without control characters, and cut if it is long. */
export function printable(name: string): string {
  return quote(name).slice(1, -1);
}

/** The first of some names, as a message lists them. */
export function quoteList(names: string[]): string {
  return names.slice(0, MOST_LISTED).map(quote).join(', ') + (names.length > MOST_LISTED ? ' …' : '');
}

/** end, shuffled or stratified */
export function orList(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join();
}

/** --epochs, --batch-size and --seed */
export function andList(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : `${words.at(0) ?? ''}`;
}
