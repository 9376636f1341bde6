import { type BenchResult, benchCsv } from '../../bench/result.ts';
import { byId } from '../dom.ts';
import { saveJson, savePng, saveText } from '../downloads.ts';
import { adapterName, formatDate } from './figures.ts';
import { drawResultCard } from './result_card.ts';

/** Buttons that share the shown result: copied to the clipboard, as files, as pictures. */
export class ShareView {
  private readonly note = byId('bench-share-note', HTMLElement);
  private readonly buttons: HTMLButtonElement[];
  private shown: BenchResult | undefined;

  constructor() {
    this.buttons = [
      this.connect('bench-copy', (result) => this.copy(result)),
      this.connect('bench-json', (result) => saveJson(result, `${fileName(result)}.json`)),
      this.connect('bench-csv', ({ rows, ...result }) =>
        saveText(benchCsv(rows), 'text/csv', `${fileName(result)}.csv`),
      ),
      this.connect('bench-card', (result) => savePng(drawResultCard(result), `${fileName(result)}.png`)),
    ];
  }

  /** Offers this result; disables the buttons without one. */
  offer(result: BenchResult | undefined): void {
    this.shown = result;
    for (const button of this.buttons) button.disabled = result === undefined;
    this.note.textContent = result
      ? `${adapterName(result)}, measured ${formatDate(result.date)}.`
      : 'Nothing measured yet.';
  }

  private connect(id: string, hand: (result: BenchResult) => unknown): HTMLButtonElement {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener('click', () => this.shown && hand(this.shown));
    return button;
  }

  private async copy(result: BenchResult): Promise<void> {
    try {
      await navigator.clipboard.writeText(JSON.stringify(result, null, 2));
      this.note.textContent = 'The JSON is in the clipboard.';
    } catch {
      this.note.textContent = 'The browser does not let this page use the clipboard: download the JSON instead.';
    }
  }
}

function fileName({ date }: Pick<BenchResult, 'date'>): string {
  return `benchmark-${date.slice(0, 19).replaceAll(':', '-')}`;
}
