import { Failure } from '../errors.ts';

/** `where` goes from the file's name inwards: row, column. `what` says what is wrong there and what to do. */
export function invalidFile(where: readonly string[], what: string): Failure {
  return new Failure('invalid-file', `${where.join(', ')}: ${what}`);
}
