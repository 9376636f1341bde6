// Keeps the page in the browser's cache, so that it works offline after the first load. Each build has its own cache:
// an open page goes on with the files it came with, and the new files serve the first page that is opened after all old
// ones are closed.

declare const self: ServiceWorkerGlobalScope;

/** Every file of this build, and the build's name; `vite.config.ts` inserts them. */
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

/** Answers from the cache, else from the network. Every address of the page gets the same page. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  // Some servers say that their answers depend on the asking origin; these files do not.
  const kept = await cache.match(isPage(request) ? PAGE : request, { ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(request);
  // Files that load on request (TensorFlow.js) stay from then on; their name changes with their content.
  if (response.ok && new URL(request.url).pathname.includes('/assets/')) await cache.put(request, response.clone());
  return response;
}

/** Whether a navigation leads to the page and not to another file beside it. */
function isPage({ mode, url }: Request): boolean {
  const page = new URL(PAGE, self.location.href).pathname;
  const { pathname } = new URL(url);
  return mode === 'navigate' && (pathname === page || pathname === `${page}index.html`);
}

export {};
