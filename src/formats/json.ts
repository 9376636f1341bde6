import type { Wrong } from '../rules.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a shape: a list of safe whole numbers from 0. */
export function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Parses an object from a UTF-8 text; `part` is the text's name within the file. */
export function parseRecord(part: string, text: string | Uint8Array, wrong: Wrong): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    throw wrong(`has ${part} that is not JSON`);
  }
  if (!isRecord(value)) throw wrong(`has ${part} that is not an object`);
  return value;
}
