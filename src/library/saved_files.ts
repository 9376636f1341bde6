import { Failure } from '../errors.ts';
import { MODEL_FORMATS, type ModelEnding, type ModelFiles } from '../formats/model_formats.ts';
import type { Files } from '../formats/named_files.ts';
import type { SavedModel, WriteOptions } from '../formats/saved_model.ts';
import { checkModel } from '../model/config.ts';
import { nearestName, requireOptions } from '../settings/option_names.ts';
import { orList, quote } from '../text/quote.ts';
import { kindOf } from './series_values.ts';

// A model in memory as the bytes of any format, in both directions.

/**
 * A format of models: this project's own (`safetensors`), ONNX, Keras 3 (`keras`), Keras' weights alone (`h5`) or
 * TensorFlow.js (`tfjs`).
 */
export type SaveFormat = 'safetensors' | 'onnx' | 'keras' | 'h5' | 'tfjs';

/** How a model is saved. */
export interface SaveOptions {
  /**
   * Leaves the standardisation out of the graph: it then takes standardised series and gives standardised numbers.
   * Default false. It does not apply to safetensors.
   */
  raw?: boolean;
}

/** A saved model: the bytes of its file, or all files by their names if it has several, as `save('tfjs')` returns them. */
export type ModelSource = Uint8Array | ArrayBuffer | Blob | ReadonlyMap<string, Uint8Array>;

const ENDINGS: Record<SaveFormat, ModelEnding> = {
  safetensors: 'safetensors',
  onnx: 'onnx',
  keras: 'keras',
  h5: 'h5',
  tfjs: 'json',
};
const NAME = 'the model';

/** All files of a model. Throws invalid-option for an unknown format or option. */
export async function savedFiles(model: SavedModel, format: SaveFormat, options: WriteOptions): Promise<ModelFiles> {
  const names = Object.keys(ENDINGS);
  if (!Object.hasOwn(ENDINGS, format)) {
    const nearest = nearestName(String(format), names);
    const next = nearest ? `do you mean ${quote(nearest)}?` : `give ${orList(names.map(quote))}`;
    throw new Failure('invalid-option', `save has no format ${quote(format)}: ${next}`);
  }
  requireOptions('save', options, ['raw']);
  if (options.raw !== undefined && format === 'safetensors') {
    throw new Failure('invalid-option', 'raw is for the files of other systems: leave it out for safetensors');
  }
  return MODEL_FORMATS[ENDINGS[format]].write(model, options);
}

/** A model from its bytes, whose format is found, or from its description. Throws invalid-option or invalid-file. */
export async function loadedModel(model: SavedModel | ModelSource): Promise<SavedModel> {
  if (model instanceof Map) return readFiles(model);
  if (model instanceof Blob) return readBytes(new Uint8Array(await model.arrayBuffer()));
  if (model instanceof Uint8Array) return readBytes(model);
  if (model instanceof ArrayBuffer) return readBytes(new Uint8Array(model));
  const { config, parameters, series } = (model ?? {}) as Partial<SavedModel>;
  if (!config || !parameters || !series) {
    throw new Failure(
      'invalid-option',
      `load takes the bytes of a model, not ${kindOf(model)}: give a Uint8Array, a Blob, or a Map of several files`,
    );
  }
  checkModel(config);
  return model as SavedModel;
}

function readBytes(bytes: Uint8Array): Promise<SavedModel> {
  const ending = endingOf(bytes);
  if (ending !== 'json') return MODEL_FORMATS[ending].read(NAME, new Map([[NAME, bytes]]));
  throw new Failure(
    'invalid-file',
    `${NAME} is a JSON file, which names others: give all files in a Map, by their names`,
  );
}

function readFiles(files: Files): Promise<SavedModel> {
  for (const name of files.keys()) {
    const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
    if (Object.hasOwn(MODEL_FORMATS, ending)) return MODEL_FORMATS[ending as ModelEnding].read(name, files);
  }
  const endings = orList(Object.keys(MODEL_FORMATS).map((ending) => `.${ending}`));
  throw new Failure(
    'invalid-file',
    `none of the ${files.size} files is a model: give one whose name ends in ${endings}`,
  );
}

/** The format of a file by its first bytes. */
function endingOf(bytes: Uint8Array): ModelEnding {
  const head = String.fromCharCode(...bytes.subarray(0, 9));
  if (head.startsWith('\x89HDF')) return 'h5';
  if (head.startsWith('PK')) return 'keras';
  if (/^\s*\{/.test(head)) return 'json';
  // The first field of an ONNX file is its version, a small number. A safetensors file begins with its header's length.
  const isSafetensors = bytes.length < 9 || (head[8] === '{' && head.endsWith('\0\0\0{'));
  return isSafetensors || bytes[0] !== 0x08 ? 'safetensors' : 'onnx';
}
