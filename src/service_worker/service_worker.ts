// Keeps the page in the browser's cache, so that it works offline after the first load. A build has a cache of its own: a page that is
// open goes on with the files it came with, and the next one opened when none is left has the new ones.

declare const self: ServiceWorkerGlobalScope;

/** Every file of this build, and what names the build; `vite.config.ts` puts them in. */
declare const BUILD: { id: string; files: string[] };

const PREFIX = 'attention-lstm ';
const CACHE = PREFIX + BUILD.id;
const PAGE = './';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...BUILD.files])));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOlderBuilds());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function dropOlderBuilds(): Promise<void> {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
}

/** From the cache, else from the network; the page itself whatever its address asks for. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  // Some servers say that their answers vary by the asking origin; these files do not.
  const kept = await cache.match(isPage(request) ? PAGE : request, { ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(request);
  // What is loaded only when asked for (TensorFlow.js) stays from then on; its name changes with its content.
  if (response.ok && new URL(request.url).pathname.includes('/assets/')) await cache.put(request, response.clone());
  return response;
}

/** Whether a navigation leads to the page, not to another file beside it. */
function isPage({ mode, url }: Request): boolean {
  const page = new URL(PAGE, self.location.href).pathname;
  const { pathname } = new URL(url);
  return mode === 'navigate' && (pathname === page || pathname === `${page}index.html`);
}

export {};
