import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../src/data/bytes.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { readSafetensors, type SafetensorsFile, writeSafetensors } from '../src/formats/safetensors.ts';
import type { SavedModel } from '../src/formats/saved_model.ts';
import { createArena } from '../src/model/parameters.ts';
import { fuzz, readOrRefused } from './fuzz.ts';
import { editJson, editJsonBytes, type JsonEdit, jsonEdits } from './json_edits.ts';
import { JSON_TOKENS, type Mutation, mutate, mutationsWith, overwritesWith, tokensOf } from './mutations.ts';
import { FILE, MODEL, TRAINED } from './saved_models.ts';

const tokens = tokensOf([
  ...JSON_TOKENS,
  '__proto__',
  '\0',
  '\uFEFF',
  'F16',
  '"data_offsets":[0,8]',
  '"shape":[]',
  '__metadata__',
  '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
]);
const changes = fc.oneof(mutationsWith(tokens), overwritesWith(tokens));

/** Reads the file: tensors of the sizes that they claim, or undefined. */
async function check(file: Uint8Array): Promise<SafetensorsFile | undefined> {
  const read = await readOrRefused(file.length, () => readSafetensors('m', file));
  for (const { shape, data } of read?.tensors.values() ?? []) {
    expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
  }
  return read;
}

/** Reads the file: a whole model that can be written again, or undefined. */
async function checkModel(file: Uint8Array): Promise<SavedModel | undefined> {
  const read = await readOrRefused(file.length, () => readModel('m', file));
  if (!read) return undefined;
  const { specs, length: all } = createArena(read.config);
  for (const { name, length } of specs) expect(read.parameters[name].length).toBe(length);
  const states = [read.checkpoint?.state, read.checkpoint?.best?.state];
  for (const values of states.flatMap((state) => Object.values(state ?? {}))) expect(values.length).toBe(all);
  expect(readModel('again', writeModel(read)).config).toEqual(read.config);
  return read;
}

/** The file with another header, and that header's length. */
function withHeader(file: Uint8Array, change: (header: Uint8Array) => Uint8Array): Uint8Array {
  const end = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = change(file.subarray(8, end));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return joinBytes([length, header, file.subarray(end)]);
}

describe('a damaged safetensors file is read or refused in a sentence', () => {
  const file = writeSafetensors(FILE);
  const third = { of: 3 };

  it('and read if nothing is damaged', async () => {
    expect(await check(file)).toEqual(FILE);
  });

  fuzz('safetensors: whatever bytes are others', changes, (all: Mutation[]) => check(mutate(file, all)), third);
  const edited = (edits: JsonEdit[]) => check(withHeader(file, (header) => editJsonBytes(header, edits)));
  fuzz('safetensors: other values in the header', jsonEdits, edited, third);
  const header = fc.array(tokens, { maxLength: 40 }).map(joinBytes);
  const anything = fc.tuple(header, fc.uint8Array({ maxLength: 64 })).map(([text, data]) => joinBytes([text, data]));
  fuzz('safetensors: any header', anything, (bytes) => check(withHeader(file, () => bytes)), third);
});

describe('a damaged model with its checkpoint is read or refused in a sentence', () => {
  const file = writeModel(TRAINED);
  const third = { of: 3 };

  it('and read if nothing is damaged', async () => {
    expect(await checkModel(file)).toEqual(TRAINED);
    expect(await checkModel(writeModel(MODEL))).toEqual(MODEL);
  });

  fuzz('checkpoint: whatever bytes are others', changes, (all: Mutation[]) => checkModel(mutate(file, all)), third);
  const edited = (edits: JsonEdit[]) => checkModel(withHeader(file, (header) => editJsonBytes(header, edits)));
  fuzz('checkpoint: other values in the header', jsonEdits, edited, third);

  const { tensors, metadata } = readSafetensors('m', file);
  const field = fc.constantFrom(...['config', 'series', 'standardisation', 'history', 'checkpoint']);
  fuzz(
    'checkpoint: other values in the metadata',
    fc.tuple(field, jsonEdits),
    ([name, edits]) => {
      const text = JSON.stringify(editJson(metadata.get(name) as string, edits)) ?? '';
      return checkModel(writeSafetensors({ tensors, metadata: new Map([...metadata, [name, text]]) }));
    },
    third,
  );
});
