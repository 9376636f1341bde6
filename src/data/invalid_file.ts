import { Failure } from '../errors.ts';

/** Characters of a value that an error shows. */
const SHOWN = 40;
/** Names that an error lists. */
const LISTED = 10;

/** `where` goes from the file's name inwards: row, column. `what` says what is wrong there and what to do. */
export function invalidFile(where: readonly string[], what: string): Failure {
  return new Failure('invalid-file', `${where.join(', ')}: ${what}`);
}

/** A value of the file as an error shows it: in quotes, control characters escaped, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

/** The first of some names, as an error lists them. */
export function quoteList(names: string[]): string {
  return names.slice(0, LISTED).map(quote).join(', ') + (names.length > LISTED ? ' …' : '');
}
