import type { Standardisation } from '../data/standardisation.ts';
import type { ModelConfig } from '../model/config.ts';
import { KerasGraph } from '../model/exchange/keras_graph.ts';
import type { KerasLayer } from '../model/exchange/keras_writer.ts';
import { partOf } from '../model/layers/index.ts';
import { configOf, findLayers, readLayers, standardisationOf } from '../model/model_layers.ts';
import type { Wrong } from '../rules.ts';
import { isWithin } from '../settings/bounds.ts';
import { formLabel, namesOf, settingOf } from '../settings/table.ts';
import type { Topology } from './keras_topology.ts';

/** A functional model of Keras as one of this project's. */
export interface RecognisedModel {
  config: ModelConfig;
  /** The Keras layer that holds the parameters of a layer, by that one's name. */
  holders: Map<string, KerasLayer>;
  /** If the graph takes series as they were measured. */
  standardisation?: Standardisation;
}

/**
 * Recognises layers by what they do, not by name; `hardSlope` is that of the system's `hard_sigmoid`. Throws invalid-file with the first layer that does not fit the model.
 */
export function recogniseModel({ layers, output }: Topology, hardSlope: number, wrong: Wrong): RecognisedModel {
  const graph = new KerasGraph(layers, hardSlope, wrong);
  const found = findLayers(output, (layer, name) => partOf(layer.keras.find, layer)(graph, name));
  graph.requireNoOthers();
  const read = readLayers(found);
  const config = configOf(read);
  requireBounds(config, wrong);
  const standardisation = standardisationOf(read, config, wrong);
  const holders = [...found].flatMap(([name, { holder }]): [string, KerasLayer][] => (holder ? [[name, holder]] : []));
  return { config, holders: new Map(holders), ...(standardisation && { standardisation }) };
}

/** Throws invalid-file for sizes that the project does not train. */
export function requireBounds(config: ModelConfig, wrong: Wrong): void {
  for (const name of namesOf('model')) {
    const row = settingOf(name);
    const value = config[name];
    if (row.kind !== 'number' || typeof value !== 'number' || isWithin(value, row.bound)) continue;
    throw wrong(`has ${value} ${formLabel(name)}, where the model has ${row.bound.min} to ${row.bound.max}`);
  }
}
