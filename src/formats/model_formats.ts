import { Failure } from '../errors.ts';
import { orList } from '../text/quote.ts';
import type { PortableModel } from './portable_model.ts';
import { portableOf, type SavedModel, savedModelOf } from './saved_model.ts';

// Every file that a model can be in, by the ending of its name. A format's code is loaded when it is used.

/** Files by their names. */
export type ModelFiles = Map<string, Uint8Array<ArrayBuffer>>;

export interface ModelFormat {
  /** What people call it. */
  label: string;
  /** The name of its file, or of that which names the others. */
  fileName: string;
  /** It names other files, which lie beside it: their ending. */
  beside?: string;
  write(model: SavedModel): Promise<ModelFiles>;
  /** `name` is the file's among `files`. */
  read(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<SavedModel>;
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
  onnx: single(
    'ONNX',
    'model.onnx',
    async () => (await import('./onnx.ts')).writeOnnx,
    async () => (await import('./onnx.ts')).readOnnx,
  ),
  keras: single(
    'Keras 3',
    'model.keras',
    async () => (await import('./keras_model.ts')).writeKerasModel,
    async () => (await import('./keras_model.ts')).readKerasModel,
  ),
  h5: single(
    'Keras weights',
    'model.weights.h5',
    async () => (await import('./keras_model.ts')).writeKerasWeights,
    async () => (await import('./keras_model.ts')).readKerasModel,
  ),
  json: {
    label: 'TensorFlow.js',
    fileName: 'model.json',
    beside: '.bin',
    async write(model) {
      const { writeTfjsModel } = await import('./tfjs_model.ts');
      return writeTfjsModel(portableOf(model));
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
export const SINGLE_FILE_ENDINGS = FORMATS.filter(([, { beside }]) => beside === undefined).map(([end]) => `.${end}`);

/** All files that a model is read from, in words. */
export const MODEL_FILES = `a model: ${orList(
  FORMATS.map(([end, { label, beside }]) => (beside === undefined ? `.${end}` : `the .${end} of ${label}`)),
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

/** A format of a portable model in a single file. */
function single(
  label: string,
  fileName: string,
  loadWriter: () => Promise<(model: PortableModel) => Uint8Array<ArrayBuffer>>,
  loadReader: () => Promise<(name: string, file: Uint8Array) => PortableModel | Promise<PortableModel>>,
): ModelFormat {
  return {
    label,
    fileName,
    async write(model) {
      const write = await loadWriter();
      return new Map([[fileName, write(portableOf(model))]]);
    },
    async read(name, files) {
      const read = await loadReader();
      return savedModelOf(name, await read(name, fileOf(files, name)));
    },
  };
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = files.get(name);
  if (file) return file;
  throw new Failure('invalid-file', `there is no ${name}: give the model's file`);
}
