import type { ModelConfig, Output } from '../model/config.ts';
import { classPath } from '../model/exchange/keras_writer.ts';
import { LAYERS, layerOf, partOf } from '../model/layers/index.ts';
import { configOf, MODEL_CHAIN } from '../model/model_layers.ts';
import type { Wrong } from '../rules.ts';
import { quote } from '../text/quote.ts';
import type { Hdf5Object } from './hdf5_reader.ts';
import { findInLayers, type LayerPlaces } from './keras_layers_h5.ts';
import { findByName } from './keras_named_h5.ts';
import type { FindTensor } from './keras_parameters.ts';
import { requireBounds } from './keras_recognition.ts';

/** Keras' default names of layers, and the experiment's names. */
const KNOWN_NAMES = new Set(Object.values(LAYERS).flatMap(({ keras }) => keras.names));

/** A model from a file that has only parameters. */
export interface GuessedModel {
  config: ModelConfig;
  find: FindTensor;
}

/**
 * Derives the model from the names and shapes of layers; they do not say what its one output means. Throws invalid-file
 * if they leave something open.
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
  const places = placesOf(names, stems);
  const find = named ? findByName(named, places) : findInLayers(root, places);
  const guessed = MODEL_CHAIN.map((type) => {
    const shape = (weight: string) => find(type, weight)?.shape;
    const has = (stem: string) => stems.includes(stem);
    const guess = partOf(layerOf({ type }).keras.guess, { type });
    return [type, guess({ has, shape, output, wrong })] as const;
  });
  const config = configOf(new Map(guessed));
  requireBounds(config, wrong);
  return { config, find };
}

/** The layers that hold the parameters, of each class in the order of the model. */
function placesOf(names: string[], stems: string[]): LayerPlaces {
  const places: LayerPlaces = new Map();
  const taken = new Set<number>();
  for (const type of MODEL_CHAIN) {
    const holder = layerOf({ type }).keras.holder;
    if (!holder) continue;
    const index = stems.findIndex((stem, i) => stem === classPath(holder.type) && !taken.has(i));
    taken.add(index);
    places.set(type, names[index] ?? '');
  }
  return places;
}
