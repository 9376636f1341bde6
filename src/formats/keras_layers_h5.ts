import type { Hdf5Group } from './hdf5_format.ts';
import type { Hdf5Object } from './hdf5_reader.ts';
import { type KerasLayer, kerasLayers, ROLE_NAMES, type Role } from './keras_layers.ts';
import { type FindTensor, PLACES, placedTensors } from './keras_parameters.ts';
import { MODEL_NAME } from './keras_topology.ts';
import type { PortableModel } from './portable_model.ts';
import type { Tensor } from './safetensors.ts';

// Keras 3 keeps the arrays of a layer under layers/CLASS/vars/0, 1, …; the second layer of a class is CLASS_1. Names are attributes.

/** What Keras makes of the classes' names. */
export const CLASS_PATHS: Record<string, string> = {
  InputLayer: 'input_layer',
  Permute: 'permute',
  Reshape: 'reshape',
  Dense: 'dense',
  GlobalAveragePooling1D: 'global_average_pooling1d',
  RepeatVector: 'repeat_vector',
  Multiply: 'multiply',
  LSTM: 'lstm',
};

/** Where the arrays of a layer are, by its role. */
export type LayerPlaces = Record<Role, string>;

/** The file of a model's parameters. */
export function layersGroup({ config, parameters }: PortableModel): Hdf5Group {
  const tensors = placedTensors(config, parameters);
  const layers = kerasLayers(config);
  const paths = layerPaths(layers);
  const members = new Map<string, Hdf5Group>();
  for (const { name, type } of layers) {
    const own = tensors.filter(({ role }) => ROLE_NAMES[role] === name);
    const layer: [string, Hdf5Group][] =
      type === 'LSTM'
        ? [
            ['cell', group([['vars', variables('lstm_cell', own)]])],
            ['vars', variables(name)],
          ]
        : [['vars', variables(name, own)]];
    members.set(paths.get(name) as string, group(layer));
  }
  return group([
    ['layers', { members }],
    ['vars', variables(MODEL_NAME)],
  ]);
}

const group = (members: [string, Hdf5Group][]): Hdf5Group => ({ members: new Map(members) });

function variables(name: string, tensors: Tensor[] = []): Hdf5Group {
  const members = tensors.map(({ shape, data }, i): [string, Tensor] => [String(i), { shape, data }]);
  return { attributes: new Map([['name', name]]), members: new Map(members) };
}

/** Where a file has the layers of a graph that was recognised. */
export function layerPlaces(layers: KerasLayer[], roles: Record<Role, KerasLayer>): LayerPlaces {
  const paths = layerPaths(layers);
  const place = (role: Role) => paths.get(roles[role].name) as string;
  return { attention: place('attention'), lstm: place('lstm'), output: place('output') };
}

export function findInLayers(root: Hdf5Object, places: LayerPlaces): FindTensor {
  return (role, weight) => {
    const index = PLACES.filter((place) => place.role === role).findIndex((place) => place.weight === weight);
    return root.open(`layers/${places[role]}${role === 'lstm' ? '/cell' : ''}/vars/${index}`)?.tensor();
  };
}

/** The path of each layer, by its name. */
function layerPaths(layers: KerasLayer[]): Map<string, string> {
  const met = new Map<string, number>();
  return new Map(
    layers.map(({ type, name }) => {
      const path = CLASS_PATHS[type];
      const before = met.get(path) ?? 0;
      met.set(path, before + 1);
      return [name, before === 0 ? path : `${path}_${before}`];
    }),
  );
}
