import { byId } from '../dom.ts';
import { Refresher } from '../refresher.ts';
import { Tabs } from '../tabs.ts';
import type { ModelPanel, ModelSnapshot } from './model_snapshot.ts';

/** While it trains, a panel is drawn anew at most this often. */
const INTERVAL_MS = 500;

/** By the id of their element; they come when they are first shown: the first load stays small. */
const PANELS: Record<string, () => Promise<{ open(): ModelPanel }>> = {
  'samples-panel': () => import('./samples/samples_panel.ts'),
  'parameters-panel': () => import('./parameters/parameters_panel.ts'),
};

/** The panels that look into the model: each is loaded when it is first shown, and drawn only while it is. */
export class ModelPanels {
  private readonly refresher = new Refresher(() => this.draw(), INTERVAL_MS);
  private readonly opened = new Map<string, ModelPanel>();
  /** What each panel says while there is nothing to see. */
  private readonly emptyWords = new Map(Object.keys(PANELS).map((name) => [name, noticeOf(name).textContent]));
  private shown = '';
  private snapshot: ModelSnapshot | undefined;

  constructor() {
    new Tabs(byId('train-tabs', HTMLElement), (panel) => void this.show(panel));
  }

  /** Shows this from now on, when there is somebody to see it. */
  set(snapshot: ModelSnapshot): void {
    this.snapshot = snapshot;
    this.redraw();
  }

  redraw(): void {
    if (this.opened.has(this.shown)) this.refresher.request();
  }

  private async show(name: string): Promise<void> {
    this.shown = name;
    if (PANELS[name] && !this.opened.has(name)) await this.open(name);
    this.draw();
  }

  private async open(name: string): Promise<void> {
    const notice = noticeOf(name);
    try {
      const { open } = await PANELS[name]();
      notice.textContent = this.emptyWords.get(name) ?? '';
      // Shown twice before it was loaded, it is opened once.
      if (!this.opened.has(name)) this.opened.set(name, open());
    } catch {
      notice.textContent = 'This part could not be loaded: check the connection, then choose it again.';
    }
  }

  private draw(): void {
    if (this.snapshot) this.opened.get(this.shown)?.draw(this.snapshot);
  }
}

function noticeOf(panel: string): HTMLElement {
  return byId(panel.replace('panel', 'notice'), HTMLElement);
}
