import { TRUSTED_SCRIPTS } from './script_url.ts';

// The headers of the built page. docs/hosting.md explains them to hosts.

type Policy = Record<string, string>;

/** Only the page's own files and the pictures that it draws: no inline code, no eval, no text as markup. */
const PAGE: Policy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob: data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': TRUSTED_SCRIPTS,
};

/** A worker has no document to inject code into, so it may also compile WebAssembly. */
const WORKER: Policy = { ...PAGE, 'script-src': "'self' 'wasm-unsafe-eval'" };

/** TensorFlow.js starts its threads from a text. */
const THREADS: Policy = {
  'default-src': "'none'",
  'script-src': "'self' blob: 'wasm-unsafe-eval'",
  'worker-src': 'blob:',
  'connect-src': "'self'",
};

const write = (policy: Policy) =>
  Object.entries(policy)
    .map((directive) => directive.join(' '))
    .join('; ');

/** Also the content of the page's `meta` element. */
export const PAGE_POLICY = write(PAGE);

/** The headers of a file of the built page, by its path. `threads` allows TensorFlow.js' threads. */
export function securityHeaders(path: string, { threads = false } = {}): Record<string, string> {
  const isWorker = /\/worker-[^/]*\.js$/.test(path);
  const policy = isWorker ? write(threads ? THREADS : WORKER) : PAGE_POLICY;
  return {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
}
