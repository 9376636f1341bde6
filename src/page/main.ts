// In this order: later rules win over earlier ones.
import './theme.css';
import './settings.css';
import './results.css';
import { describeAdapter } from './adapter_badge.ts';
import { byId, create } from './dom.ts';
import { settingsFromUrl } from './settings.ts';
import { TrainView } from './train_view.ts';

const { config, run, refused } = settingsFromUrl(new URLSearchParams(location.search));
const view = new TrainView(config);
showRefused();
// Not every browser lets the keyboard reach a region that only scrolls.
for (const region of document.querySelectorAll<HTMLElement>('.scroll')) region.tabIndex = 0;

describeAdapter((failure) => {
  if (failure) return view.disable(failure);
  view.enable();
  if (run && refused.length === 0) view.start();
});

/** Names what was wrong in the address. A run it asked for is not started then: it would be another one than was meant. */
function showRefused(): void {
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
