/** The peers that TensorFlow.js gives, by the name that asks for them; known without loading it. */
export const TFJS_BACKENDS = {
  'tfjs-webgpu': { backend: 'webgpu', title: 'TensorFlow.js WebGPU' },
  'tfjs-wasm': { backend: 'wasm', title: 'TensorFlow.js WASM' },
  'tfjs-cpu': { backend: 'cpu', title: 'TensorFlow.js CPU' },
} as const;

export type TfjsPeer = keyof typeof TFJS_BACKENDS;
export const TFJS_PEERS = Object.keys(TFJS_BACKENDS) as TfjsPeer[];
