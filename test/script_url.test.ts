import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal('location', new URL('https://host.example/folder/'));
});
afterEach(() => vi.unstubAllGlobals());

const load = async () => (await import('../src/hosts/script_url.ts')).scriptUrl;

it.each(['service_worker.js', '/assets/worker-1.js', 'https://host.example/assets/worker-1.js'])(
  'lets %s of the page’s own origin through, as it is',
  async (url) => {
    expect((await load())(url)).toBe(url);
  },
);

it.each([
  'https://elsewhere.example/worker.js',
  '//elsewhere.example/worker.js',
  'http://host.example/worker.js',
  'https://host.example:8443/worker.js',
  'data:text/javascript,ran=1',
  'blob:null/1',
  'javascript:ran=1',
])('refuses %s', async (url) => {
  const scriptUrl = await load();
  expect(() => scriptUrl(url)).toThrow(`${url} is not a script of https://host.example`);
});

it('asks the browser’s Trusted Types where there are any, under one name', async () => {
  const createPolicy = vi.fn((_: string, { createScriptURL }: { createScriptURL(url: string): string }) => ({
    createScriptURL: (url: string) => `trusted ${createScriptURL(url)}`,
  }));
  vi.stubGlobal('trustedTypes', { createPolicy });
  const scriptUrl = await load();
  expect(scriptUrl('worker.js')).toBe('trusted worker.js');
  expect(() => scriptUrl('https://elsewhere.example/worker.js')).toThrow('is not a script of');
  expect(createPolicy.mock.calls.map(([name]) => name)).toEqual(['own-scripts']);
});
