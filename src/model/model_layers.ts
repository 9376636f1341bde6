import type { Standardisation } from '../data/standardisation.ts';
import type { Wrong } from '../rules.ts';
import { type ModelConfig, modelOf } from './config.ts';
import { alike } from './exchange/scaling.ts';
import { layersOf } from './layer_list.ts';
import { type LAYERS, layerOf } from './layers/index.ts';
import type { Layer, ReadLayer, Sizes, View } from './layers/layer.ts';
import { outputKind } from './outputs/index.ts';

type Layers = typeof LAYERS;
type SettingsOfLayer<Type extends keyof Layers> = Layers[Type] extends Layer<infer Settings> ? Settings : never;

/** The settings of a model whose values are of this type. */
type PlaceOf<Value> = {
  [Name in keyof ModelConfig]-?: ModelConfig[Name] extends Value | undefined ? Name : never;
}[keyof ModelConfig];

type PlacesOf<Type extends keyof Layers> = {
  [Name in keyof SettingsOfLayer<Type>]?: PlaceOf<SettingsOfLayer<Type>[Name]>;
};

/**
 * The layers of a model without a list, from the input to the output, and which setting of the model each of their
 * settings is. A text stands for all settings of its layer.
 */
export const PLACES = {
  input: { timeSteps: 'timeSteps', inputDim: 'inputDim' },
  attention: { singleVector: 'singleAttentionVector' },
  lstm: { units: 'units', gateSlope: 'gateSlope' },
  output: 'output',
} as const satisfies { [Type in keyof Layers]?: PlaceOf<SettingsOfLayer<Type>> | PlacesOf<Type> };

/** The types of these layers, from the input to the output. */
export const MODEL_CHAIN = Object.keys(PLACES) as (keyof typeof PLACES)[];

/** A layer that was found in a file of another system. `read` gets the sizes of its inputs. */
export interface FoundLayer<Read extends ReadLayer<unknown>> {
  from: string[];
  read(inputs: Sizes[]): Read;
}

/** Finds the layers of a model from the last to the first, following each layer's inputs. */
export function findLayers<Found extends { from: string[] }>(
  last: string,
  find: (layer: Layer, at: string) => Found,
): Map<string, Found> {
  const found: [string, Found][] = [];
  let at = last;
  for (const type of MODEL_CHAIN.toReversed()) {
    const layer = find(layerOf({ type }), at);
    found.unshift([type, layer]);
    [at = ''] = layer.from;
  }
  return new Map(found);
}

/** Reads the layers that were found, from the input to the output. */
export function readLayers<Read extends ReadLayer<unknown>>(found: Map<string, FoundLayer<Read>>): Map<string, Read> {
  const layers = new Map<string, Read>();
  let inputs: Sizes[] = [];
  for (const [type, one] of found) {
    const layer = one.read(inputs);
    layers.set(type, layer);
    const taken = inputs.length > 0 ? inputs.map((sizes) => ({ ...sizes, ...layer.takes })) : inputs;
    inputs = [layerOf({ type }).output(layer.settings, taken)];
  }
  return layers;
}

/**
 * The configuration of a model whose layers were read. If a file does not give the sizes of the input, they follow from
 * the shapes of the first layers.
 */
export function configOf(layers: Map<string, ReadLayer<object>>): ModelConfig {
  const read = MODEL_CHAIN.flatMap((type): [string, unknown][] => {
    const place = PLACES[type];
    const settings = layers.get(type)?.settings ?? {};
    if (typeof place === 'string') return [[place, settings]];
    const values: Record<string, unknown> = { ...settings };
    return Object.entries(place).map(([name, setting]): [string, unknown] => [setting, values[name]]);
  });
  const config = Object.fromEntries(read) as Partial<ModelConfig>;
  const taken = (size: keyof Sizes) =>
    [...layers.values()].map(({ takes }) => takes?.[size]).find((one) => one !== undefined);
  const { timeSteps = taken('steps') ?? 0, inputDim = taken('features') ?? 0 } = config;
  return modelOf({ ...config, timeSteps, inputDim } as ModelConfig);
}

/**
 * The standardisation of a graph whose layers were read; undefined if it takes series as they are. Throws `wrong` if it
 * is none of `inputDim` channels.
 */
export function standardisationOf(
  layers: Map<string, ReadLayer<object>>,
  { inputDim }: ModelConfig,
  wrong: Wrong,
): Standardisation | undefined {
  const [series, predicted] = [
    layers.get(MODEL_CHAIN[0])?.scaling,
    layers.get(MODEL_CHAIN[MODEL_CHAIN.length - 1])?.scaling,
  ];
  if (!series && !predicted) return undefined;
  const every = Array<number>(inputDim).fill(0);
  const [mean, deviation, all] = alike(series?.mean ?? [0], series?.deviation ?? [1], every);
  const [target] = (predicted?.mean ?? []).map((value, i) => ({
    mean: value,
    deviation: predicted?.deviation[i] ?? 1,
  }));
  const numbers = [...mean, ...deviation, target?.mean ?? 0, target?.deviation ?? 1];
  const isSize = all.length === inputDim && mean.length === inputDim && deviation.length === inputDim;
  if (!isSize || (predicted && predicted.mean.length !== 1))
    throw wrong(`scales ${all.length} channels of ${inputDim}`);
  if (!numbers.every(Number.isFinite) || [...deviation, target?.deviation ?? 1].some((value) => value <= 0)) {
    throw wrong('scales its series or predictions by zero, by a negative number, or beyond all numbers');
  }
  return { mean, deviation, ...(target && { target }) };
}

/** What there is to look at in a model, in the order of its layers. A name that an earlier layer has gets the layer's. */
export function viewsOf(config: ModelConfig): View[] {
  const names = new Set<string>();
  return layersOf(config).flatMap((node) =>
    layerOf(node)
      .views(node)
      .map((view) => {
        const name = names.has(view.name) ? `${node.name}/${view.name}` : view.name;
        names.add(name);
        return { ...view, name };
      }),
  );
}

/** The first view of this name. */
export function viewOf(config: ModelConfig, name: string): View {
  const view = viewsOf(config).find((one) => one.name === name);
  if (!view) throw new Error(`unknown view: ${name}`);
  return view;
}

/** Units of the first recurrent layer; 1 if there is none. */
export function shownUnits(config: ModelConfig): number {
  return viewsOf(config).find(({ name }) => name === 'hidden')?.features ?? 1;
}

/** The first attention of a model, and whether its channels are those of the series. */
export function attentionView(config: ModelConfig): View & { ofSeries: boolean } {
  const view = viewOf(config, 'attention');
  const node = layersOf(config).find((one) =>
    layerOf(one)
      .views(one)
      .some(({ tensor }) => tensor === view.tensor),
  );
  return { ...view, ofSeries: node?.from[0] === MODEL_CHAIN[0] && view.features === config.inputDim };
}

/**
 * The attention of one sample for each channel of the series, (T, D) row-major. An attention behind other layers has no
 * channels of the series: its mean over its own stands for each.
 */
export function attentionOf(
  { timeSteps, inputDim }: ModelConfig,
  view: ReturnType<typeof attentionView>,
  values: ArrayLike<number>,
  batch: number,
  sample: number,
): Float64Array {
  const own = sampleOf(view, values, batch, sample);
  if (view.ofSeries) return own;
  const { features } = view;
  const shared = new Float64Array(timeSteps * inputDim);
  for (let t = 0; t < timeSteps; t++) {
    const sum = own.subarray(t * features, (t + 1) * features).reduce((total, one) => total + one, 0);
    shared.fill(sum / features, t * inputDim, (t + 1) * inputDim);
  }
  return shared;
}

/** The view of the model's predictions. */
export function predictionView(config: ModelConfig): View {
  return viewOf(config, outputKind(config.output).values);
}

/** One sample of a view, (steps, features) row-major; `batch` is the samples that the tensor stores. */
export function sampleOf(
  { steps = 1, features, innermost, skip }: View,
  values: ArrayLike<number>,
  batch: number,
  sample: number,
): Float64Array {
  const taken = new Float64Array(steps * features);
  // From one feature to the next, and from the first feature of the batch's first sample to that of this one.
  const [stride, first] = innermost === 'samples' ? [batch, sample] : [1, sample * features];
  for (let t = 0; t < steps; t++) {
    const row = (skip + t) * batch * features + first;
    for (let i = 0; i < features; i++) taken[t * features + i] = values[row + i * stride];
  }
  return taken;
}
