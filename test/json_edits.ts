import fc from 'fast-check';
import { strFromU8, strToU8 } from 'fflate';
import { share } from './mutations.ts';

/** Another value at a place in a JSON, given as a share of all places; null removes the value. */
export interface JsonEdit {
  at: number;
  value: string | null;
}

/** Places that are counted; places beyond stay as they are. */
const MOST_PLACES = 5000;

/** Values of the wrong kind. */
const values = fc.constantFrom(
  'null',
  'true',
  '0',
  '-1',
  '0.5',
  '1e308',
  '1e999',
  '9007199254740992',
  '9223372036854775808',
  '1e-320',
  '""',
  '"dense"',
  '"input_1"',
  '"__proto__"',
  '"constructor"',
  '"a\\nb"',
  '"<img src=x>"',
  '"2026-01-02"',
  '[]',
  '[[]]',
  '[null]',
  '{}',
  '{"toString": 1, "valueOf": 1}',
  '{"length": 2}',
  '{"kind": "x\\ny"}',
  '[[["dense", 0, 0, {}]]]',
  '[[[["lstm"]]]]',
  '{"class_name": "x", "config": {}}',
  '{"__proto__": {"units": 4, "length": 3}, "length": 7}',
  `{"${'long '.repeat(300)}": {"a\\nb": "c"}}`,
  `${'['.repeat(300)}${']'.repeat(300)}`,
  JSON.stringify('x'.repeat(2000)),
  JSON.stringify(Array(2000).fill(1)),
);

export const jsonEdits: fc.Arbitrary<JsonEdit[]> = fc.array(fc.record({ at: share, value: fc.option(values) }), {
  minLength: 1,
  maxLength: 3,
});

/** The value of a JSON text after the edits. */
export function editJson(text: string, edits: JsonEdit[]): unknown {
  const root: unknown[] = [JSON.parse(text)];
  for (const { at, value } of edits) {
    const places = placesIn(root);
    const place = places[Math.floor(at * places.length)];
    if (place && value === null) delete place[0][place[1]];
    else if (place) place[0][place[1]] = JSON.parse(value as string);
  }
  return root[0];
}

/** The same for the bytes of a file. */
export function editJsonBytes(bytes: Uint8Array, edits: JsonEdit[]): Uint8Array {
  return strToU8(JSON.stringify(editJson(strFromU8(bytes), edits)) ?? '');
}

type Place = [holder: Record<string, unknown>, key: string];

function placesIn(root: unknown): Place[] {
  const places: Place[] = [];
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || places.length > MOST_PLACES) return;
    const holder = node as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      places.push([holder, key]);
      collect(holder[key]);
    }
  };
  collect(root);
  return places;
}
