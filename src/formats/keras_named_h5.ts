import type { Hdf5Object } from './hdf5_reader.ts';
import type { LayerPlaces } from './keras_layers_h5.ts';
import type { FindTensor } from './keras_parameters.ts';

// Keras 2, and Keras 3 in its legacy files, keep the arrays of a layer under LAYER/…/kernel:0. Their names are an
// attribute.

/** The group that has a group for each layer: within the whole model's file, or the file of the parameters alone. */
export function namedLayers(root: Hdf5Object): Hdf5Object | undefined {
  const group = root.open('model_weights') ?? root;
  return group.texts('layer_names') ? group : undefined;
}

export function findByName(group: Hdf5Object, places: LayerPlaces): FindTensor {
  return (node, weight) => {
    const layer = group.open(places.get(node) ?? '');
    const name = layer?.texts('weight_names')?.find((path) => path.split('/').at(-1)?.replace(/:0$/, '') === weight);
    return name === undefined ? undefined : layer?.open(name)?.tensor();
  };
}
