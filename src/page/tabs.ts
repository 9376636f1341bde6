/** Tabs for the keyboard: Tab reaches the chosen one; arrow keys, Home and End choose another. */
export class Tabs {
  private readonly tabs: HTMLButtonElement[];

  /** `onChoose` gets the id of the panel that is now shown. */
  constructor(
    list: HTMLElement,
    private readonly onChoose: (panel: string) => void,
  ) {
    this.tabs = [...list.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
    for (const tab of this.tabs) tab.addEventListener('click', () => this.choose(tab));
    list.addEventListener('keydown', (event) => this.move(event));
  }

  private choose(chosen: HTMLButtonElement): void {
    for (const tab of this.tabs) {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
    this.onChoose(panelOf(chosen).id);
  }

  private move(event: KeyboardEvent): void {
    const { tabs } = this;
    const at = tabs.findIndex((tab) => tab.ariaSelected === 'true');
    const last = tabs.length - 1;
    const places: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const to = places[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(tabs[to]);
    tabs[to].focus();
    tabs[to].scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

function panelOf(tab: HTMLButtonElement): HTMLElement {
  const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '');
  if (!panel) throw new Error(`tab ${tab.id} has no panel in the page`);
  return panel;
}
