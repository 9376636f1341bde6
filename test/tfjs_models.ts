import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { ModelConfig } from '../src/model/config.ts';

// TensorFlow.js as another system that reads, writes and runs models.

const URL_PREFIX = 'https://models.test/';

export type Files = Map<string, Uint8Array>;

/** TensorFlow.js' own reader of model.json and the files that it names. */
export function load(files: Files): Promise<layers.LayersModel> {
  const fetchFunc = async (url: string) => {
    const bytes = files.get(url.slice(URL_PREFIX.length));
    const type = url.endsWith('.json') ? 'application/json' : 'application/octet-stream';
    return new Response(bytes && new Uint8Array(bytes), {
      status: bytes ? 200 : 404,
      headers: { 'Content-Type': type },
    });
  };
  return layers.loadLayersModel(tf.io.http(`${URL_PREFIX}model.json`, { fetchFunc: fetchFunc as typeof fetch }));
}

/** The files that TensorFlow.js' own writer uploads. */
export async function save(model: layers.LayersModel, includeOptimizer = false): Promise<Files> {
  const files: Files = new Map();
  const fetchFunc = async (_: string, { body }: { body: FormData }) => {
    for (const [name, part] of body) files.set(name, new Uint8Array(await (part as File).arrayBuffer()));
    return new Response('{}');
  };
  const handler = tf.io.http(URL_PREFIX, { fetchFunc: fetchFunc as unknown as typeof fetch });
  await model.save(handler, { includeOptimizer });
  return files;
}

/** TensorFlow.js' predictions for series, and the attention from the layer of that name. */
export function predict(
  model: layers.LayersModel,
  { timeSteps, inputDim }: ModelConfig,
  x: Float32Array,
  layer = 'attention_vec',
) {
  return tf.tidy(() => {
    const series = tf.tensor3d(x, [x.length / timeSteps / inputDim, timeSteps, inputDim]);
    const attention = layers.model({ inputs: model.inputs, outputs: model.getLayer(layer).output });
    const run = (part: layers.LayersModel) => (part.predict(series, { batchSize: 250 }) as tf.Tensor).dataSync();
    return { values: run(model), attention: run(attention) };
  });
}
