import { asFailure, Failure } from './errors.ts';
import { quote } from './text/quote.ts';

// Rules for the fields of foreign files. Fields without a rule are not checked.

const MOST_SHOWN = 80;

/** Says what is wrong with a value; undefined if nothing is. `path` leads to the value. */
export type Rule = (value: unknown, path: string) => string | undefined;

export function rule(what: string, holds: (value: unknown) => boolean): Rule {
  return (value, path) => (holds(value) ? undefined : `${path} ${quote(value)}, not ${what}`);
}

export const text = rule('a text', (value) => typeof value === 'string');
export const flag = rule('true or false', (value) => typeof value === 'boolean');
export const number = rule('a number', Number.isFinite);
export const fromZero = rule('a number from 0', (value) => Number.isFinite(value) && Number(value) >= 0);
export const positive = rule('a positive number', (value) => Number.isFinite(value) && Number(value) > 0);

/** A foreign text in a message: in one line, and cut if it is long. */
export function shown(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line;
}

export function optional(inner: Rule): Rule {
  return (value, path) => (value === undefined ? undefined : inner(value, path));
}

export function list(item: Rule): Rule {
  return (value, path) =>
    Array.isArray(value) ? firstMisfit(value.map((element, i) => [element, `${path}[${i}]`, item])) : `no list ${path}`;
}

/** An object with at least these fields. */
export function object(fields: Record<string, Rule>): Rule {
  return (value, path) =>
    isObject(value)
      ? firstMisfit(Object.entries(fields).map(([name, field]) => [value[name], `${path}.${name}`, field]))
      : `no ${path}`;
}

/** An object whose values are all of one kind. */
export function record(inner: Rule): Rule {
  return (value, path) =>
    isObject(value)
      ? firstMisfit(Object.entries(value).map(([name, field]) => [field, `${path}.${shown(name)}`, inner]))
      : `no ${path}`;
}

function firstMisfit(parts: [value: unknown, path: string, rule: Rule][]): string | undefined {
  for (const [value, path, rule] of parts) {
    const misfit = rule(value, path);
    if (misfit) return misfit;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Parses a file's text as JSON. Throws invalid-file. */
export function parseJson(name: string, text: string, wanted: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrongFile(name, `is not JSON (${shown(asFailure(error).message)})`, wanted);
  }
}

/** Throws invalid-file, naming the first mistake and what is `wanted`. */
export function requireFields(name: string, content: unknown, rules: Record<string, Rule>, wanted: string): void {
  const fields = isObject(content) ? content : {};
  const misfit = firstMisfit(Object.entries(rules).map(([field, rule]) => [fields[field], field, rule]));
  if (misfit) throw wrongFile(name, `has ${misfit}`, wanted);
}

/** Throws invalid-file if a file's config is impossible; `check` throws the reason. */
export function requireConfig(name: string, check: () => void, wanted: string): void {
  try {
    check();
  } catch (error) {
    throw wrongFile(name, `has an impossible config: ${asFailure(error).message}`, wanted);
  }
}

/** The error of a wrong file. `what` describes the mistake, `wanted` the file to give instead. */
export function wrongFile(name: string, what: string, wanted: string): Failure {
  return new Failure('invalid-file', `${name} ${what}: give ${wanted}`);
}

/** Makes the error of a certain file; `what` follows its name. */
export type Wrong = (what: string) => Failure;

export function wrongOf(name: string, wanted: string): Wrong {
  const wrong = (what: string) => wrongFile(name, what, wanted);
  return wrong;
}
