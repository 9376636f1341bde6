import type { KerasLayer, WrittenLayer } from '../model/exchange/keras_writer.ts';
import type { Wrong } from '../rules.ts';
import { quote } from '../text/quote.ts';
import { isRecord } from './json.ts';

/** A functional model's graph. */
export interface Topology {
  layers: KerasLayer[];
  /** The name of the layer whose output is the model's. */
  output: string;
}

/** The model's own name in written files. */
export const MODEL_NAME = 'attention_lstm';

/** The graph as Keras 2 and TensorFlow.js write it. */
export function legacyTopology(layers: WrittenLayer[], className: 'Functional' | 'Model') {
  const written = layers.map(({ type, name, shape, from, config }) => ({
    class_name: type,
    name,
    config: type === 'InputLayer' ? { batch_input_shape: [null, ...shape], ...inputConfig(name) } : { name, ...config },
    inbound_nodes: from.length > 0 ? [from.map((source) => [source, 0, 0, {}])] : [],
  }));
  return { class_name: className, config: { name: MODEL_NAME, layers: written, ...ends(layers) } };
}

/** The graph as Keras 3 writes it. */
export function topology(layers: WrittenLayer[]) {
  const shapes = new Map(layers.map(({ name, shape }) => [name, [null, ...shape]]));
  const tensor = (name: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: shapes.get(name), dtype: 'float32', keras_history: [name, 0, 0] },
  });
  const written = layers.map(({ type, name, shape, from, config }) => ({
    module: 'keras.layers',
    class_name: type,
    config: type === 'InputLayer' ? { batch_shape: [null, ...shape], ...inputConfig(name) } : { name, ...config },
    registered_name: null,
    name,
    inbound_nodes: from.length > 0 ? [{ args: argumentsOf(from.map(tensor)), kwargs: {} }] : [],
  }));
  const config = { name: MODEL_NAME, trainable: true, layers: written, ...ends(layers) };
  return { module: 'keras.src.models.functional', class_name: 'Functional', config, registered_name: 'Functional' };
}

const inputConfig = (name: string) => ({ dtype: 'float32', sparse: false, name });

/** A layer is called with one tensor, or with a list of several. */
const argumentsOf = <T>(tensors: T[]): [T | T[]] => [tensors.length === 1 ? tensors[0] : tensors];

const ends = (layers: WrittenLayer[]) => ({
  input_layers: [[layers[0].name, 0, 0]],
  output_layers: [[layers[layers.length - 1].name, 0, 0]],
});

/** The graph in the terms of TensorFlow.js, Keras 2 or Keras 3. Throws invalid-file if there is no graph. */
export function readTopology(model: unknown, wrong: Wrong): Topology {
  const { class_name: type, config } = isRecord(model) ? model : {};
  if (type !== 'Functional' && type !== 'Model') {
    throw wrong(
      typeof type === 'string' ? `holds a model of class ${quote(type)}, not a functional one` : 'holds no model',
    );
  }
  const { layers, output_layers: outputs } = isRecord(config) ? config : {};
  if (!Array.isArray(layers)) throw wrong('has a model without layers');
  return { layers: layers.map((layer) => readLayer(layer, wrong)), output: outputName(outputs, wrong) };
}

function readLayer(layer: unknown, wrong: Wrong): KerasLayer {
  if (!isRecord(layer) || !isRecord(layer.config)) throw wrong('has a layer without settings');
  const { class_name: type, config, inbound_nodes: nodes } = layer;
  const name = layer.name ?? config.name;
  if (typeof type !== 'string' || typeof name !== 'string') throw wrong('has a layer without class or name');
  const calls = Array.isArray(nodes) ? nodes : [];
  if (calls.length > 1) throw wrong(`has the layer ${quote(name)} used ${calls.length} times`);
  const from = calls.flatMap((call) => inputNames(call)).filter((source) => source !== undefined);
  return { type, name, config, from };
}

/**
 * The layers whose tensors a layer is called with: a list a tensor in the older form, nested arguments in the newer.
 */
function inputNames(call: unknown): (string | undefined)[] {
  if (Array.isArray(call)) return call.map((input) => firstText(input));
  if (!isRecord(call) || !Array.isArray(call.args)) return [];
  return call.args.flat().map((tensor) => {
    const config = isRecord(tensor) ? tensor.config : undefined;
    return isRecord(config) ? firstText(config.keras_history) : undefined;
  });
}

function outputName(outputs: unknown, wrong: Wrong): string {
  const list = Array.isArray(outputs) && Array.isArray(outputs[0]) ? outputs : [outputs];
  const name = list.length === 1 ? firstText(list[0]) : undefined;
  if (name === undefined) throw wrong(`has a model of ${list.length === 1 ? 'no' : list.length} outputs, not one`);
  return name;
}

function firstText(list: unknown): string | undefined {
  const first = Array.isArray(list) ? list[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}
