// In this order: later rules win over earlier ones.
import './theme.css';
import './layout.css';
import './components.css';
import { scriptUrl } from '../hosts/script_url.ts';
import { describeAdapter } from './adapter_badge.ts';
import { AdapterUse } from './adapter_use.ts';
import { addressParameters, readAddress } from './address.ts';
import { byId, create } from './dom.ts';
import { watchForNewBuild } from './new_build.ts';
import type { PageContext } from './page_context.ts';
import { ResultPromise } from './result_promise.ts';
import { TileStore } from './tile_store.ts';
import { TrainView } from './train/train_view.ts';
import { Views } from './views.ts';

const address = readAddress(new URLSearchParams(location.search));
let shown = address.view;

const context: PageContext = {
  use: new AdapterUse(),
  tiles: new TileStore(),
  adapter: describeAdapter(),
  settings: () => train.experiment,
  benchmarkResult: new ResultPromise('benchmarkResult'),
};
const train = new TrainView(address, context, () => writeAddress('replaceState'));
const views = new Views(context, train, (view) => {
  shown = view;
  writeAddress('pushState');
});
addEventListener('popstate', () => {
  shown = readAddress(new URLSearchParams(location.search)).view;
  void views.show(shown);
});
showRefused();
// In some browsers the keyboard cannot reach a region that only scrolls.
for (const region of document.querySelectorAll<HTMLElement>('.scroll')) region.tabIndex = 0;

keepForOffline();
watchForNewBuild();

const view = await views.show(shown);
const opened = await context.adapter;
if ('adapter' in opened && address.run && address.refused.length === 0) {
  view.start();
  if (shown === 'train') forgetStart();
}

/** Makes the address lead back to this state. Until something changes, the address stays as it was given. */
function writeAddress(write: 'pushState' | 'replaceState'): void {
  const { settings } = train;
  if (settings) history[write](null, '', `?${addressParameters(shown, settings)}`);
}

/** A reloaded page should offer to resume the run, and not start another one. */
function forgetStart(): void {
  const url = new URL(location.href);
  url.searchParams.delete('run');
  history.replaceState(null, '', url);
}

/**
 * Names the mistakes of the address. A run that it asked for does not start then, because its settings would not be the
 * intended ones.
 */
function showRefused(): void {
  const { refused, run } = address;
  if (refused.length === 0) return;
  const notice = byId('url-notice', HTMLElement);
  const consequence = run ? 'Defaults are used instead, and the run was not started.' : 'Defaults are used instead.';
  const sentences = refused.map((misfit) => create('li', misfit));
  const list = create('ul');
  list.append(...sentences);
  notice.append(
    create('p', 'The address of this page has parameters that do not fit.'),
    list,
    create('p', consequence),
  );
  notice.hidden = false;
}

/**
 * Lets the browser keep the built page for times without a network. A browser that cannot (plain http, a private
 * window) loads it anew.
 */
function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // After the page's own files, which the user waits for.
  addEventListener('load', () => {
    navigator.serviceWorker.register(scriptUrl('service_worker.js')).catch(() => {});
  });
}
