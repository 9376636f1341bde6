import { readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import h5wasm, { Dataset, type Group } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { Failure } from '../src/errors.ts';
import { aligned, type Hdf5Group } from '../src/formats/hdf5_format.ts';
import { writeHdf5 } from '../src/formats/hdf5_writer.ts';
import { readKerasModel, writeKerasModel, writeKerasWeights } from '../src/formats/keras_model.ts';
import type { Tensor } from '../src/formats/safetensors.ts';
import type { ModelConfig } from '../src/model/config.ts';
import type { Parameters } from '../src/model/parameters.ts';
import { CONFIGS, largestDifference, named, randomModel, referencePrediction } from './portable_models.ts';

const FOLDER = new URL('./golden/keras/', import.meta.url);
const TOLERANCE = 1e-5;

/** HDF5's own library, compiled to WebAssembly. */
const library = await h5wasm.ready;

const golden = (file: string): Uint8Array => readFileSync(new URL(file, FOLDER));

interface Golden {
  config: ModelConfig;
  parameters: Record<string, number[] | number[][]>;
  x: number[][][];
  predictions: number[][];
  attention: number[][][];
}

function expectation(name: string) {
  const { config, parameters, x, predictions, attention }: Golden = JSON.parse(
    new TextDecoder().decode(golden(`${name}.json`)),
  );
  const flat = Object.entries(parameters).map(([key, values]) => [key, Float32Array.from(values.flat())]);
  return {
    config,
    parameters: Object.fromEntries(flat) as Parameters,
    x: Float32Array.from(x.flat(2)),
    values: predictions.flat(),
    attention: attention.flat(2),
  };
}

describe('a model that Keras trained', () => {
  it.each([
    ['binary', 'binary.keras'],
    ['binary', 'binary.h5'],
    ['binary', 'binary.weights.h5'],
    ['named', 'named.keras'],
    ['single', 'single.keras'],
    ['single', 'single.h5'],
    ['single', 'single.weights.h5'],
    ['hard', 'hard.keras'],
    ['hard', 'hard.h5'],
    ['keras2', 'keras2.h5'],
    ['keras2', 'keras2.weights.h5'],
  ])('has its parameters and predictions here: %s of %s', async (name, file) => {
    const { config, parameters, x, values, attention } = expectation(name);
    // Parameters alone do not say what one output means.
    const output = file.endsWith('.weights.h5') && config.output?.kind === 'binary' ? config.output : undefined;
    const model = await readKerasModel(file, golden(file), output);
    expect(model).toEqual({ config, parameters, metadata: new Map() });
    const ours = referencePrediction(model.config, model.parameters, x);
    expect(largestDifference(values, ours.values)).toBeLessThan(TOLERANCE);
    expect(largestDifference(attention, ours.attention)).toBeLessThan(TOLERANCE);
  });

  it('is refused as parameters alone where they leave open what the output means', async () => {
    await expect(readKerasModel('m.h5', golden('binary.weights.h5'))).rejects.toThrow(
      'm.h5 holds parameters alone, which do not say whether its output is a probability or a number: give a whole Keras model',
    );
    const regression = await readKerasModel('m.h5', golden('keras2.weights.h5'), { kind: 'regression' });
    expect(regression.config.output).toEqual({ kind: 'regression' });
    const classes = { kind: 'categorical', classes: 4 } as const;
    await expect(readKerasModel('m.h5', golden('single.weights.h5'), classes)).rejects.toThrow(
      'm.h5 has the kernel of its output layer of shape (4, 3), not of shape (4, 4): give',
    );
  });
});

/** Every object of an HDF5 file as the C library reads it: type, shape and values, and those of its attributes. */
function contents(file: Uint8Array): Record<string, unknown> {
  library.FS.writeFile('file.h5', file);
  const root = new h5wasm.File('file.h5', 'r');
  try {
    const attributes = (path: string) => {
      const object = root.get(path) as Group;
      return Object.entries(object.attrs).map(([name, { metadata, value }]) => ({ name, metadata, value }));
    };
    const describe = (path: string) => {
      const object = root.get(path);
      const array = object instanceof Dataset ? { metadata: object.metadata, value: object.value } : 'group';
      return [path, { array, attributes: attributes(path) }];
    };
    return Object.fromEntries(['/', ...root.paths()].map(describe));
  } finally {
    root.close();
  }
}

const inner = (archive: Uint8Array) => unzipSync(archive)['model.weights.h5'];
const jsonOf = (archive: Uint8Array, part: string) => JSON.parse(new TextDecoder().decode(unzipSync(archive)[part]));

describe('a model written for Keras', () => {
  it.each(CONFIGS)('is read as it was written, bit for bit: %s', async (_, config) => {
    const metadata = new Map([
      ['series', '{"ü": "<b>"}'],
      ['__proto__', 'x'],
      ['', ''],
      ['long', 'é'.repeat(70_000)],
    ]);
    const model = { ...randomModel(config), metadata };
    const read = { ...model, config: named(config) };
    expect(await readKerasModel('m', writeKerasModel(model))).toEqual(read);
    expect(await readKerasModel('m', writeKerasWeights(model))).toEqual(read);
    const plain = { ...read, metadata: new Map() };
    expect(await readKerasModel('m', writeKerasModel(plain))).toEqual(plain);
    expect(await readKerasModel('m', writeKerasWeights(plain))).toEqual(plain);
  });

  it('has the groups, arrays and attributes that Keras itself writes', async () => {
    const regression = await readKerasModel('named.keras', golden('named.keras'));
    expect(contents(inner(writeKerasModel(regression)))).toEqual(contents(inner(golden('named.keras'))));
    const single = await readKerasModel('single.keras', golden('single.keras'));
    const { '/': ours, ...others } = contents(writeKerasWeights(single));
    const { '/': theirs, ...expected } = contents(golden('single.weights.h5'));
    expect(Object.keys(expected)).toContain('layers/global_average_pooling1d/vars');
    expect(others).toEqual(expected);
    expect(theirs).toEqual({ array: 'group', attributes: [] });
    expect(ours).toMatchObject({ array: 'group', attributes: [{ name: 'model_config' }] });
  });

  it('has the graph that Keras itself writes, in the archive and beside parameters alone', async () => {
    for (const name of ['named', 'single']) {
      const model = await readKerasModel(name, golden(`${name}.keras`));
      const ours = jsonOf(writeKerasModel(model), 'config.json');
      const theirs = jsonOf(golden(`${name}.keras`), 'config.json');
      expect(theirs).toMatchObject({
        ...ours,
        config: {
          ...ours.config,
          input_layers: theirs.config.input_layers,
          output_layers: theirs.config.output_layers,
        },
      });
      expect(ours.config.layers).toHaveLength(theirs.config.layers.length);
      expect(ours.config.output_layers).toEqual([theirs.config.output_layers]);
    }
    const root = contents(writeKerasWeights(randomModel(CONFIGS[0][1])))['/'] as { attributes: { value: string }[] };
    const graph = JSON.parse(root.attributes[0].value);
    expect(graph.config.layers[4]).toEqual({
      class_name: 'Multiply',
      name: 'multiply',
      config: { name: 'multiply' },
      inbound_nodes: [
        [
          ['input_1', 0, 0, {}],
          ['attention_vec', 0, 0, {}],
        ],
      ],
    });
  });

  it('is the same file for the same model, entries stored', () => {
    const model = randomModel(CONFIGS[1][1]);
    expect(writeKerasModel(model)).toEqual(writeKerasModel(model));
    const entries: [string, number][] = [];
    unzipSync(writeKerasModel(model), {
      filter: ({ name, compression }) => {
        entries.push([name, compression]);
        return false;
      },
    });
    expect(entries).toEqual([
      ['metadata.json', 0],
      ['config.json', 0],
      ['model.weights.h5', 0],
    ]);
  });
});

describe('a .keras archive', () => {
  const model = randomModel(CONFIGS[1][1]);
  const archive = (change: (parts: Record<string, Uint8Array>) => void, level: 0 | 9 = 0) => {
    const parts = unzipSync(writeKerasModel(model));
    change(parts);
    return new Uint8Array(zipSync(parts, { level }));
  };

  it('may be compressed', async () => {
    expect(
      await readKerasModel(
        'm',
        archive(() => {}, 9),
      ),
    ).toEqual(model);
  });

  it.each<[string, (parts: Record<string, Uint8Array>) => void, string]>([
    ['no graph', (parts) => delete parts['config.json'], 'm has no config.json: give'],
    ['no parameters', (parts) => delete parts['model.weights.h5'], 'm has no model.weights.h5: give'],
    ['no metadata', (parts) => delete parts['metadata.json'], 'm has no metadata.json: give'],
    [
      'a graph that is none',
      (parts) => {
        parts['config.json'] = new Uint8Array([0x5b]);
      },
      'm has config.json that is not JSON',
    ],
    [
      'another model',
      (parts) => {
        parts['config.json'] = new TextEncoder().encode('{"class_name": "Sequential", "config": {}}');
      },
      'm holds a model of class "Sequential", not a functional one',
    ],
    [
      'parameters that are none',
      (parts) => {
        parts['model.weights.h5'] = new Uint8Array(99);
      },
      'm is not an HDF5 file',
    ],
    [
      'no arrays',
      (parts) => {
        parts['model.weights.h5'] = writeHdf5({ members: new Map() });
      },
      'm has the kernel of its attention layer missing, not of shape (9, 9)',
    ],
    [
      'a bomb',
      (parts) => {
        parts['model.weights.h5'] = new Uint8Array(2 ** 25);
      },
      'but 4194304 is the most',
    ],
    [
      'more than any model',
      (parts) => {
        parts['config.json'] = new Uint8Array(2 ** 26 + 1);
      },
      'm has config.json of 67108865 bytes, where 67108864 is the most',
    ],
  ])('is refused with %s', async (_, change, message) => {
    const read = readKerasModel('m', archive(change, 9));
    await expect(read).rejects.toThrow(message);
    await expect(read).rejects.toBeInstanceOf(Failure);
  });

  it('is refused where it is cut short', async () => {
    await expect(readKerasModel('m', writeKerasModel(model).slice(0, -1))).rejects.toThrow(
      'it is not a zip archive, or not complete',
    );
  });
});

describe('an .h5 file', () => {
  const model = randomModel({ ...CONFIGS[2][1], output: { kind: 'categorical', classes: 3 } });
  const group = (members: Record<string, Hdf5Group | Tensor>, attributes: Record<string, string> = {}): Hdf5Group => ({
    members: new Map(Object.entries(members)),
    attributes: new Map(Object.entries(attributes)),
  });
  const { parameters } = model;
  const arrays = (...tensors: [number[], Float32Array][]) =>
    group({ vars: group(Object.fromEntries(tensors.map(([shape, data], i) => [String(i), { shape, data }]))) });
  const attention = arrays([[7, 7], parameters.attention_kernel], [[7], parameters.attention_bias]);
  const cell = arrays(
    [[2, 16], parameters.lstm_kernel],
    [[4, 16], parameters.lstm_recurrent_kernel],
    [[16], parameters.lstm_bias],
  );
  const output = arrays([[4, 3], parameters.output_kernel], [[3], parameters.output_bias]);
  const layers = { dense: attention, lstm: group({ cell }), dense_1: output };
  const read = (root: Hdf5Group) => readKerasModel('m', writeHdf5(root));

  it('of parameters alone is a model by its names and shapes', async () => {
    expect(await read(group({ layers: group(layers) }))).toEqual(model);
    const single = { ...layers, global_average_pooling1d: group({}), repeat_vector: group({}) };
    const { config } = await read(group({ layers: group(single) }));
    expect(config).toEqual({ ...model.config, singleAttentionVector: true });
  });

  it.each<[string, Hdf5Group, string]>([
    ['nothing of Keras', group({ weights: group({}) }), 'm is an HDF5 file, but not one of Keras'],
    ['no layers', group({ layers: group({}) }), 'm has 0 time steps'],
    [
      'another layer',
      group({ layers: group({ ...layers, lambda: group({}) }) }),
      'm holds parameters alone, and those of a layer "lambda", of which they do not say what it does',
    ],
    ['an array for a group', group({ layers: { shape: [1], data: Float32Array.of(1) } }), 'm has 0 time steps'],
    [
      'a group for an array',
      group({ layers: group({ ...layers, dense: group({ vars: group({ 0: group({}) }) }) }) }),
      'm is damaged at byte',
    ],
    [
      'no bias',
      group({ layers: group({ ...layers, dense: arrays([[7, 7], parameters.attention_kernel]) }) }),
      'm has the bias of its attention layer missing, not of shape (7)',
    ],
    [
      'another shape',
      group({ layers: group({ ...layers, dense: arrays([[49], parameters.attention_kernel]) }) }),
      'm has the kernel of its attention layer of shape (49), not of shape (49, 49)',
    ],
    [
      'a graph that is none',
      group({ layers: group(layers) }, { model_config: '{' }),
      'm has a model_config that is not JSON',
    ],
    [
      'metadata that are none',
      group({ layers: group(layers) }, { attention_lstm: '3' }),
      'm has an attribute attention_lstm that is not an object',
    ],
  ])('is refused with %s', async (_, root, message) => {
    await expect(read(root)).rejects.toThrow(message);
    await expect(read(root)).rejects.toBeInstanceOf(Failure);
  });

  it.each<[string, (file: Uint8Array) => Uint8Array, string]>([
    ['nothing', () => new Uint8Array(), 'm is not an HDF5 file'],
    ['text', () => new TextEncoder().encode('layers'), 'm is not an HDF5 file'],
    ['half of it', (file) => file.slice(0, file.length / 2), 'm is damaged at byte'],
    ['newer structures', (file) => file.fill(3, 8, 9), 'm is an HDF5 file of version 3, but Keras writes 0'],
    ['a tree that grows from itself', (file) => point(file, 'TREE', 32, 'TREE'), 'm is damaged at byte'],
    ['a tree whose branch is a heap', (file) => point(file, 'TREE', 32, 'HEAP'), 'm is damaged at byte'],
    ['names nowhere', (file) => point(file, 'HEAP', 24, ''), 'm is damaged at byte'],
    ['short addresses', (file) => file.fill(4, 13, 14), 'm is damaged at byte 13'],
    [
      'other numbers',
      (file) => replace(file, [0x17, 0x08, 0x00, 0x17, 0x7f], [0x34, 0x0b, 0x00, 0x34, 0xff]),
      'm has parameters of another type than float32',
    ],
    [
      'chunks',
      (file) => replace(file, [8, 0, 24, 0, 0, 0, 0, 0, 3, 1], [8, 0, 24, 0, 0, 0, 0, 0, 3, 2]),
      'm has parameters in chunks or compressed, which are not read',
    ],
  ])('is refused with %s', async (_, change, message) => {
    const file = change(writeHdf5(group({ layers: group(layers) })));
    await expect(readKerasModel('m', file)).rejects.toThrow(message);
  });
});

describe('an .h5 file of Keras', () => {
  it('is refused where its texts together are longer than it is', async () => {
    const file = Buffer.from(golden('binary.h5'));
    // After an attribute's name, padded to a multiple of 8, come the datatype's 24 bytes, the dataspace and the values.
    const values = (name: string, dataspace: number) =>
      file.indexOf(`${name}\0`) + aligned(name.length + 1) + 24 + dataspace;
    const graph = file.subarray(values('model_config', 8), values('model_config', 8) + 16);
    expect(8 * graph.readUInt32LE()).toBeGreaterThan(file.length);
    for (let i = 0; i < 8; i++) file.set(graph, values('layer_names', 24) + 16 * i);
    await expect(readKerasModel('m', file)).rejects.toThrow(
      `m is damaged at byte ${values('layer_names', 24) + 16 * Math.floor(file.length / graph.readUInt32LE())}: give`,
    );
  });
});

/** The file with all occurrences of `old` replaced; there must be one. */
function replace(file: Uint8Array, old: number[], replacement: number[]): Uint8Array {
  const text = Buffer.from(file).toString('latin1');
  const binary = (bytes: number[]) => Buffer.from(bytes).toString('latin1');
  expect(text).toContain(binary(old));
  return new Uint8Array(Buffer.from(text.replaceAll(binary(old), binary(replacement)), 'latin1'));
}

/**
 * The file with the address at an offset after the last `label` replaced by that of `target`, or by one beyond the end.
 */
function point(file: Uint8Array, label: string, offset: number, target: string): Uint8Array {
  const bytes = Buffer.from(file);
  const address = target === '' ? bytes.length + 8 : bytes.lastIndexOf(target);
  expect(bytes.lastIndexOf(label)).toBeGreaterThan(0);
  bytes.writeBigUInt64LE(BigInt(address), bytes.lastIndexOf(label) + offset);
  return bytes;
}
