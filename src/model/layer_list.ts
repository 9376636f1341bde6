import { Failure } from '../errors.ts';
import { formatLayer, type LayerSettings, presetLayers } from '../settings/layers.ts';
import type { SettingsOf } from '../settings/table.ts';
import { layerOf } from './layers/index.ts';
import type { LayerNode, PlacedNode, Sizes } from './layers/layer.ts';
import { DEFAULT_OUTPUT, type Output } from './outputs/index.ts';

// The one place that knows which layers a configuration stands for. Settings hold a list, or without one the sizes of
// an attention and an LSTM. Everything else works on the list of nodes.

/** The model's dimensions, named once: B batch, T timeSteps, D inputDim, U units. */
export interface ModelConfig extends SettingsOf<'model'> {
  /** Binary when absent. */
  output?: Output;
  /** The gates of the LSTM are min(max(slope · z + 0.5, 0), 1), as models of other systems have them; σ when absent. */
  gateSlope?: number;
}

/** The layers of a model, each after its inputs: each takes its input from the one before. */
export function layersOf(config: ModelConfig): PlacedNode[] {
  return placed(nodesOf(config));
}

function nodesOf(config: ModelConfig): LayerNode[] {
  const { timeSteps, inputDim, gateSlope, layers, output = DEFAULT_OUTPUT } = config;
  const all = [
    { type: 'input', settings: { timeSteps, inputDim } },
    ...(layers ?? listOf(config)).map(({ type, ...settings }) => ({
      type,
      settings: type === 'lstm' ? { ...settings, gateSlope } : settings,
    })),
    { type: 'output', settings: output },
  ];
  const counts = new Map<string, number>();
  const names = all.map(({ type }) => {
    const count = counts.get(type) ?? 0;
    counts.set(type, count + 1);
    return count > 0 ? `${type}_${count}` : type;
  });
  return all.map((node, i) => ({ ...node, name: names[i], from: i > 0 ? [names[i - 1]] : [] }));
}

/** The list of a preset, which has the sizes of the settings beside it. */
function listOf({ preset = 'before', units, singleAttentionVector }: ModelConfig): LayerSettings[] {
  return presetLayers(preset, units, singleAttentionVector);
}

/** The same model, with its list in place of a preset. The list of attention and LSTM alone is left out. */
export function withList<Config extends ModelConfig>(config: Config): Config {
  const { preset: _, layers = listOf(config), ...others } = config;
  const [attention, lstm, ...more] = layers;
  const isPlain =
    attention?.type === 'attention' &&
    lstm?.type === 'lstm' &&
    !lstm.returnSequences &&
    !lstm.bidirectional &&
    more.length === 0;
  if (!isPlain) return { ...others, layers } as Config;
  return { ...others, units: lstm.units, singleAttentionVector: attention.singleVector ?? false } as Config;
}

/** Adds the sizes to nodes: each takes what the layers before it give. */
export function placed(nodes: LayerNode[]): PlacedNode[] {
  const sizes = new Map<string, Sizes>();
  return nodes.map((node) => {
    const inputs = node.from.map((name) => {
      const taken = sizes.get(name);
      if (!taken) throw new Error(`${node.name} takes ${name}, which is not before it`);
      return taken;
    });
    const output = layerOf(node).output(node.settings, inputs);
    sizes.set(node.name, output);
    return { ...node, inputs, output };
  });
}

/**
 * Throws invalid-option, with the layer, if one does not take what the layer before it gives, or if the list has no
 * attention. `label` names the list as the host writes it.
 */
export function requireFittingLayers(config: ModelConfig, label = 'layers'): void {
  const { layers } = config;
  if (!layers) return;
  const nodes = layersOf(config);
  for (const [i, node] of nodes.entries()) {
    const takes = layerOf(node).takes?.form;
    const gives = node.inputs[0]?.steps === undefined ? 'row' : 'sequence';
    if (!takes || takes === gives) continue;
    const [before, own] = [describeLayer(layers, i - 1), describeLayer(layers, i)];
    const advice = takes === 'sequence' ? NEEDS_SEQUENCE : NEEDS_ROW;
    throw new Failure(
      'invalid-option',
      `${label}: ${own} takes ${FORMS[takes]}, but ${before} gives ${FORMS[gives]}: ${advice}`,
    );
  }
  if (
    !nodes.some((node) =>
      layerOf(node)
        .views(node)
        .some(({ name }) => name === 'attention'),
    )
  ) {
    throw new Failure(
      'invalid-option',
      `${label} has no attention: add one, as in lstm:32:sequences, attention, flatten`,
    );
  }
}

const FORMS = { sequence: 'a sequence', row: 'one row a series' };
const NEEDS_SEQUENCE = 'give the recurrent layer before it the option sequences';
const NEEDS_ROW = 'put flatten, or a recurrent layer without sequences, between them';

/** Node `index` of a model in words: `layer 2 (attention)`. */
function describeLayer(layers: readonly LayerSettings[], index: number): string {
  if (index < 1) return 'the series';
  return index > layers.length ? 'the output' : `layer ${index} (${formatLayer(layers[index - 1])})`;
}
