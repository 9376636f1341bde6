import { describe, expect, it } from 'vitest';
import { Failure } from '../src/errors.ts';
import { readTfjsModel, writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { CONFIGS, named, randomModel } from './portable_models.ts';

type Files = Map<string, Uint8Array>;

type Json = ReturnType<typeof JSON.parse>;

/** The files of a model with three channels, after a change of model.json or of the files beside it. */
function changed(change: (json: Json, files: Files) => void, config = CONFIGS[1][1]): Files {
  const files: Files = new Map(writeTfjsModel(randomModel(config)));
  const json = JSON.parse(new TextDecoder().decode(files.get('model.json')));
  change(json, files);
  if (files.has('model.json')) files.set('model.json', new TextEncoder().encode(JSON.stringify(json)));
  return files;
}

const layerOf = (json: Json, name: string): Json =>
  json.modelTopology.config.layers.find((layer: Json) => layer.name === name);

describe('the files of a layers model', () => {
  const config = CONFIGS[1][1];
  const model = randomModel(config);

  it.each(CONFIGS)('are read as they were written, bit for bit: %s', (_, config) => {
    const metadata = new Map([
      ['series', '{"ü": "<b>"}'],
      ['__proto__', 'x'],
      ['', ''],
    ]);
    const model = { ...randomModel(config), metadata };
    expect(readTfjsModel('m', writeTfjsModel(model))).toEqual({ ...model, config: named(config) });
  });

  it('may hold the weights in parts that end anywhere', () => {
    const files = changed((json, parts) => {
      const bytes = parts.get('weights.bin') as Uint8Array;
      parts.delete('weights.bin');
      const [kernel, ...others] = json.weightsManifest[0].weights;
      const cuts = [0, 4 * 81, 4 * 81 + 7, 4 * 81 + 100, bytes.length];
      for (const [i, start] of cuts.slice(0, -1).entries())
        parts.set(`group-shard${i}`, bytes.slice(start, cuts[i + 1]));
      json.weightsManifest = [
        { paths: ['./group-shard0'], weights: [kernel] },
        { paths: ['group-shard1', 'group-shard2', 'group-shard3'], weights: others },
      ];
    });
    expect(readTfjsModel('m', files)).toEqual(model);
  });

  it('may be called and laid out as the converter from Keras does', () => {
    const files = changed((json, parts) => {
      parts.set('my-model.json', new Uint8Array());
      parts.delete('model.json');
      json.modelTopology = { keras_version: '2.4.0', backend: 'tensorflow', model_config: json.modelTopology };
      json.modelTopology.model_config.class_name = 'Functional';
      for (const weight of json.weightsManifest[0].weights)
        weight.name = weight.name.replace('lstm/', 'lstm/lstm_cell/');
      delete json.format;
      parts.set('my-model.json', new TextEncoder().encode(JSON.stringify(json)));
    });
    expect(readTfjsModel('m', files)).toEqual(model);
  });

  it.each<[string, (json: Json, files: Files) => void, string]>([
    ['no model.json', (_, files) => files.delete('model.json'), 'has no .json files, not one'],
    ['two', (_, files) => files.set('b.json', new Uint8Array()), 'has 2 .json files, not one'],
    ['a graph model', (json) => (json.format = 'graph-model'), 'is not a layers model of TensorFlow.js'],
    ['no graph', (json) => delete json.modelTopology, 'holds no model'],
    [
      'a list of layers',
      (json) => (json.modelTopology.class_name = 'Sequential'),
      'holds a model of class "Sequential"',
    ],
    ['no layers', (json) => delete json.modelTopology.config.layers, 'has a model without layers'],
    ['a layer that is none', (json) => (json.modelTopology.config.layers[2] = 7), 'has a layer without settings'],
    ['a layer without class', (json) => delete layerOf(json, 'lstm').class_name, 'has a layer without class or name'],
    [
      'a shared layer',
      (json) => layerOf(json, 'dense').inbound_nodes.push([['permute', 0, 0, {}]]),
      'the layer "dense" used 2 times',
    ],
    [
      'two outputs',
      (json) => json.modelTopology.config.output_layers.push(['lstm', 0, 0]),
      'has a model of 2 outputs, not one',
    ],
    ['one name twice', (json) => (layerOf(json, 'multiply').name = 'lstm'), 'has two layers of one name'],
    [
      'a layer less',
      (json) => json.modelTopology.config.layers.splice(1, 1),
      'has nothing where a layer Permute, Transpose, Reshape, Flatten, Dense, Activation, Softmax, ',
    ],
    [
      'a layer more',
      (json) => json.modelTopology.config.layers.push({ class_name: 'Dropout', name: 'd', config: {} }),
      'has the layer "d" of class "Dropout", which is not one of the model',
    ],
    [
      'a layer between',
      (json) => (layerOf(json, 'lstm').class_name = 'GRU'),
      'has the layer "lstm" of class "GRU" where a layer LSTM belongs',
    ],
    [
      'other ways round',
      (json) => (layerOf(json, 'permute').config.dims = [1, 2]),
      'has the layer "dense" of class "Dense" along another axis than the time steps',
    ],
    [
      'another attention',
      (json) => (layerOf(json, 'dense').config.activation = 'sigmoid'),
      'has the layer "dense" with activation "sigmoid", not "softmax"',
    ],
    [
      'an attention of other size',
      (json) => (layerOf(json, 'dense').config.units = 8),
      'has the layer "dense" with units 8, not 9',
    ],
    [
      'other activations',
      (json) => (layerOf(json, 'lstm').config.activation = 'relu'),
      'with activation "relu", not "tanh"',
    ],
    [
      'other gates',
      (json) => (layerOf(json, 'lstm').config.recurrent_activation = 'relu'),
      'with recurrent_activation "relu", not "sigmoid"',
    ],
    [
      'no activation',
      (json) => delete layerOf(json, 'lstm').config.activation,
      'with activation undefined, not "tanh"',
    ],
    [
      'all steps',
      (json) => (layerOf(json, 'lstm').config.return_sequences = true),
      'with return_sequences true, not false',
    ],
    ['backwards', (json) => (layerOf(json, 'lstm').config.go_backwards = true), 'with go_backwards true, not false'],
    ['states kept', (json) => (layerOf(json, 'lstm').config.stateful = true), 'with stateful true, not false'],
    ['no bias', (json) => (layerOf(json, 'lstm').config.use_bias = false), 'with use_bias false, not true'],
    [
      'several sigmoids',
      (json) => (layerOf(json, 'dense_1').config.activation = 'sigmoid'),
      'has the output "dense_1" of 4 units with activation "sigmoid", not one',
    ],
    [
      'images',
      (json) => (layerOf(json, 'input_1').config.batch_input_shape = [null, 9, 3, 1]),
      'has the input "input_1" of shape [null, 9, 3, 1], not',
    ],
    [
      'too many units',
      (json) => (layerOf(json, 'lstm').config.units = 257),
      'has 257 LSTM units, where the model has 1 to 256',
    ],
    ['units that are none', (json) => (layerOf(json, 'lstm').config.units = '5'), 'has NaN LSTM units'],
    [
      'other units',
      (json) => (layerOf(json, 'lstm').config.units = 6),
      'has the kernel of its lstm layer of shape (3, 20), not of shape (3, 24)',
    ],
    ['no manifest', (json) => delete json.weightsManifest, 'has no weightsManifest'],
    ['no paths', (json) => delete json.weightsManifest[0].paths, 'has a weightsManifest without paths or weights'],
    ['a path that is none', (json) => (json.weightsManifest[0].paths = [1]), 'with a path that is not text'],
    [
      'a file that is missing',
      (_, files) => files.delete('weights.bin'),
      'names the file "weights.bin", which is not there',
    ],
    [
      'a file twice',
      (json) => json.weightsManifest[0].paths.push('./weights.bin'),
      'names the file "weights.bin" twice',
    ],
    [
      'a file cut short',
      (_, files) => files.set('weights.bin', new Uint8Array(400)),
      'has files of 400 bytes, which end before "lstm/kernel" does',
    ],
    [
      'bytes behind',
      (_, files) => files.set('weights.bin', new Uint8Array(1180)),
      'has files with 4 bytes behind the last weight',
    ],
    [
      'a weight without name',
      (json) => delete json.weightsManifest[0].weights[0].name,
      'has a weight without name or shape',
    ],
    [
      'a shape of 2⁶³',
      (json) => (json.weightsManifest[0].weights[0].shape = [2 ** 63]),
      'has a weight without name or shape',
    ],
    [
      'a shape beyond the file',
      (json) => (json.weightsManifest[0].weights[0].shape = [2 ** 53 - 1, 2 ** 53 - 1]),
      'end before "dense/kernel" does',
    ],
    [
      'a negative shape',
      (json) => (json.weightsManifest[0].weights[0].shape = [-9, -9]),
      'has a weight without name or shape',
    ],
    [
      'a name twice',
      (json) => (json.weightsManifest[0].weights[5].name = 'lstm/kernel'),
      'has two weights called "lstm/kernel"',
    ],
    [
      'quantised weights',
      (json) => (json.weightsManifest[0].weights[0].quantization = { dtype: 'uint8' }),
      'has the weight "dense/kernel" quantised, which is not read',
    ],
    [
      'texts for weights',
      (json) => (json.weightsManifest[0].weights[0].dtype = 'string'),
      'has the weight "dense/kernel" of a dtype other than float32',
    ],
    [
      'a prototype for a dtype',
      (json) => (json.weightsManifest[0].weights[0].dtype = '__proto__'),
      'of a dtype other than float32',
    ],
    [
      'whole numbers',
      (json) => (json.weightsManifest[0].weights[0].dtype = 'int32'),
      'has the kernel of its attention layer missing',
    ],
    [
      'other names',
      (json) => (json.weightsManifest[0].weights[1].name = 'dense/gamma'),
      'has the bias of its attention layer missing, not of shape (9)',
    ],
  ])('are refused in a sentence with %s', (_, change, message) => {
    const read = () => readTfjsModel('m', changed(change));
    expect(read).toThrow(Failure);
    expect(read).toThrow(message);
    expect(read).toThrow(/: give a layers model of attention, LSTM and dense layer$/);
  });

  it.each<[string, (json: Json) => void, string]>([
    [
      'a mean of another kind',
      (json) => (layerOf(json, 'global_average_pooling1d').class_name = 'Lambda'),
      'has the layer "global_average_pooling1d" of class "Lambda", whose Python code no reader can know: give',
    ],
    ['another number of channels', (json) => (layerOf(json, 'repeat_vector').config.n = 2), 'with n 2, not 3'],
    [
      'another order of axes',
      (json) => (layerOf(json, 'global_average_pooling1d').config.data_format = 'channels_first'),
      'with data_format "channels_first", not "channels_last"',
    ],
  ])('are refused with a single attention vector that is %s', (_, change, message) => {
    expect(() => readTfjsModel('m', changed(change, CONFIGS[3][1]))).toThrow(message);
  });

  it('have their JSON told to be none', () => {
    const files: Files = new Map(writeTfjsModel(model));
    files.set('model.json', new TextEncoder().encode('{"a": '));
    expect(() => readTfjsModel('m', files)).toThrow('m has model.json that is not JSON: give');
    files.set('model.json', new TextEncoder().encode('[]'));
    expect(() => readTfjsModel('m', files)).toThrow('m has model.json that is not an object: give');
    const deep = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
    files.set('model.json', new TextEncoder().encode(`{"modelTopology": ${deep}}`));
    expect(() => readTfjsModel('m', files)).toThrow(Failure);
    files.set('model.json', new Uint8Array([0x22, 0xff, 0x22]));
    expect(() => readTfjsModel('m', files)).toThrow('m has model.json that is not JSON: give');
  });
});
