import { Failure } from '../errors.ts';
import { formatLayers } from '../settings/layers.ts';
import { orList } from '../text/quote.ts';
import type { Files } from './named_files.ts';
import type { PortableModel } from './portable_model.ts';
import { portableOf, type SavedModel, savedModelOf, type WriteOptions } from './saved_model.ts';

// Every file that a model can be in, by the ending of its name. A format's code is loaded when it is used.

/** Files by their names. */
export type ModelFiles = Map<string, Uint8Array<ArrayBuffer>>;

export interface ModelFormat {
  /** What people call it. */
  label: string;
  /** The name of its file, or of that which names the others. */
  fileName: string;
  /** The paths of the files that a file of this format names, from its folder. Throws invalid-file. */
  named?(name: string, file: Uint8Array): Promise<string[]>;
  /** The names of the other files that it writes. */
  others?: readonly string[];
  write(model: SavedModel, options?: WriteOptions): Promise<ModelFiles>;
  /** `name` is the file's among `files`; the others are those that it names. */
  read(name: string, files: Files): Promise<SavedModel>;
}

/** In the order in which they are offered. */
export const MODEL_FORMATS = {
  safetensors: {
    label: 'safetensors',
    fileName: 'model.safetensors',
    async write(model) {
      const { writeModel } = await import('./model_file.ts');
      return new Map([[this.fileName, writeModel(model)]]);
    },
    async read(name, files) {
      const { readModel } = await import('./model_file.ts');
      return readModel(name, fileOf(files, name));
    },
  },
  onnx: {
    ...single(
      'ONNX',
      'model.onnx',
      async () => (await import('./onnx.ts')).writeOnnx,
      async () => (await import('./onnx.ts')).readOnnx,
    ),
    named: async (name, file) => (await import('./onnx.ts')).onnxDataFiles(name, file),
  },
  keras: single(
    'Keras 3',
    'model.keras',
    async () => (await import('./keras_model.ts')).writeKerasModel,
    loadKerasReader,
  ),
  h5: single(
    'Keras weights',
    'model.weights.h5',
    async () => (await import('./keras_model.ts')).writeKerasWeights,
    loadKerasReader,
  ),
  json: {
    label: 'TensorFlow.js',
    fileName: 'model.json',
    others: ['weights.bin'],
    named: async (name, file) => (await import('./tfjs_model.ts')).tfjsWeightFiles(name, file),
    async write(model, options) {
      const { writeTfjsModel } = await import('./tfjs_model.ts');
      return writeTfjsModel(exportable(model, options, this.label));
    },
    async read(name, files) {
      const { readTfjsModel } = await import('./tfjs_model.ts');
      return savedModelOf(name, readTfjsModel(name, files));
    },
  },
} as const satisfies Record<string, ModelFormat>;

export type ModelEnding = keyof typeof MODEL_FORMATS;

const FORMATS: [string, ModelFormat][] = Object.entries(MODEL_FORMATS);

/** The endings of formats with a single file: `.onnx`. */
export const SINGLE_FILE_ENDINGS = FORMATS.filter(([, { others }]) => !others).map(([end]) => `.${end}`);

/** All files that a model is read from, in words. */
export const MODEL_FILES = `a model: ${orList(
  FORMATS.map(([end, { label, others }]) => (others ? `the .${end} of ${label}` : `.${end}`)),
)}`;

/** The format of a file by its name. Throws invalid-option. */
export function formatOf(name: string): ModelFormat {
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  if (Object.hasOwn(MODEL_FORMATS, ending)) return MODEL_FORMATS[ending as ModelEnding];
  const endings = Object.keys(MODEL_FORMATS).map((it) => `.${it}`);
  throw new Failure(
    'invalid-option',
    `${name} is not a model's file name: give one that ends in ${endings.join(', ')}`,
  );
}

async function loadKerasReader(): Promise<(name: string, file: Uint8Array) => Promise<PortableModel>> {
  const { readKerasModel } = await import('./keras_model.ts');
  return (name, file) => readKerasModel(name, file);
}

/** A format of a portable model in a single file. */
function single(
  label: string,
  fileName: string,
  loadWriter: () => Promise<(model: PortableModel) => Uint8Array<ArrayBuffer>>,
  loadReader: () => Promise<(name: string, file: Uint8Array, files: Files) => PortableModel | Promise<PortableModel>>,
): ModelFormat {
  return {
    label,
    fileName,
    async write(model, options) {
      const write = await loadWriter();
      return new Map([[fileName, write(exportable(model, options, label))]]);
    },
    async read(name, files) {
      const read = await loadReader();
      return savedModelOf(name, await read(name, fileOf(files, name), files));
    },
  };
}

/** Throws invalid-option for a model of other layers than attention and LSTM. */
function exportable(model: SavedModel, options: WriteOptions | undefined, label: string): PortableModel {
  const { layers } = model.config;
  if (layers) {
    throw new Failure(
      'invalid-option',
      `${label} cannot carry a model of the layers ${formatLayers(layers)}: write a .safetensors file`,
    );
  }
  return portableOf(model, options);
}

function fileOf(files: Files, name: string): Uint8Array {
  const file = files.get(name);
  if (file) return file;
  throw new Failure('invalid-file', `there is no ${name}: give the model's file`);
}
