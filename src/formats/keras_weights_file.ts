import type { ModelConfig, Output } from '../model/config.ts';
import type { Wrong } from '../rules.ts';
import { quote } from '../text/quote.ts';
import type { Hdf5Object } from './hdf5_reader.ts';
import { CLASS_PATHS, findInLayers, type LayerPlaces } from './keras_layers_h5.ts';
import { findByName } from './keras_named_h5.ts';
import type { FindTensor } from './keras_parameters.ts';
import { requireBounds } from './keras_recognition.ts';

/** Names that layers have by themselves, and those that the experiment gives. */
const KNOWN_NAMES = new Set([...Object.values(CLASS_PATHS), 'input', 'attention_vec', 'attention_mul']);

/** A model of which a file has the parameters alone. */
export interface GuessedModel {
  config: ModelConfig;
  find: FindTensor;
}

/**
 * What the names and shapes of layers say about their model; of what its one output means they say nothing.
 * Throws invalid-file where they leave something open.
 */
export function guessModel(
  root: Hdf5Object,
  named: Hdf5Object | undefined,
  output: Output | undefined,
  wrong: Wrong,
): GuessedModel {
  const names = named?.texts('layer_names') ?? root.open('layers')?.names ?? [];
  const stems = names.map((name) => name.replace(/_\d+$/, ''));
  const unknown = names.find((_, i) => !KNOWN_NAMES.has(stems[i]));
  if (unknown !== undefined) {
    throw wrong(
      `holds parameters alone, and those of a layer ${quote(unknown)}, of which they do not say what it does`,
    );
  }
  const [attention = '', last = ''] = names.filter((_, i) => stems[i] === 'dense');
  const places: LayerPlaces = { attention, lstm: names[stems.indexOf('lstm')] ?? '', output: last };
  const find = named ? findByName(named, places) : findInLayers(root, places);
  const [, outputs = 0] = find('output', 'kernel')?.shape ?? [];
  if (outputs === 1 && !output) {
    throw wrong('holds parameters alone, which do not say whether its output is a probability or a number');
  }
  const config: ModelConfig = {
    timeSteps: find('attention', 'kernel')?.shape[0] ?? 0,
    inputDim: find('lstm', 'kernel')?.shape[0] ?? 0,
    units: find('lstm', 'recurrent_kernel')?.shape[0] ?? 0,
    singleAttentionVector: stems.includes('global_average_pooling1d'),
    output: output ?? { kind: 'categorical', classes: outputs },
  };
  requireBounds(config, wrong);
  return { config, find };
}
