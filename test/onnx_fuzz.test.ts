import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../src/data/bytes.ts';
import { encodeModel } from '../src/formats/onnx/encoder.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import type { OnnxModel } from '../src/model/exchange/onnx_messages.ts';
import { createArena } from '../src/model/parameters.ts';
import { fuzz, readOrRefused } from './fuzz.ts';
import { mutate, mutationsWith, overwritesWith, repeat, share, tokensOf } from './mutations.ts';
import { graphEdits } from './onnx_edits.ts';
import { CONFIGS, modelOf, onnxModel, SMALL } from './onnx_models.ts';

/** Models that standardise in their graph. */
const FILES = CONFIGS.slice(1).map(([, config]) => {
  const channels = Array.from({ length: config.inputDim }, (_, channel) => channel + 1 / 3);
  const target = config.output?.kind === 'regression' && { target: { mean: 3e5, deviation: 7 } };
  const standardisation = { mean: channels, deviation: channels, ...target };
  return writeOnnx({ ...modelOf(config, new Map([['series', '{"a":"ü"}']])), standardisation });
});

/** Wrong tags, lengths and numbers. */
const TAGS = [
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80],
  [0xff],
  [0x0b],
  [0x0c],
  [0x0a, 0x00],
  [0x2a, 0x00],
  [0x4a, 0x00],
  [0x3a, 0xff, 0xff, 0xff, 0xff, 0x07],
  [0x22, 0x04, 0, 0, 0x80, 0x7f],
].map((bytes) => Uint8Array.from(bytes));
const token = fc.oneof(
  fc.constantFrom(...TAGS),
  tokensOf(['LSTM', 'Identity', 'Constant', 'attention', 'series', 'com.microsoft', '__proto__', '\0']),
  fc.uint8Array({ minLength: 1, maxLength: 4 }),
);

/** Reads the file: a whole model that is the same when written again, or undefined. */
async function check(file: Uint8Array): Promise<PortableModel | undefined> {
  const model = await readOrRefused(file.length, () => readOnnx('m.onnx', file));
  if (!model) return undefined;
  for (const { name, length } of createArena(model.config).specs) {
    expect(model.parameters[name], name).toBeInstanceOf(Float32Array);
    expect(model.parameters[name].length, name).toBe(length);
  }
  const { standardisation, ...plain } = model;
  expect(readOnnx('again', writeOnnx(plain))).toEqual(plain);
  if (standardisation) expect(standardisation.deviation.every((value) => value > 0)).toBe(true);
  return model;
}

const PART = { of: 5 };

describe('a damaged ONNX file is read or refused in a sentence', () => {
  const file = fc.constantFrom(...FILES);

  it('and read if nothing is damaged', async () => {
    for (const bytes of FILES) expect(await check(bytes)).toBeDefined();
  });

  fuzz(
    'whatever bytes are put in and taken away',
    fc.tuple(file, mutationsWith(token)),
    ([bytes, changes]) => check(mutate(bytes, changes)),
    PART,
  );
  fuzz(
    'whatever bytes are overwritten',
    fc.tuple(file, overwritesWith(token)),
    ([bytes, changes]) => check(mutate(bytes, changes)),
    PART,
  );

  const part = fc.tuple(file, share, share).map(([bytes, from, to]) => {
    return bytes.subarray(Math.floor(Math.min(from, to) * bytes.length), Math.ceil(Math.max(from, to) * bytes.length));
  });
  fuzz('cut, or made of two', fc.array(part, { maxLength: 3 }), (parts) => check(joinBytes(parts)), PART);

  const edits = fc.array(graphEdits, { minLength: 1, maxLength: 4 });
  fuzz(
    'with another graph in it',
    fc.tuple(fc.constantFrom(...CONFIGS.slice(1)), edits),
    ([[, config], all]) => {
      const model = onnxModel(config);
      for (const edit of all) edit(model);
      return check(encodeModel(model));
    },
    PART,
  );

  const anything = fc.oneof(fc.uint8Array({ maxLength: 500 }), fc.array(token, { maxLength: 60 }).map(joinBytes));
  fuzz('of any bytes', anything, check, PART);
});

describe('a file made to exhaust its reader', () => {
  const graph = (bytes: Uint8Array) => Uint8Array.from([0x42, 0x02, 0x10, 0x0d, ...field(7, bytes)]);
  const field = (number: number, bytes: Uint8Array) => [(number << 3) | 2, ...varint(bytes.length), ...bytes];
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  /** Nested messages: graphs in attributes of nodes of graphs. */
  const nested = (depth: number): Uint8Array => {
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < depth; i++) bytes = Uint8Array.from(field([1, 5, 6][i % 3], bytes));
    return bytes;
  };

  it.each([
    ['nested deep', graph(nested(3000))],
    ['of groups within groups', graph(new Uint8Array(200_000).fill(0x0b))],
    ['of a million empty nodes', graph(repeat(Uint8Array.of(0x0a, 0), 1e6))],
    ['of a million empty constants', graph(repeat(Uint8Array.of(0x2a, 0), 1e6))],
    [
      'of a shape of a million sizes',
      graph(Uint8Array.from(field(5, Uint8Array.from(field(1, new Uint8Array(1e6).fill(1)))))),
    ],
    ['of a million numbers', graph(Uint8Array.from(field(5, Uint8Array.from(field(7, new Uint8Array(1e6).fill(1))))))],
    ['of numbers that never end', graph(new Uint8Array(1e6).fill(0xff))],
    ['of a length beyond it', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ['of identities in a circle', encodeModel(identities(onnxModel(SMALL), 2000, true))],
    ['of identities in a row', encodeModel(identities(onnxModel(SMALL), 2000, false))],
    ['of operations on a constant in a row', encodeModel(operations(onnxModel(SMALL), 2000, 'Transpose'))],
    ['of ever larger constants', encodeModel(operations(onnxModel(SMALL), 60, 'Concat'))],
  ])('%s', async (_, file) => void (await check(file)));
});

/** The bias of the output after many operations on constants, each of which takes its input twice. */
function operations(model: OnnxModel, count: number, opType: string): OnnxModel {
  const { nodes } = model.graph;
  const names = Array.from({ length: count }, (_, i) => `v${i}`);
  names.forEach((name, i) => {
    const from = i === 0 ? 'output_bias' : names[i - 1];
    const inputs = opType === 'Concat' ? [from, from] : [from];
    nodes.push({ name: '', opType, domain: '', inputs, outputs: [name], attributes: new Map([['axis', 0]]) });
  });
  for (const { opType: type, inputs } of nodes) if (type === 'Gemm') inputs[2] = names[count - 1];
  return model;
}

/** The prediction after many nodes that pass it on. In a circle the first of them takes the last one's value. */
function identities(model: OnnxModel, count: number, isCircle: boolean): OnnxModel {
  const names = Array.from({ length: count }, (_, i) => `v${i}`);
  const first = isCircle ? names[count - 1] : 'prediction';
  names.forEach((name, i) => {
    const node = { name: '', opType: 'Identity', domain: '', outputs: [name], attributes: new Map() };
    model.graph.nodes.push({ ...node, inputs: [i === 0 ? first : names[i - 1]] });
  });
  model.graph.outputs = [{ name: names[count - 1], docString: '', dims: [] }];
  return model;
}
