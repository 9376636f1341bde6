import { byId } from '../dom.ts';
import { Refresher } from '../refresher.ts';
import { Tabs } from '../tabs.ts';
import type { ModelPanel, ModelSnapshot } from './model_snapshot.ts';

/** Least time between two drawings of a panel during training. */
const INTERVAL_MS = 500;

/** Panels by the id of their element. Each loads when it is first shown, so that the first load stays small. */
const PANELS: Record<string, () => Promise<{ open(): ModelPanel }>> = {
  'samples-panel': () => import('./samples/samples_panel.ts'),
  'parameters-panel': () => import('./parameters/parameters_panel.ts'),
};

/** The panels that look into the model. Each loads when it is first shown, and is drawn only while it is shown. */
export class ModelPanels {
  private readonly refresher = new Refresher(() => this.draw(), INTERVAL_MS);
  private readonly opened = new Map<string, ModelPanel>();
  /** The text of each panel while there is nothing to see. */
  private readonly emptyWords = new Map(Object.keys(PANELS).map((name) => [name, noticeOf(name).textContent]));
  private shown = '';
  private snapshot: ModelSnapshot | undefined;

  constructor() {
    new Tabs(byId('train-tabs', HTMLElement), (panel) => void this.show(panel));
  }

  /** Shows this snapshot from now on, in the panel that is open. */
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
      // A panel that is shown twice before it has loaded is opened once.
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
