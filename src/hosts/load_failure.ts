/** The event of a page whose code could not be loaded; Vite's own, for an import that failed. */
export const LOAD_FAILED = 'vite:preloadError';

/** The message of a worker that could not be loaded; the browser gives none. */
export const NOT_LOADED = 'the worker could not be loaded: check the connection, then try again';

/** Tells the page that a worker, or code of a worker, could not be loaded. */
export function tellLoadFailed(): void {
  dispatchEvent(new Event(LOAD_FAILED));
}
