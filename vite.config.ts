import { defineConfig } from 'vite';

// Two builds: the page (and the bare one that headless Chrome opens) for browsers, and with `--mode node` the command line.
export default defineConfig(({ mode }) =>
  mode === 'node'
    ? {
        build: {
          ssr: true,
          outDir: 'dist/node',
          target: 'node20',
          rollupOptions: { input: { main: 'src/cli/main.ts', dawn_process: 'src/hosts/dawn_process.ts' } },
        },
      }
    : {
        base: './',
        worker: { format: 'es' as const },
        build: {
          outDir: 'dist/page',
          target: 'es2022',
          modulePreload: { polyfill: false },
          rollupOptions: { input: { index: 'index.html', headless: 'headless.html' } },
        },
      },
);
