import { joinBytes } from '../data/bytes.ts';
import { HARD_SLOPES } from '../model/exchange/keras_writer.ts';
import { kerasLayers } from '../model/keras_layers.ts';
import { type Wrong, wrongOf } from '../rules.ts';
import { quote } from '../text/quote.ts';
import { isRecord, isSizes, parseRecord } from './json.ts';
import { type FindTensor, parametersFrom, placedTensors } from './keras_parameters.ts';
import { recogniseModel } from './keras_recognition.ts';
import { legacyTopology, readTopology } from './keras_topology.ts';
import { type Files, pathWithin } from './named_files.ts';
import { METADATA_KEY, metadataFrom } from './own_metadata.ts';
import type { PortableModel } from './portable_model.ts';
import type { Tensor } from './safetensors.ts';

// A layers model of TensorFlow.js: model.json with the graph, the weights' names and shapes, and the files that hold
// them in that order.

const WANTED = 'a layers model of attention, LSTM and dense layer';
const WEIGHTS_FILE = 'weights.bin';
/** Bytes of an element of every dtype that TensorFlow.js writes without naming lengths. */
const ELEMENT_BYTES: Record<string, number> = { float32: 4, int32: 4, complex64: 8, uint8: 1, bool: 1 };

/** The model as TensorFlow.js' `loadLayersModel` takes it: model.json and weights.bin. */
export function writeTfjsModel({
  config,
  parameters,
  metadata,
  standardisation,
}: PortableModel): Map<string, Uint8Array<ArrayBuffer>> {
  const tensors = placedTensors(config, parameters);
  const layers = kerasLayers(config, { standardisation, hardSlope: HARD_SLOPES.keras2 });
  const names = new Map(layers.map(({ node, name }) => [node, name]));
  const weights = tensors.map(({ node, weight, shape }) => ({
    name: `${names.get(node)}/${weight}`,
    shape,
    dtype: 'float32',
  }));
  const model = {
    format: 'layers-model',
    generatedBy: 'attention-lstm',
    convertedBy: null,
    modelTopology: legacyTopology(layers, 'Model'),
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights }],
    ...(metadata.size > 0 && { userDefinedMetadata: { [METADATA_KEY]: Object.fromEntries(metadata) } }),
  };
  return new Map([
    ['model.json', new TextEncoder().encode(JSON.stringify(model))],
    [WEIGHTS_FILE, joinBytes(tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))],
  ]);
}

/**
 * Reads a layers model from its files by their names: one .json and the files that it names. Throws invalid-file for
 * other files, and for models that this project does not have.
 */
export function readTfjsModel(name: string, files: Files): PortableModel {
  const wrong = wrongOf(name, WANTED);
  const model = readModelJson(files, wrong);
  if (model.format !== undefined && model.format !== 'layers-model')
    throw wrong('is not a layers model of TensorFlow.js');
  const { modelTopology: graph } = model;
  const topology = readTopology(isRecord(graph) ? (graph.model_config ?? graph) : graph, wrong);
  const recognised = recogniseModel(topology, HARD_SLOPES.keras2, wrong);
  const weights = readWeights(model.weightsManifest, files, wrong);
  const find: FindTensor = (node, weight) => findWeight(weights, recognised.holders.get(node)?.name ?? '', weight);
  const own = isRecord(model.userDefinedMetadata) ? model.userDefinedMetadata[METADATA_KEY] : undefined;
  const { holders, ...read } = recognised;
  return {
    ...read,
    parameters: parametersFrom(read.config, find, wrong),
    metadata: metadataFrom(own),
  };
}

/** The paths of the files that a model.json names. Throws invalid-file. */
export function tfjsWeightFiles(name: string, json: Uint8Array): string[] {
  const wrong = wrongOf(name, WANTED);
  const { weightsManifest: manifest } = parseRecord(name, json, wrong);
  const groups = Array.isArray(manifest) ? manifest : [];
  const paths: unknown[] = groups.flatMap((group) =>
    isRecord(group) && Array.isArray(group.paths) ? group.paths : [],
  );
  return paths.filter((path) => typeof path === 'string').map((path) => pathWithin(path, wrong));
}

function readModelJson(files: Files, wrong: Wrong): Record<string, unknown> {
  const names = [...files.keys()].filter((file) => file.endsWith('.json'));
  if (names.length !== 1) throw wrong(`has ${names.length || 'no'} .json files, not one`);
  return parseRecord(names[0], files.get(names[0]) as Uint8Array, wrong);
}

/** All weights of the manifest in float32, under their names. */
function readWeights(manifest: unknown, files: Files, wrong: Wrong): Map<string, Tensor> {
  if (!Array.isArray(manifest)) throw wrong('has no weightsManifest');
  const tensors = new Map<string, Tensor>();
  const taken = new Set<string>();
  for (const group of manifest) {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights)) throw wrong('has a weightsManifest without paths or weights');
    const bytes = joinBytes(paths.map((path) => takeShard(path, files, taken, wrong)));
    let end = 0;
    for (const weight of weights) {
      const { name, shape, size, isFloat } = readSpec(weight, wrong);
      const begin = end;
      end += size;
      if (end > bytes.length) throw wrong(`has files of ${bytes.length} bytes, which end before ${quote(name)} does`);
      if (tensors.has(name)) throw wrong(`has two weights called ${quote(name)}`);
      if (isFloat) tensors.set(name, { shape, data: new Float32Array(bytes.slice(begin, end).buffer) });
    }
    if (end !== bytes.length) throw wrong(`has files with ${bytes.length - end} bytes behind the last weight`);
  }
  return tensors;
}

/**
 * The bytes of a file that the manifest names. No file may be named twice, or a short manifest could ask for any number
 * of bytes.
 */
function takeShard(path: unknown, files: Files, taken: Set<string>, wrong: Wrong): Uint8Array {
  if (typeof path !== 'string') throw wrong('has a weightsManifest with a path that is not text');
  const file = pathWithin(path, wrong);
  const bytes = files.get(file);
  if (!bytes) throw wrong(`names the file ${quote(file)}, which is not there`);
  if (taken.has(file)) throw wrong(`names the file ${quote(file)} twice`);
  taken.add(file);
  return bytes;
}

function readSpec(spec: unknown, wrong: Wrong): { name: string; shape: number[]; size: number; isFloat: boolean } {
  const { name, shape, dtype, quantization } = isRecord(spec) ? spec : {};
  if (typeof name !== 'string' || !isSizes(shape)) throw wrong('has a weight without name or shape');
  const bytes = typeof dtype === 'string' && Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined;
  if (quantization !== undefined) {
    throw wrong(`has the weight ${quote(name)} quantised, which is not read; convert it without quantisation`);
  }
  if (bytes === undefined) throw wrong(`has the weight ${quote(name)} of a dtype other than float32`);
  return { name, shape, size: shape.reduce((product, size) => product * size, bytes), isFloat: dtype === 'float32' };
}

/** `lstm/kernel`, or as models that come from Keras call it, `lstm/lstm_cell/kernel`. */
function findWeight(weights: Map<string, Tensor>, layer: string, weight: string): Tensor | undefined {
  const isIt = (name: string) => name.startsWith(`${layer}/`) && name.endsWith(`/${weight}`);
  for (const [name, tensor] of weights) if (isIt(name)) return tensor;
  return undefined;
}
