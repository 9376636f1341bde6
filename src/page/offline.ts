import { scriptUrl } from '../hosts/script_url.ts';

/**
 * Lets the browser keep the built page for times without a network. A browser that cannot (plain http, a private
 * window) loads it anew.
 */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // After the page's own files, which the user waits for.
  addEventListener('load', () => {
    navigator.serviceWorker.register(scriptUrl('service_worker.js')).catch(() => {});
  });
}
