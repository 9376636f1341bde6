import { Failure } from '../errors.ts';
import { shown, type Wrong, wrongOf } from '../rules.ts';
import { type Files, pathWithin } from './named_files.ts';
import { decodeModel, type FindFile, type ReadModel } from './onnx/decoder.ts';
import { encodeModel } from './onnx/encoder.ts';
import { modelGraph, readGraph } from './onnx/graph.ts';
import type { PortableModel } from './portable_model.ts';

/**
 * The first version whose Softmax takes one axis. Later runtimes read earlier versions, so the lowest version has the
 * most readers. The operators have kept their meaning up to the latest version.
 */
const OPSET = { written: 13, latest: 28 };
/** The file format's version that came with that of the operators. */
const IR_VERSION = 7;

const WANTED = 'an ONNX file of this model';
const PRODUCER = 'attention-lstm-webgpu';
const DOCUMENTATION =
  'Attention over time steps, then an LSTM. Parameters are initializers under their names; gates are in the order i, o, f, c.';

/**
 * A model as an ONNX file: series (N, T, D) → prediction (N, C) and attention (N, T, D), all float32, for any N.
 * `version` is the package's, which the file then names.
 */
export function writeOnnx({ metadata, ...model }: PortableModel, version = ''): Uint8Array<ArrayBuffer> {
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    producerVersion: version,
    docString: DOCUMENTATION,
    opset: OPSET.written,
    graph: modelGraph(model),
    metadata,
  });
}

/**
 * Throws invalid-file, naming the part that does not fit, unless the bytes are an ONNX file of this model, from any
 * writer. `files` has the other files that it names.
 */
export function readOnnx(name: string, bytes: Uint8Array, files: Files = new Map()): PortableModel {
  const wrong = wrongOf(name, WANTED);
  const { opset, graph, metadata } = decode(bytes, (path) => files.get(pathWithin(path, wrong)), wrong);
  if (opset < OPSET.written || opset > OPSET.latest) {
    throw wrong(`has operators of version ${opset}, not ${OPSET.written} to ${OPSET.latest}`);
  }
  return { ...readGraph(graph, wrong), metadata };
}

/** The paths of the files in which an ONNX file has constants. Throws invalid-file. */
export function onnxDataFiles(name: string, bytes: Uint8Array): string[] {
  const wrong = wrongOf(name, WANTED);
  const paths = new Set<string>();
  decode(bytes, (path) => void paths.add(pathWithin(path, wrong)), wrong);
  return [...paths];
}

function decode(bytes: Uint8Array, find: FindFile, wrong: Wrong): ReadModel {
  try {
    return decodeModel(bytes, find);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw wrong(`is not an ONNX file (${shown(error instanceof Error ? error.message : String(error))})`);
  }
}
