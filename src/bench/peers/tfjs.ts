import '@tensorflow/tfjs-backend-cpu';
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as layers from '@tensorflow/tfjs-layers';
import { Failure } from '../../errors.ts';
import type { AdapterReport } from '../../gpu/device.ts';
import { kerasLayers } from '../../model/keras_layers.ts';
import { layersOf } from '../../model/layer_list.ts';
import { layerOf } from '../../model/layers/index.ts';
import { parameterName } from '../../model/parameters.ts';
import type { Peer } from './peer.ts';
import type { PeerProblem } from './problem.ts';
import { TFJS_BACKENDS, type TfjsPeer } from './tfjs_peers.ts';

tf.enableProdMode();
// TensorFlow.js takes the best of these that the browser can run: SIMD everywhere, threads if the page is isolated from
// other origins.
setWasmPaths({
  'tfjs-backend-wasm.wasm': plainWasm,
  'tfjs-backend-wasm-simd.wasm': simdWasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
});

/** TensorFlow.js in its best mode on one of its backends. Throws peer-failed if that backend cannot run. */
export async function createTfjs(name: TfjsPeer, problem: PeerProblem, adapter: AdapterReport): Promise<Peer> {
  const { backend, title } = TFJS_BACKENDS[name];
  if (backend === 'wasm') requireWebAssembly(name);
  // False if the backend does not start. The first call loads it.
  if (!(await tf.setBackend(backend))) {
    throw new Failure('peer-failed', `${title} did not start in this browser: leave ${name} out`);
  }
  if (backend === 'webgpu') requireSameAdapter(name, adapter);
  const model = createModel(problem);
  const { x, y } = createBatch(problem);
  /** The loss is read back with every step, because the public training function returns it. */
  const step = async () => (await model.trainOnBatch(x, y)) as number;
  return {
    peer: title,
    version: tf.version_core,
    detail: await describe(backend),
    parameterCount: model.countParams(),
    firstLoss: await step(),
    async run(steps) {
      await tf.setBackend(backend);
      const started = performance.now();
      for (let i = 0; i < steps; i++) await step();
      return performance.now() - started;
    },
  };
}

async function describe(backend: string): Promise<string> {
  if (backend === 'cpu') return 'plain JavaScript';
  if (backend === 'webgpu') return 'same adapter';
  const has = (feature: string) => tf.env().getAsync(`WASM_HAS_${feature}_SUPPORT`);
  const simd = (await has('SIMD')) ? 'SIMD' : 'no SIMD';
  // Its thread pool is half of the logical cores and cannot be made larger.
  const threads = (await has('MULTITHREAD')) ? `threads: ${getThreadsCount()}` : 'no threads';
  return `${simd}, ${threads}`;
}

/** A module of nothing. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Throws peer-failed if the worker's policy forbids WebAssembly. */
function requireWebAssembly(name: TfjsPeer): void {
  try {
    new WebAssembly.Module(EMPTY_MODULE);
  } catch {
    throw new Failure(
      'peer-failed',
      `${TFJS_BACKENDS[name].title} needs WebAssembly, which the content security policy of this page’s host forbids its worker: allow script-src 'wasm-unsafe-eval' for worker-*.js, or leave ${name} out`,
    );
  }
}

function requireSameAdapter(name: TfjsPeer, ours: AdapterReport): void {
  const theirs = (tf.backend() as WebGPUBackend).device.adapterInfo;
  if (theirs.vendor === ours.vendor && theirs.architecture === ours.architecture) return;
  throw new Failure(
    'peer-failed',
    `TensorFlow.js opened the adapter ${theirs.vendor} ${theirs.architecture}, not ${ours.vendor} ${ours.architecture}: leave ${name} out`,
  );
}

/** The model of the Keras layers that ours stands for, with our parameters. */
function createModel({ config, parameters, adam }: PeerProblem): layers.LayersModel {
  const made = new Map<string, layers.SymbolicTensor>();
  const holders = new Map<string, layers.layers.Layer>();
  for (const { type, name, from, shape, node, config: settings } of kerasLayers(config)) {
    if (type === 'InputLayer') {
      made.set(name, layers.input({ shape }));
      continue;
    }
    const layer = createLayer(type, settings);
    const inputs = from.map((source) => made.get(source) as layers.SymbolicTensor);
    made.set(name, layer.apply(inputs.length === 1 ? inputs[0] : inputs) as layers.SymbolicTensor);
    if (node !== undefined) holders.set(node, layer);
  }
  const [inputs, outputs] = [[...made.values()][0], [...made.values()].at(-1) as layers.SymbolicTensor];
  const model = layers.model({ inputs, outputs });
  const { learningRate, beta1, beta2, epsilon } = adam;
  model.compile({ optimizer: tf.train.adam(learningRate, beta1, beta2, epsilon), loss: 'binaryCrossentropy' });
  tf.tidy(() => {
    for (const node of layersOf(config)) {
      const order = layerOf(node).keras.holder?.parameters ?? [];
      const holder = holders.get(node.name);
      const values = order.map((name) => parameters[parameterName(node, name)]);
      holder?.setWeights(values.map((array, i) => tf.tensor(array, holder.weights[i].shape as number[])));
    }
  });
  return model;
}

/** A Keras layer with its settings in TensorFlow.js' spelling: `use_bias` is `useBias`. */
function createLayer(type: string, settings: Record<string, unknown>): layers.layers.Layer {
  const [layer, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[type];
  const spelt = Object.entries(settings).map(([name, value]) => {
    return [name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value];
  });
  return fromConfig(layer, Object.fromEntries(spelt)) as unknown as layers.layers.Layer;
}

function createBatch({ batch: { samples, timeSteps, inputDim, x, y } }: PeerProblem): { x: tf.Tensor; y: tf.Tensor } {
  return { x: tf.tensor(x, [samples, timeSteps, inputDim]), y: tf.tensor(y, [samples, 1]) };
}
