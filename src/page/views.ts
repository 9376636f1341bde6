import { VIEWS, type ViewName } from './address.ts';
import { byId } from './dom.ts';
import type { PageContext, View } from './page_context.ts';

// Views other than Train load when they are first opened, so that the first load stays small.
const LATER: Record<Exclude<ViewName, 'train'>, () => Promise<{ open(context: PageContext): View }>> = {
  benchmark: () => import('./benchmark/benchmark_view.ts'),
  profile: () => import('./profile/profile_view.ts'),
};

/** The views of the page, one shown at a time, and the links to them. */
export class Views {
  private readonly opened: Map<ViewName, Promise<View>>;

  constructor(
    private readonly context: PageContext,
    train: View,
    onChoose: (view: ViewName) => void,
  ) {
    this.opened = new Map([['train', Promise.resolve(train)]]);
    for (const view of VIEWS) {
      link(view).addEventListener('click', (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // The link opens another tab or window.
        event.preventDefault();
        onChoose(view);
        void this.show(view);
      });
    }
  }

  /** Shows a view and hides the others. Rejects if its code cannot be loaded. */
  async show(name: ViewName): Promise<View> {
    for (const view of VIEWS) {
      byId(view, HTMLElement).hidden = view !== name;
      if (view === name) link(view).setAttribute('aria-current', 'page');
      else link(view).removeAttribute('aria-current');
    }
    let view = this.opened.get(name);
    if (!view) {
      view = this.load(name as Exclude<ViewName, 'train'>);
      this.opened.set(name, view);
    }
    return view;
  }

  private async load(name: Exclude<ViewName, 'train'>): Promise<View> {
    const notice = byId(`${name}-loading`, HTMLElement);
    try {
      const { open } = await LATER[name]();
      notice.hidden = true;
      return open(this.context);
    } catch (error) {
      this.opened.delete(name);
      notice.textContent = 'This view could not be loaded: check the connection, then open it again.';
      throw error;
    }
  }
}

function link(view: ViewName): HTMLAnchorElement {
  return byId(`link-${view}`, HTMLAnchorElement);
}
