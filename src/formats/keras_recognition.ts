import type { ModelConfig, Output } from '../model/config.ts';
import type { Wrong } from '../rules.ts';
import { isWithin } from '../settings/bounds.ts';
import { SETTINGS } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import type { KerasLayer, Role } from './keras_layers.ts';

/** What a functional model of Keras is as this project's. */
export interface RecognisedModel {
  config: ModelConfig;
  layers: Record<Role, KerasLayer>;
}

const SIZES = { timeSteps: 'time steps', inputDim: 'channels', units: 'LSTM units' } as const;

/** Layers by what they are, whatever their names. Throws invalid-file with the first that this project's model does not have. */
export function recogniseModel(layers: KerasLayer[], output: string, wrong: Wrong): RecognisedModel {
  const graph = new Graph(layers, wrong);
  const dense = graph.take(output, 'Dense');
  const lstm = graph.before(dense, 'LSTM');
  const multiply = graph.before(lstm, 'Multiply');
  const input = graph.input(multiply);
  const [timeSteps, inputDim] = inputShape(input, wrong);
  const attention = attentionOf(graph, multiply, input, { timeSteps, inputDim });
  graph.requireNoOthers();
  const has = settingsOf(wrong);
  has(lstm, 'activation', ['tanh']);
  has(lstm, 'recurrent_activation', ['sigmoid']);
  for (const setting of ['return_sequences', 'return_state', 'go_backwards', 'stateful', 'time_major']) {
    has(lstm, setting, [false, undefined]);
  }
  const { units } = lstm.config;
  const config: ModelConfig = {
    ...{ timeSteps, inputDim, units: typeof units === 'number' ? units : Number.NaN },
    singleAttentionVector: attention.single,
    output: outputOf(dense, wrong),
  };
  for (const layer of [attention.dense, lstm, dense]) has(layer, 'use_bias', [true]);
  requireBounds(config, wrong);
  return { config, layers: { attention: attention.dense, lstm, output: dense } };
}

/** Throws invalid-file for sizes that the project does not train. */
export function requireBounds(config: ModelConfig, wrong: Wrong): void {
  for (const size of ['timeSteps', 'inputDim', 'units'] as const) {
    const { bound } = SETTINGS[size];
    const { min, max } = bound;
    if (isWithin(config[size], bound)) continue;
    throw wrong(`has ${config[size]} ${SIZES[size]}, where the model has ${min} to ${max}`);
  }
}

function attentionOf(
  graph: Graph,
  multiply: KerasLayer,
  input: KerasLayer,
  { timeSteps, inputDim }: { timeSteps: number; inputDim: number },
): { dense: KerasLayer; single: boolean } {
  const has = settingsOf(graph.wrong);
  const transpose = (layer: KerasLayer) => has(layer, 'dims', [[2, 1]]);
  const last = graph.take(multiply.from.find((name) => name !== input.name) ?? '', 'Permute');
  transpose(last);
  let dense = graph.before(last, 'Dense', 'RepeatVector');
  const single = dense.type === 'RepeatVector';
  if (single) {
    has(dense, 'n', [inputDim]);
    const mean = graph.before(dense, 'GlobalAveragePooling1D');
    has(mean, 'data_format', ['channels_last', undefined]);
    has(mean, 'keepdims', [false, undefined]);
    dense = graph.before(mean, 'Dense');
  }
  has(dense, 'units', [timeSteps]);
  has(dense, 'activation', ['softmax']);
  let first = graph.before(dense, 'Permute', 'Reshape');
  if (first.type === 'Reshape') {
    has(first, 'target_shape', [[inputDim, timeSteps]]);
    first = graph.before(first, 'Permute');
  }
  transpose(first);
  if (graph.before(first, 'InputLayer') !== input)
    throw graph.wrong('has an attention of another input than it weighs');
  return { dense, single };
}

function inputShape({ config, name }: KerasLayer, wrong: Wrong): [number, number] {
  const shape = config.batch_shape ?? config.batch_input_shape;
  if (Array.isArray(shape) && shape.length === 3 && Number.isInteger(shape[1]) && Number.isInteger(shape[2])) {
    return [shape[1], shape[2]];
  }
  throw wrong(`has the input ${quote(name)} of shape ${shown(shape)}, not (samples, steps, channels)`);
}

function outputOf(layer: KerasLayer, wrong: Wrong): Output {
  const { units } = layer.config;
  const activation = plain(layer.config.activation) ?? 'linear';
  if (units === 1 && activation === 'sigmoid') return { kind: 'binary' };
  if (units === 1 && activation === 'linear') return { kind: 'regression' };
  if (Number.isSafeInteger(units) && Number(units) > 1 && activation === 'softmax') {
    return { kind: 'categorical', classes: Number(units) };
  }
  const what = `has the output ${quote(layer.name)} of ${shown(units)} units with activation ${shown(activation)}`;
  throw wrong(`${what}, not one with sigmoid or linear, nor several with softmax`);
}

/** Walks from the output to the input, and knows which layers that has explained. */
class Graph {
  private readonly byName: Map<string, KerasLayer>;
  private readonly explained = new Set<KerasLayer>();

  constructor(
    layers: KerasLayer[],
    readonly wrong: Wrong,
  ) {
    this.byName = new Map(layers.map((layer) => [layer.name, layer]));
    if (this.byName.size < layers.length) throw wrong('has two layers of one name');
  }

  take(name: string, ...types: string[]): KerasLayer {
    const layer = this.byName.get(name);
    if (!layer || !types.includes(layer.type)) {
      const what = layer ? `the layer ${quote(name)} of class ${quote(layer.type)}` : 'nothing';
      throw this.wrong(`has ${what} where a layer ${types.join(' or ')} belongs`);
    }
    this.explained.add(layer);
    return layer;
  }

  /** The one layer that this one takes its input from. */
  before(layer: KerasLayer, ...types: string[]): KerasLayer {
    if (layer.from.length === 1) return this.take(layer.from[0], ...types);
    throw this.wrong(`has the layer ${quote(layer.name)} with ${layer.from.length} inputs, not one`);
  }

  /** The input among the two layers that `multiply` multiplies. */
  input(multiply: KerasLayer): KerasLayer {
    if (multiply.from.length !== 2) {
      throw this.wrong(`has the layer ${quote(multiply.name)} with ${multiply.from.length} inputs, not two`);
    }
    const isInput = (name: string) => this.byName.get(name)?.type === 'InputLayer';
    return this.take(multiply.from.find(isInput) ?? multiply.from[0], 'InputLayer');
  }

  requireNoOthers(): void {
    for (const layer of this.byName.values()) {
      if (this.explained.has(layer)) continue;
      throw this.wrong(
        `has the layer ${quote(layer.name)} of class ${quote(layer.type)}, which is none of the model's`,
      );
    }
  }
}

/** Checks that a setting of a layer has one of some values. */
function settingsOf(wrong: Wrong) {
  return ({ name, config }: KerasLayer, setting: string, allowed: unknown[]): void => {
    const value = plain(config[setting]);
    if (allowed.some((one) => shown(one) === shown(value))) return;
    throw wrong(`has the layer ${quote(name)} with ${setting} ${shown(value)}, not ${shown(allowed[0])}`);
  };
}

/** A setting; of a function, which some versions of Keras write as an object, the name. */
function plain(value: unknown): unknown {
  const isNamed = typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;
  return (isNamed ? value.config : value) ?? undefined;
}

/** A value as an error shows it: a list of numbers, or a plain one. */
function shown(value: unknown): string {
  if (Array.isArray(value) && value.length < 8) return `[${value.map((part) => shownPart(part)).join(', ')}]`;
  return shownPart(value);
}

function shownPart(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
