import { zipSync } from 'fflate';
import { readZipDirectory, type ZipEntry } from '../data/zip_directory.ts';
import { openZipEntry } from '../data/zip_entry.ts';
import type { Output } from '../model/config.ts';
import { HARD_SLOPES } from '../model/exchange/keras_writer.ts';
import { kerasLayers } from '../model/keras_layers.ts';
import { type Wrong, wrongOf } from '../rules.ts';
import { type Hdf5Object, readHdf5 } from './hdf5_reader.ts';
import { writeHdf5 } from './hdf5_writer.ts';
import { parseRecord } from './json.ts';
import { findInLayers, layerPlaces, layersGroup } from './keras_layers_h5.ts';
import { findByName, namedLayers } from './keras_named_h5.ts';
import { parametersFrom } from './keras_parameters.ts';
import { recogniseModel } from './keras_recognition.ts';
import { legacyTopology, readTopology, writeTopology } from './keras_topology.ts';
import { guessModel } from './keras_weights_file.ts';
import { METADATA_KEY, metadataFrom } from './own_metadata.ts';
import type { PortableModel } from './portable_model.ts';

const ENTRIES = { config: 'config.json', metadata: 'metadata.json', parameters: 'model.weights.h5' } as const;
/** The first version that reads archives of these words. */
const KERAS_VERSION = '3.0.0';
const hardSlope = HARD_SLOPES.keras3;
/** The largest model that the project trains, with its optimiser's moments, takes a third of it. */
const LARGEST_ENTRY = 2 ** 26;
/** The earliest date of a zip archive, so that equal models make equal files. */
const WRITTEN = new Date(1980, 0, 1);

/** The model as Keras 3's `load_model` takes it: a .keras archive. */
export function writeKerasModel(model: PortableModel): Uint8Array<ArrayBuffer> {
  const metadata = {
    keras_version: KERAS_VERSION,
    ...(model.metadata.size > 0 && { [METADATA_KEY]: Object.fromEntries(model.metadata) }),
  };
  const files = {
    [ENTRIES.metadata]: json(metadata),
    [ENTRIES.config]: json(
      writeTopology(kerasLayers(model.config, { standardisation: model.standardisation, hardSlope })),
    ),
    [ENTRIES.parameters]: writeHdf5(layersGroup(model)),
  };
  return new Uint8Array(zipSync(files, { level: 0, mtime: WRITTEN }));
}

/**
 * The parameters as Keras 3's `load_weights` takes them, from a file whose name ends in .weights.h5; the graph is kept
 * for reading here. Parameters alone cannot hold a standardisation.
 */
export function writeKerasWeights({ standardisation: _, ...model }: PortableModel): Uint8Array<ArrayBuffer> {
  const attributes = new Map([
    ['model_config', JSON.stringify(legacyTopology(kerasLayers(model.config, { hardSlope }), 'Functional'))],
  ]);
  if (model.metadata.size > 0) attributes.set(METADATA_KEY, JSON.stringify(Object.fromEntries(model.metadata)));
  return writeHdf5({ ...layersGroup(model), attributes });
}

/**
 * The model of a .keras archive, or of an .h5 file of Keras 2 or 3: a whole model, or parameters alone. For these,
 * `output` says what one output means. Throws invalid-file for other files, and for models that this project does not
 * have.
 */
export async function readKerasModel(name: string, file: Uint8Array, output?: Output): Promise<PortableModel> {
  const wrong = wrongOf(name, 'a whole Keras model of attention, LSTM and dense layer');
  const isArchive = file[0] === 0x50 && file[1] === 0x4b;
  return isArchive ? readArchive(name, file, wrong) : readH5(readHdf5(file, wrong), output, wrong);
}

async function readArchive(name: string, file: Uint8Array, wrong: Wrong): Promise<PortableModel> {
  const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
  const entries = await readZipDirectory(name, blob);
  const read = (part: keyof typeof ENTRIES) => readEntry(name, blob, entries, ENTRIES[part], wrong);
  const topology = readTopology(parseRecord(ENTRIES.config, await read('config'), wrong), wrong);
  const metadata = parseRecord(ENTRIES.metadata, await read('metadata'), wrong);
  const recognised = recogniseModel(topology, slopeOf(metadata.keras_version), wrong);
  const root = readHdf5(await read('parameters'), wrong);
  const find = findInLayers(root, layerPlaces(topology.layers, recognised.holders));
  const { holders, ...known } = recognised;
  return {
    ...known,
    parameters: parametersFrom(known.config, find, wrong),
    metadata: metadataFrom(metadata[METADATA_KEY]),
  };
}

async function readEntry(
  name: string,
  blob: Blob,
  entries: ZipEntry[],
  part: string,
  wrong: Wrong,
): Promise<Uint8Array> {
  const entry = entries.find((one) => one.name === part);
  if (!entry) throw wrong(`has no ${part}`);
  if (entry.size > LARGEST_ENTRY) throw wrong(`has ${part} of ${entry.size} bytes, where ${LARGEST_ENTRY} is the most`);
  const source = await openZipEntry(name, blob, entry);
  const bytes = new Uint8Array(source.size); // As plausible as the entry is; all of it is filled, or reading throws.
  let end = 0;
  for await (const chunk of source.chunks()) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

function readH5(root: Hdf5Object, output: Output | undefined, wrong: Wrong): PortableModel {
  const named = namedLayers(root);
  if (!named && !root.open('layers')) throw wrong('is an HDF5 file, but not one of Keras');
  const { find, ...known } = describeH5(root, named, output, wrong);
  const own = root.texts(METADATA_KEY)?.[0];
  return {
    ...known,
    parameters: parametersFrom(known.config, find, wrong),
    metadata: metadataFrom(own === undefined ? undefined : parseRecord(`an attribute ${METADATA_KEY}`, own, wrong)),
  };
}

/** The slope of `hard_sigmoid` in a version of Keras; files of this project that name none are for Keras 3. */
function slopeOf(version: unknown = KERAS_VERSION): number {
  return /^[12]\./.test(String(version)) ? HARD_SLOPES.keras2 : HARD_SLOPES.keras3;
}

/** Uses the graph if the file has it. */
function describeH5(root: Hdf5Object, named: Hdf5Object | undefined, output: Output | undefined, wrong: Wrong) {
  const graph = root.texts('model_config')?.[0];
  if (graph === undefined) return guessModel(root, named, output, wrong);
  const topology = readTopology(parseRecord('a model_config', graph, wrong), wrong);
  const { holders, ...known } = recogniseModel(topology, slopeOf(root.texts('keras_version')?.[0]), wrong);
  const names = new Map([...holders].map(([node, { name }]) => [node, name]));
  const find = named ? findByName(named, names) : findInLayers(root, layerPlaces(topology.layers, holders));
  return { ...known, find };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
