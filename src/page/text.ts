// How the page writes numbers and sentences. Its language is English in every browser.

const NUMBER = new Intl.NumberFormat('en');

/**
 * With thousands apart; as a power of ten if the digits would fill a line, and with all its digits if it is below
 * 0.001.
 */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return String(Number(value.toPrecision(3)));
  return size >= 1e-3 || size === 0 ? NUMBER.format(value) : String(value);
}

export function formatCount(value: number): string {
  return NUMBER.format(Math.round(value));
}

/** Turns a failure's lower-case message into a sentence. A file's name at its start stays as it is. */
export function asSentence(message: string, file?: string): string {
  const end = /[.!?…]$/.test(message) ? '' : '.';
  const first = file && message.startsWith(file) ? message.charAt(0) : message.charAt(0).toUpperCase();
  return first + message.slice(1) + end;
}

/** A user's name for something, cut if it is too long to stand beside others. */
export function shorten(name: string, letters: number): string {
  return name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
}
