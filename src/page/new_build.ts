import { LOAD_FAILED } from '../hosts/load_failure.ts';
import { byId } from './dom.ts';

/**
 * Shows a notice if a part of the page cannot be loaded because the server has another build by now. A run goes on; the
 * reloaded page offers to resume it.
 */
export function watchForNewBuild(): void {
  const notice = byId('new-build', HTMLElement);
  byId('reload', HTMLButtonElement).addEventListener('click', () => location.reload());
  addEventListener(LOAD_FAILED, async () => {
    if (await isReplaced()) notice.hidden = false;
  });
}

/** Whether the server answers, and no longer has this file, whose name changes with the build. */
async function isReplaced(): Promise<boolean> {
  // The service worker answers no HEAD.
  const response = await fetch(import.meta.url, { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  // Some hosts answer every unknown address with the page.
  const isScript = response?.headers.get('Content-Type')?.includes('javascript') ?? false;
  return response !== undefined && !(response.ok && isScript);
}
