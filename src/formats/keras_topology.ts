import type { KerasLayer, WrittenLayer } from '../model/exchange/keras_writer.ts';
import { shown, type Wrong } from '../rules.ts';
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
export function writeTopology(layers: WrittenLayer[]) {
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
  const from = calls.flatMap((call) => {
    const { inputs, others } = argumentsOfCall(call);
    for (const [argument, value] of others) requireUnused(name, argument, value, wrong);
    return inputs.map((input) => input ?? refuseArgument(name, 'a constant for its input', wrong));
  });
  return { type, name, config, from };
}

/** The arguments of a layer's call: the layers that its first one names, and all others under their names. */
interface Call {
  /** undefined for a constant. */
  inputs: (string | undefined)[];
  others: [name: string, value: unknown][];
}

/**
 * The older form has a list a tensor: layer, node, output, and the call's other arguments. The newer form has arguments
 * by position, of which the first is a tensor or a list of tensors, and by name.
 */
function argumentsOfCall(call: unknown): Call {
  if (Array.isArray(call)) {
    const others = call.flatMap((tensor) => (Array.isArray(tensor) && isRecord(tensor[3]) ? [tensor[3]] : []));
    return { inputs: call.map(olderName), others: others.flatMap((named) => Object.entries(named)) };
  }
  const { args, kwargs } = isRecord(call) ? call : {};
  const positions = Array.isArray(args) ? args : [];
  const other = positions.findIndex((argument, i) => i > 0 && newerName(argument) === undefined);
  const end = other < 0 ? positions.length : other;
  const inputs = positions.slice(0, end).flat().map(newerName);
  const rest = positions.slice(end).map((value, i): [string, unknown] => [`argument ${end + i + 1}`, value]);
  return { inputs, others: [...rest, ...Object.entries(isRecord(kwargs) ? kwargs : {})] };
}

/** Keras 2 writes a constant as a tensor of the layer _CONSTANT_VALUE. */
function olderName(tensor: unknown): string | undefined {
  const name = firstText(tensor);
  return name === '_CONSTANT_VALUE' ? undefined : name;
}

function newerName(tensor: unknown): string | undefined {
  const config = isRecord(tensor) ? tensor.config : undefined;
  return isRecord(config) ? firstText(config.keras_history) : undefined;
}

/** Throws if an argument of a call would change what the layer computes. */
function requireUnused(layer: string, argument: string, value: unknown, wrong: Wrong): void {
  if (value === null || (argument === 'training' && value === false)) return;
  refuseArgument(layer, argument, wrong);
}

function refuseArgument(layer: string, argument: string, wrong: Wrong): never {
  throw wrong(`has the layer ${quote(layer)} called with ${shown(argument)}, which the model does not have`);
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
