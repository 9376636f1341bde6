import { quote } from '../../text/quote.ts';
import type { Sizes } from '../layers/layer.ts';
import type { KerasGraph } from './keras_graph.ts';
import type { KerasLayer } from './keras_writer.ts';

// The layers between the series and the attention that they are multiplied with, in whatever steps a model takes them.

/** What an axis of a value is, without the axis of samples. `one` has the size 1. */
type Axis = 'steps' | 'channels' | 'one';

interface Value {
  axes: Axis[];
  /** What its numbers are: the series, then the dense layer's output, then shares of the steps. */
  stage: 'series' | 'logits' | 'shares';
  /** The mean over the channels was taken. */
  isMean: boolean;
}

interface Context {
  graph: KerasGraph;
  sizes: Record<Axis, number>;
}

/** What each class of layer makes of a value. */
const EFFECTS: Record<string, (value: Value, layer: KerasLayer, context: Context) => Value> = {
  Permute(value, layer, { graph }) {
    const dims = numbersOf(layer.config.dims).map((dim) => dim - 1);
    return { ...value, axes: permuted(value, dims, layer, graph) };
  },
  Transpose(value, layer, { graph }) {
    const [samples, ...axes] = numbersOf(layer.config.axes);
    if (samples !== 0) throw misfit(layer, graph);
    return {
      ...value,
      axes: permuted(
        value,
        axes.map((axis) => axis - 1),
        layer,
        graph,
      ),
    };
  },
  Reshape(value, layer, { graph, sizes }) {
    const known = value.axes.map((axis) => sizes[axis]);
    const shape = withoutUnknown(numbersOf(layer.config.target_shape), known);
    return { ...value, axes: reshaped(value.axes, shape, sizes) ?? refuse(layer, graph) };
  },
  Flatten(value, layer, { graph, sizes }) {
    const size = value.axes.reduce((product, axis) => product * sizes[axis], 1);
    return { ...value, axes: reshaped(value.axes, [size], sizes) ?? refuse(layer, graph) };
  },
  Dense(value, layer, { graph, sizes }) {
    if (value.stage !== 'series' || value.isMean) throw misfit(layer, graph);
    requireSteps(value.axes.length - 1, value, layer, graph);
    graph.requireSetting(layer, 'units', [sizes.steps]);
    graph.requireSetting(layer, 'activation', ['softmax', 'linear', undefined]);
    graph.requireSetting(layer, 'use_bias', [true]);
    return { ...value, stage: graph.plain(layer.config.activation) === 'softmax' ? 'shares' : 'logits' };
  },
  Activation(value, layer, { graph }) {
    graph.requireSetting(layer, 'activation', ['softmax']);
    return softmax(value, value.axes.length - 1, layer, graph);
  },
  Softmax(value, layer, { graph }) {
    return softmax(value, axisOf(layer.config.axis ?? -1, value, layer, graph), layer, graph);
  },
  GlobalAveragePooling1D(value, layer, { graph }) {
    graph.requireSetting(layer, 'data_format', ['channels_last', undefined]);
    return mean(value, 0, layer, graph);
  },
  Mean(value, layer, { graph }) {
    return mean(value, axisOf(layer.config.axis, value, layer, graph), layer, graph);
  },
  AveragePooling1D(value, layer, { graph, sizes }) {
    graph.requireSetting(layer, 'data_format', ['channels_last', undefined]);
    graph.requireSetting(layer, 'pool_size', [sizes.channels, [sizes.channels]]);
    return mean(value, 0, { ...layer, config: { keepdims: true } }, graph);
  },
  RepeatVector(value, layer, { graph, sizes }) {
    graph.requireSetting(layer, 'n', [sizes.channels]);
    if (value.axes.join() !== 'steps' || !value.isMean) throw misfit(layer, graph);
    return { ...value, axes: ['channels', 'steps'] };
  },
};

/** The layers that weigh a sequence: `series` is the name of the layer that gives it, `dense` has the parameters. */
export interface AttentionChain {
  series: string;
  dense: KerasLayer;
  read(sizes: Sizes): { singleVector: boolean };
}

/** Finds the layers from the series to the other factor of `multiply`. */
export function attentionChain(graph: KerasGraph, multiply: KerasLayer): AttentionChain {
  if (multiply.from.length !== 2) {
    throw graph.wrong(`has the layer ${quote(multiply.name)} with ${multiply.from.length} inputs, not two`);
  }
  const [first, second] = multiply.from.map((name) => graph.origin(name));
  const [series, other] = graph.depth(first) <= graph.depth(second) ? [first, second] : [second, first];
  const chain: KerasLayer[] = [];
  for (let at = other; at !== series; ) {
    if (graph.isInput(at)) throw graph.wrong('has an attention of another input than it weighs');
    const layer = graph.takeUnary(at, ...Object.keys(EFFECTS));
    if (chain.includes(layer)) throw graph.wrong(`has a circle at layer ${quote(layer.name)}`);
    chain.unshift(layer);
    at = graph.origin(layer.from[0]);
  }
  const dense = chain.find(({ type }) => type === 'Dense');
  if (!dense) throw graph.wrong(`has the layer ${quote(multiply.name)} of a series and no attention`);
  return { series, dense, read: (sizes) => readChain(graph, chain, multiply, sizes) };
}

function readChain(graph: KerasGraph, chain: KerasLayer[], multiply: KerasLayer, { steps = 0, features }: Sizes) {
  const context = { graph, sizes: { steps, channels: features, one: 1 } };
  let value: Value = { axes: ['steps', 'channels'], stage: 'series', isMean: false };
  for (const layer of chain) value = EFFECTS[layer.type](value, layer, context);
  const [first, second, ...rest] = value.axes;
  // A product takes an axis of size 1 as often as it needs.
  const fits = first === 'steps' && (second === 'channels' || (second === 'one' && (value.isMean || features === 1)));
  if (value.stage !== 'shares' || !fits || rest.length > 0) {
    throw graph.wrong(`has the layer ${quote(multiply.name)} of a series and no attention over its steps`);
  }
  return { singleVector: value.isMean };
}

function misfit(layer: KerasLayer, graph: KerasGraph) {
  return graph.wrong(
    `has the layer ${quote(layer.name)} of class ${quote(layer.type)} where it does not make an attention over steps`,
  );
}

function refuse(layer: KerasLayer, graph: KerasGraph): never {
  throw misfit(layer, graph);
}

function permuted({ axes }: Value, from: number[], layer: KerasLayer, graph: KerasGraph): Axis[] {
  const isOrder = from.length === axes.length && axes.every((_, i) => from.includes(i));
  if (!isOrder) throw misfit(layer, graph);
  return from.map((i) => axes[i]);
}

/** The axes after a reshaping that only adds or drops axes of size 1; undefined if it mixes others. */
function reshaped(axes: Axis[], shape: number[], sizes: Record<Axis, number>): Axis[] | undefined {
  const long = axes.filter((axis) => sizes[axis] !== 1);
  const short = axes.filter((axis) => sizes[axis] === 1 && axis !== 'one');
  const after = shape.map((size) => (size === 1 ? (short.shift() ?? 'one') : long.shift()));
  const isWhole = long.length === 0 && after.every((axis, i) => axis !== undefined && sizes[axis] === shape[i]);
  return isWhole ? after.flatMap((axis) => axis ?? []) : undefined;
}

/** A target shape may leave one size open: −1. */
function withoutUnknown(shape: number[], known: number[]): number[] {
  const product = (sizes: number[]) => sizes.reduce((all, size) => all * size, 1);
  return shape.map((size) => (size === -1 ? product(known) / product(shape.filter((one) => one !== -1)) : size));
}

function softmax(value: Value, axis: number, layer: KerasLayer, graph: KerasGraph): Value {
  if (value.stage !== 'logits' || value.isMean) throw misfit(layer, graph);
  requireSteps(axis, value, layer, graph);
  return { ...value, stage: 'shares' };
}

function mean(value: Value, axis: number, layer: KerasLayer, graph: KerasGraph): Value {
  if (value.stage !== 'shares' || value.axes[axis] !== 'channels') throw misfit(layer, graph);
  const kept: Axis[] = layer.config.keepdims === true ? ['one'] : [];
  return { ...value, axes: value.axes.toSpliced(axis, 1, ...kept), isMean: true };
}

function requireSteps(axis: number, { axes }: Value, { name, type }: KerasLayer, graph: KerasGraph): void {
  if (axes[axis] === 'steps') return;
  throw graph.wrong(`has the layer ${quote(name)} of class ${quote(type)} along another axis than the time steps`);
}

/** The index of an axis that a setting names, samples counted. */
function axisOf(setting: unknown, { axes }: Value, layer: KerasLayer, graph: KerasGraph): number {
  const [axis, ...others] = numbersOf(Array.isArray(setting) ? setting : [setting]);
  const index = axis < 0 ? axis + axes.length : axis - 1;
  return others.length === 0 && index in axes ? index : refuse(layer, graph);
}

/** A setting's whole numbers; empty if it has others. */
function numbersOf(setting: unknown): number[] {
  return Array.isArray(setting) && setting.every((one) => Number.isSafeInteger(one)) ? setting : [];
}
