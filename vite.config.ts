import { defineConfig, type UserConfig } from 'vite';

const page: UserConfig = {
  base: './',
  worker: { format: 'es' },
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
