import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readKerasModel, writeKerasModel } from '../src/formats/keras_model.ts';
import { readTfjsModel, writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { CONFIGS, randomModel } from './portable_models.ts';

type Json = ReturnType<typeof JSON.parse>;

const MODEL = randomModel(CONFIGS[1][1]);
const TENSOR = { class_name: '__keras_tensor__', config: { keras_history: ['multiply', 0, 0] } };
const ARRAY = { class_name: '__numpy__', config: { value: [[true, false]], dtype: 'bool' } };

const layerOf = ({ config }: Json, name: string): Json => config.layers.find((layer: Json) => layer.name === name);

/** A .keras archive after a change of the call of a layer. */
function keras(layer: string, change: (call: Json) => void): Promise<unknown> {
  const parts = unzipSync(writeKerasModel(MODEL));
  const graph = JSON.parse(new TextDecoder().decode(parts['config.json']));
  change(layerOf(graph, layer).inbound_nodes[0]);
  parts['config.json'] = new TextEncoder().encode(JSON.stringify(graph));
  return readKerasModel('m', new Uint8Array(zipSync(parts)));
}

/** The same for TensorFlow.js, in Keras 2's form of a call. */
function tfjs(layer: string, change: (call: Json) => void): unknown {
  const files = new Map<string, Uint8Array>(writeTfjsModel(MODEL));
  const json = JSON.parse(new TextDecoder().decode(files.get('model.json')));
  change(layerOf(json.modelTopology, layer).inbound_nodes[0]);
  return readTfjsModel('m', files.set('model.json', new TextEncoder().encode(JSON.stringify(json))));
}

describe('an argument of a call that changes what a layer computes is refused by name', () => {
  it.each<[string, string, (call: Json) => void, string]>([
    ['a constant mask', 'lstm', (call) => (call.kwargs.mask = ARRAY), 'mask'],
    ['a first state', 'lstm', (call) => (call.kwargs.initial_state = [ARRAY, ARRAY]), 'initial_state'],
    ['a mask that a layer makes', 'lstm', (call) => (call.kwargs.mask = TENSOR), 'mask'],
    ['training', 'lstm', (call) => (call.kwargs.training = true), 'training'],
    ['one that is not known', 'dense_1', (call) => (call.kwargs.factor = 0), 'factor'],
    ['one by its position', 'lstm', (call) => call.args.push(ARRAY), 'argument 2'],
    ['a constant factor', 'multiply', (call) => (call.args[0][1] = ARRAY), 'a constant for its input'],
  ])('%s', async (_, layer, change, argument) => {
    await expect(keras(layer, change)).rejects.toThrow(
      `m has the layer "${layer}" called with ${argument}, which the model does not have: give`,
    );
  });

  it.each<[string, string, (call: Json) => void, string]>([
    ['a constant mask', 'lstm', (call) => (call[0][3] = { mask: [[true]] }), 'mask'],
    [
      'a constant factor',
      'multiply',
      (call) => (call[1] = ['_CONSTANT_VALUE', -1, 0.5, {}]),
      'a constant for its input',
    ],
  ])("%s in Keras 2's form", (_, layer, change, argument) => {
    expect(() => tfjs(layer, change)).toThrow(`m has the layer "${layer}" called with ${argument}, which`);
  });
});

it('an argument that changes nothing is read', async () => {
  const same = (call: Json) => Object.assign(call.kwargs, { mask: null, training: false, initial_state: null });
  expect(await keras('lstm', same)).toEqual(MODEL);
  expect(await keras('multiply', (call) => (call.args = call.args[0]))).toEqual(MODEL);
  expect(tfjs('lstm', (call) => (call[0][3] = { training: false, mask: null }))).toEqual(MODEL);
});
