import { defineConfig, type Plugin, type UserConfig } from 'vite';

/**
 * TensorFlow.js starts its threads from the text of one of its own functions. There a `typeof` asks for a variable of the
 * scope around it, which is missing in a thread; the minifier takes it to be present, and no thread would start.
 */
const tfjsThreads: Plugin = {
  name: 'tfjs-threads',
  transform: {
    filter: { id: /tfjs-backend-wasm-threaded-simd\.js$/ },
    handler: (code) => code.replace('typeof _scriptDir !== "undefined" && _scriptDir', 'globalThis._scriptDir'),
  },
};

const page: UserConfig = {
  base: './',
  worker: { format: 'es', plugins: () => [tfjsThreads] },
  build: {
    outDir: 'dist/page',
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: 'index.html', headless: 'headless.html' } },
  },
};

const node: UserConfig = {
  publicDir: false,
  build: {
    ssr: true,
    outDir: 'dist/node',
    target: 'node20',
    rolldownOptions: { input: { main: 'src/cli/main.ts', dawn_process: 'src/hosts/dawn_process.ts' } },
  },
};

/** Two builds: the page, with the bare one that headless Chrome opens; and with `--mode node` the command line. */
export default defineConfig(({ mode }) => (mode === 'node' ? node : page));
