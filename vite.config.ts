import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import packageJson from './package.json' with { type: 'json' };
import { PAGE_POLICY, securityHeaders } from './src/hosts/security_headers.ts';

/**
 * TensorFlow.js starts its threads from the text of one of its own functions. A `typeof` in it asks for a variable of
 * the surrounding scope, which a thread lacks. The minifier assumes that the variable exists, and then no thread would
 * start.
 */
const tfjsThreads: Plugin = {
  name: 'tfjs-threads',
  transform: {
    filter: { id: /tfjs-backend-wasm-threaded-simd\.js$/ },
    handler: (code) => code.replace('typeof _scriptDir !== "undefined" && _scriptDir', 'globalThis._scriptDir'),
  },
};

const INCLUDE = /^( *)<!-- include (\S+) -->$/gm;

/** Puts each view's markup, which lies beside its code, into the page's markup. A part may include others. */
const includedMarkup: Plugin = {
  name: 'included-markup',
  transformIndexHtml: { order: 'pre', handler: include },
  // During development, a changed part reloads the page.
  handleHotUpdate({ file, server }) {
    if (file.endsWith('.html')) server.ws.send({ type: 'full-reload' });
  },
};

function include(html: string): string {
  return html.replace(INCLUDE, (_, indent: string, path: string) =>
    include(
      readFileSync(path, 'utf8')
        .trimEnd()
        .replace(/^(?=.)/gm, indent),
    ),
  );
}

/** The headers of the built page under `vite preview`; and, for hosts that send none, the policy in the page itself. */
const securityPolicy: Plugin = {
  name: 'security-policy',
  // Vite's development server adds inline code of its own.
  transformIndexHtml: (_, { server }) =>
    server
      ? []
      : [
          {
            tag: 'meta',
            attrs: { 'http-equiv': 'Content-Security-Policy', content: PAGE_POLICY },
            injectTo: 'head-prepend',
          },
        ],
  configurePreviewServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      response.setHeaders(new Map(Object.entries(securityHeaders(request.url ?? ''))));
      next();
    });
  },
};

/**
 * Files that the service worker does not cache in advance: they load on request, or only in the command line's browser.
 */
const NOT_KEPT = /tfjs|headless|service_worker|LICENSES|\.map$/;

/** Gives the service worker the list of the build's files. */
const serviceWorkerFiles: Plugin = {
  name: 'service-worker-files',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const worker = bundle['service_worker.js'];
      if (worker?.type !== 'chunk') return;
      const files = Object.keys(bundle).filter((name) => !NOT_KEPT.test(name) && name !== 'index.html');
      const hash = createHash('sha256');
      for (const name of Object.keys(bundle).sort()) {
        const file = bundle[name];
        hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
      }
      for (const name of readdirSync('public')) {
        files.push(name);
        hash.update(name).update(readFileSync(join('public', name)));
      }
      const build = { id: hash.digest('hex').slice(0, 16), files };
      worker.code = `const BUILD = ${JSON.stringify(build)};\n${worker.code}`;
    },
  },
};

/** Packages that carry programs of their own. All others are built in, so that users do not install them. */
const NOT_BUILT_IN = Object.keys(packageJson.peerDependencies);
/** The licences of the packages that are built in. */
const LICENSES = { fileName: 'LICENSES.md' };

const page: UserConfig = {
  base: './',
  define: { PACKAGE_VERSION: JSON.stringify(packageJson.version) },
  plugins: [includedMarkup, securityPolicy, serviceWorkerFiles],
  worker: { format: 'es', plugins: () => [tfjsThreads] },
  build: {
    outDir: 'dist/page',
    target: 'es2022',
    license: LICENSES,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: 'index.html',
        headless: 'headless.html',
        service_worker: 'src/service_worker/service_worker.ts',
      },
      // A slow machine is no reason to warn somebody who only wants to train.
      checks: { bundlerTimings: false },
      // The browser asks for the service worker by its name.
      output: { entryFileNames: ({ name }) => (name === 'service_worker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
};

const node: UserConfig = {
  publicDir: false,
  ssr: { noExternal: true, external: NOT_BUILT_IN },
  build: {
    ssr: true,
    outDir: 'dist/node',
    target: 'node20',
    license: LICENSES,
    rolldownOptions: {
      input: { main: 'src/cli/main.ts', dawn_process: 'src/hosts/dawn_process.ts' },
      // The page loads a format on request; the jobs always need some of the same modules.
      checks: { ineffectiveDynamicImport: false },
    },
  },
};

/** One file a module, so that a bundler includes only what is used. A browser can run every module but Node's own. */
const library: UserConfig = {
  publicDir: false,
  build: {
    lib: { entry: ['src/index.ts', 'src/index.node.ts'], formats: ['es'] },
    outDir: 'dist/library',
    target: 'es2022',
    license: LICENSES,
    minify: false,
    rolldownOptions: {
      external: [/^node:/, ...NOT_BUILT_IN],
      output: {
        preserveModules: true,
        preserveModulesRoot: '.',
        // npm packs no folder of the name node_modules.
        entryFileNames: ({ name }) => `${name.replace(/^node_modules/, 'packages')}.js`,
      },
    },
  },
};

/**
 * Three builds: the page, with the bare page for headless Chrome; with `--mode node` the command line; with `--mode
 * library` the library.
 */
export default defineConfig(({ mode }) => ({ node, library })[mode] ?? page);
