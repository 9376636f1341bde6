import { classPath, type KerasLayer } from '../model/exchange/keras_writer.ts';
import { Names } from '../model/exchange/names.ts';
import { kerasLayers } from '../model/keras_layers.ts';
import { layersOf } from '../model/layer_list.ts';
import { layerOf } from '../model/layers/index.ts';
import type { Hdf5Group } from './hdf5_format.ts';
import type { Hdf5Object } from './hdf5_reader.ts';
import { type FindTensor, placedTensors, weightsOf } from './keras_parameters.ts';
import { MODEL_NAME } from './keras_topology.ts';
import type { PortableModel } from './portable_model.ts';
import type { Tensor } from './safetensors.ts';

// Keras 3 keeps the arrays of a layer under layers/CLASS/vars/0, 1, …; the second layer of a class is CLASS_1. Names
// are attributes.

/** Where a file has the arrays of a layer, by the layer's name in the model. */
export type LayerPlaces = Map<string, string>;

/** The file of a model's parameters. */
export function layersGroup({ config, parameters, standardisation }: PortableModel): Hdf5Group {
  const tensors = placedTensors(config, parameters);
  const layers = kerasLayers(config, { standardisation });
  const cells = new Map(layersOf(config).map((node) => [node.name, layerOf(node).keras.holder?.cell]));
  const paths = layerPaths(layers);
  const members = new Map<string, Hdf5Group>();
  for (const { name, node } of layers) {
    const own = tensors.filter((tensor) => tensor.node === node);
    const cell = node === undefined ? undefined : cells.get(node);
    const layer: [string, Hdf5Group][] = cell
      ? [
          ['cell', group([['vars', variables(cell, own)]])],
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

/** Where a file has the arrays of a graph that was recognised. */
export function layerPlaces(layers: KerasLayer[], holders: Map<string, KerasLayer>): LayerPlaces {
  const paths = layerPaths(layers);
  return new Map([...holders].map(([node, { name }]) => [node, paths.get(name) as string]));
}

/** Nodes are named by their type in a model of one layer of each. */
export function findInLayers(root: Hdf5Object, places: LayerPlaces): FindTensor {
  return (node, weight) => {
    const index = weightsOf({ type: node }).indexOf(weight);
    const cell = layerOf({ type: node }).keras.holder?.cell ? '/cell' : '';
    return root.open(`layers/${places.get(node)}${cell}/vars/${index}`)?.tensor();
  };
}

/** The path of each layer, by its name. */
function layerPaths(layers: KerasLayer[]): Map<string, string> {
  const paths = new Names();
  return new Map(layers.map(({ type, name }) => [name, paths.next(classPath(type))]));
}
