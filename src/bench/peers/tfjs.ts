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
import type { ParameterName } from '../../model/parameters.ts';
import type { Peer } from './peer.ts';
import type { PeerProblem } from './problem.ts';
import { TFJS_BACKENDS, type TfjsPeer } from './tfjs_peers.ts';

tf.enableProdMode();
// It takes the best of them that the browser can run: SIMD everywhere, threads where the page is isolated from other origins.
setWasmPaths({
  'tfjs-backend-wasm.wasm': plainWasm,
  'tfjs-backend-wasm-simd.wasm': simdWasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
});

/** TensorFlow.js in its best mode on one of its backends. Throws peer-failed where that backend cannot run. */
export async function createTfjs(name: TfjsPeer, problem: PeerProblem, adapter: AdapterReport): Promise<Peer> {
  const { backend, title } = TFJS_BACKENDS[name];
  if (backend === 'wasm') requireWebAssembly(name);
  // False where the backend does not start; the first time loads it.
  if (!(await tf.setBackend(backend))) {
    throw new Failure('peer-failed', `${title} did not start in this browser: leave ${name} out`);
  }
  if (backend === 'webgpu') requireSameAdapter(name, adapter);
  const model = createModel(problem);
  const { x, y } = createBatch(problem);
  /** The loss is read back with every step: that is what its public training function returns. */
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

/** Throws peer-failed where the policy that the worker came with lets it compile none. */
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

/** The model as its public API builds it, with Keras' defaults where TensorFlow.js has others, and our parameters. */
function createModel({ config, parameters, adam }: PeerProblem): layers.LayersModel {
  const { timeSteps: T, inputDim: D, units: U, singleAttentionVector } = config;
  const { permute, dense, globalAveragePooling1d, repeatVector, multiply, lstm } = layers.layers;
  const input = layers.input({ shape: [T, D] });
  let attention = dense({ units: T, activation: 'softmax' }).apply(permute({ dims: [2, 1] }).apply(input));
  if (singleAttentionVector) attention = repeatVector({ n: D }).apply(globalAveragePooling1d().apply(attention));
  const attended = multiply().apply([input, permute({ dims: [2, 1] }).apply(attention) as layers.SymbolicTensor]);
  const hidden = lstm({ units: U, recurrentActivation: 'sigmoid' }).apply(attended);
  const output = dense({ units: 1, activation: 'sigmoid' }).apply(hidden) as layers.SymbolicTensor;
  const model = layers.model({ inputs: input, outputs: output });
  const { learningRate, beta1, beta2, epsilon } = adam;
  model.compile({ optimizer: tf.train.adam(learningRate, beta1, beta2, epsilon), loss: 'binaryCrossentropy' });
  tf.tidy(() => {
    const initial = WEIGHT_ORDER.map((name, i) => tf.tensor(parameters[name], model.weights[i].shape as number[]));
    model.setWeights(initial);
  });
  return model;
}

/** The order in which the layers hold them. */
const WEIGHT_ORDER: ParameterName[] = [
  'attention_kernel',
  'attention_bias',
  'lstm_kernel',
  'lstm_recurrent_kernel',
  'lstm_bias',
  'output_kernel',
  'output_bias',
];

function createBatch({ batch: { samples, timeSteps, inputDim, x, y } }: PeerProblem): { x: tf.Tensor; y: tf.Tensor } {
  return { x: tf.tensor(x, [samples, timeSteps, inputDim]), y: tf.tensor(y, [samples, 1]) };
}
