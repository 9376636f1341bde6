import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readKerasModel, writeKerasModel, writeKerasWeights } from '../src/formats/keras_model.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import { readTfjsModel, writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { createArena } from '../src/model/parameters.ts';
import { fuzz, readOrRefused } from './fuzz.ts';
import { editJsonBytes, type JsonEdit, jsonEdits } from './json_edits.ts';
import { JSON_TOKENS, type Mutation, mutate, mutationsWith, tokensOf } from './mutations.ts';
import { CONFIGS, randomModel } from './portable_models.ts';

const STANDARDISATION = { mean: [1, 2e9, 0], deviation: [1, 2, 3] };
const MODEL = {
  ...randomModel(CONFIGS[3][1]),
  standardisation: STANDARDISATION,
  metadata: new Map([['series', '{"channels": ["a"]}']]),
};
/** A model whose predictions are scaled too. */
const SCALED = {
  ...randomModel(CONFIGS[2][1]),
  standardisation: { mean: [1, -1], deviation: [2, 3], target: { mean: 3e5, deviation: 7 } },
};
const golden = (file: string) => new Uint8Array(readFileSync(new URL(`./golden/keras/${file}`, import.meta.url)));

/** Wrong texts in a model's files. */
const mutations = mutationsWith(
  tokensOf([
    ...JSON_TOKENS,
    'NaN',
    '__proto__',
    '\0',
    '\uFEFF',
    'Lambda',
    'Rescaling',
    'Softmax',
    'Reshape',
    'Dropout',
    'kwargs',
    '../',
    'dense',
    'lstm',
    'float16',
    'TREE',
    'SNOD',
    'HEAP',
    'GCOL',
    'OHDR',
    'PK\x01\x02',
    '\x11\0\x10\0',
    '\x10\0\x10\0',
  ]),
);

/** Reads the files: a whole model of the sizes that it claims, or undefined. */
async function check(bytes: number, read: () => PortableModel | Promise<PortableModel>) {
  const model = await readOrRefused(bytes, read);
  if (!model) return undefined;
  const { config, parameters, standardisation } = model;
  if (standardisation) expect(standardisation.mean.length).toBe(config.inputDim);
  for (const { name, length } of createArena(config).specs) expect(parameters[name].length).toBe(length);
  return model;
}

const OUTPUT = { kind: 'binary' } as const;
const checkKeras = (file: Uint8Array) => check(file.length, () => readKerasModel('m', file, OUTPUT));

const FILES = writeTfjsModel(SCALED);

/** The files with one of them changed. */
function checkTfjs(part: string, change: (bytes: Uint8Array) => Uint8Array) {
  const files = new Map<string, Uint8Array>(FILES);
  files.set(part, change(FILES.get(part) as Uint8Array));
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  return check(bytes, () => readTfjsModel('m', files));
}

const PARTS = unzipSync(writeKerasModel(MODEL));

/** The archive with one of its files changed, and the right checksum for it. */
function repacked(part: string, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return zipSync({ ...PARTS, [part]: change(PARTS[part]) }, { level: 0 });
}

/** Number of tests that share each of these parsers. */
const [KERAS, HDF5, TFJS] = [{ of: 6 }, { of: 8 }, { of: 3 }];

describe('a damaged model file', () => {
  const files: [string, Uint8Array][] = [
    ['our .keras', writeKerasModel(MODEL)],
    ["Keras' .keras", golden('binary.keras')],
    ['our .weights.h5', writeKerasWeights(MODEL)],
    ["Keras' .weights.h5", golden('binary.weights.h5')],
    ["Keras' .h5", golden('binary.h5')],
    ["Keras 2's .h5", golden('keras2.h5')],
    ["Keras 2's .weights.h5", golden('keras2.weights.h5')],
  ];

  it.each(files)('like %s is read if nothing is damaged', async (_, file) => {
    expect(await checkKeras(file)).toBeDefined();
  });

  for (const [name, file] of files) {
    const damaged = (changes: Mutation[]) => checkKeras(mutate(file, changes));
    fuzz(`like ${name} is read or refused in a sentence`, mutations, damaged, name.endsWith('.keras') ? KERAS : HDF5);
  }

  for (const [name, file] of files.slice(2, 5)) {
    const place = fc.nat(Math.floor(file.length / 8) - 1);
    const address = fc.oneof(place.map(BigInt), fc.constantFrom(0x1fffffffn, 2n ** 60n));
    const changes = fc.array(fc.record({ place, address }), { minLength: 1, maxLength: 40 });
    const led = (addresses: { place: number; address: bigint }[]) => {
      const changed = new Uint8Array(file);
      const view = new DataView(changed.buffer);
      for (const { place, address } of addresses) view.setBigUint64(8 * place, 8n * address, true);
      return checkKeras(changed);
    };
    fuzz(`may be ${name} with addresses that lead elsewhere`, changes, led, HDF5);
  }

  for (const part of ['config.json', 'metadata.json', 'model.weights.h5']) {
    const damaged = (changes: Mutation[]) => checkKeras(repacked(part, (bytes) => mutate(bytes, changes)));
    fuzz(`may be ${part} in an archive`, mutations, damaged, KERAS);
  }
  const edited = (edits: JsonEdit[]) => checkKeras(repacked('config.json', (bytes) => editJsonBytes(bytes, edits)));
  fuzz("may be Keras' graph with other values in it", jsonEdits, edited, KERAS);

  for (const part of ['model.json', 'weights.bin']) {
    const damaged = (changes: Mutation[]) => checkTfjs(part, (bytes) => mutate(bytes, changes));
    fuzz(`may be TensorFlow.js' ${part}`, mutations, damaged, TFJS);
  }
  const editedModel = (edits: JsonEdit[]) => checkTfjs('model.json', (bytes) => editJsonBytes(bytes, edits));
  fuzz("may be TensorFlow.js' model.json with other values in it", jsonEdits, editedModel, TFJS);

  const start = fc.constantFrom('', 'PK\x03\x04', '\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0', '{');
  fuzz('may be anything', fc.tuple(start, fc.uint8Array({ maxLength: 500 })), async ([head, bytes]) => {
    const file = Uint8Array.from([...[...head].map((letter) => letter.charCodeAt(0)), ...bytes]);
    await checkKeras(file);
    await checkTfjs('model.json', () => file);
  });
});
