import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE_POLICY, securityHeaders } from '../src/hosts/security_headers.ts';

const policyOf = (path: string, options?: { threads: boolean }) =>
  securityHeaders(path, options)['Content-Security-Policy'];

it('gives every file the page’s policy, and a worker WebAssembly besides', () => {
  for (const path of ['/', '/index.html', '/service_worker.js', '/assets/worker_client-1.js', '/worker-1/x.js']) {
    expect(policyOf(path), path).toBe(PAGE_POLICY);
  }
  const worker = policyOf('/folder/assets/worker-a_-1.js');
  expect(worker).toBe(PAGE_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"));
});

it('lets TensorFlow.js’ threads start in a worker alone, without eval', () => {
  expect(policyOf('/headless.html', { threads: true })).toBe(PAGE_POLICY);
  const worker = policyOf('/assets/worker-1.js', { threads: true });
  expect(worker).toContain("script-src 'self' blob: 'wasm-unsafe-eval'; worker-src blob:;");
  expect(worker).not.toContain("'unsafe-eval'");
  expect(worker).not.toContain('trusted-types');
});

it('is what the document for hosts says', () => {
  const text = readFileSync(new URL('../docs/hosting.md', import.meta.url), 'utf8');
  expect(text).toContain(`\nContent-Security-Policy: ${PAGE_POLICY}\n`);
  const withWorkers = PAGE_POLICY.replace("script-src 'self'", "script-src 'self'$wasm");
  expect(text).toContain(`add_header Content-Security-Policy "${withWorkers}";`);
});
