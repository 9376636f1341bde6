import { MOST_LINES } from '../../../model/line_colors.ts';
import { formatMetric } from '../../../train/history.ts';
import { byId, create, tableBody, tableHead, tableRow } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import { legendEntry, previewFigure } from './preview_figure.ts';
import { describeSummary } from './series_slot.ts';
import type { SeriesSummary } from './series_summary.ts';

/** The content of a file of series: its labels in a table, and a few series drawn. */
export class SeriesPanel {
  private readonly panel = byId('series-panel', HTMLDetailsElement);
  private readonly warnings = byId('series-warnings', HTMLElement);

  show(summary: SeriesSummary | undefined): void {
    this.panel.hidden = summary === undefined;
    this.warn([]);
    if (!summary) return;
    this.panel.open = true;
    byId('series-title', HTMLElement).textContent = describeSummary(summary);
    if (summary.target.kind === 'class') this.showBalance(summary);
    else this.showNumbers(summary);
    this.showPreviews(summary);
  }

  /** What a person should know before believing the results of a run on these series. */
  warn(sentences: string[]): void {
    this.warnings.replaceChildren(...sentences.map((sentence) => create('p', `${sentence}.`)));
    this.warnings.hidden = sentences.length === 0;
  }

  /** Folds the panel, because the user now wants to see the curves. */
  fold(): void {
    this.panel.open = false;
  }

  private showBalance({ balance, target }: SeriesSummary): void {
    byId('balance-heading', HTMLElement).textContent = `Classes, from “${target.name}”`;
    byId('previews-heading', HTMLElement).textContent = 'A series of each class';
    this.showRows(
      ['Class', 'Series', 'Share', ''],
      balance.map(({ name, count, share }) => {
        const row = tableRow([name, formatCount(count), `${(100 * share).toFixed(1)} %`]);
        row.append(shareBar(share));
        return row;
      }),
    );
  }

  private showNumbers({ numbers, target }: SeriesSummary): void {
    byId('balance-heading', HTMLElement).textContent = `Numbers to predict, from “${target.name}”`;
    byId('previews-heading', HTMLElement).textContent = 'The least, the middle and the greatest';
    if (!numbers) return;
    const { min, mean, max, std } = numbers;
    const rows = { Least: min, Mean: mean, Greatest: max, 'Standard deviation': std };
    this.showRows(
      ['Of all labels', 'Value'],
      Object.entries(rows).map(([name, value]) => tableRow([name, formatMetric(value)])),
    );
  }

  private showRows(heads: string[], rows: HTMLTableRowElement[]): void {
    tableHead('balance-table', heads);
    tableBody('balance-table').replaceChildren(...rows);
  }

  private showPreviews({ previews, inputDim, channelNames, balance }: SeriesSummary): void {
    const range = rangeOf(previews.map(({ x }) => x));
    byId('previews', HTMLElement).replaceChildren(...previews.map((it) => previewFigure(it, inputDim, range)));
    const entries = inputDim === 1 ? [] : channelNames.slice(0, MOST_LINES).map(legendEntry);
    byId('previews-legend', HTMLElement).replaceChildren(...entries);
    const notes = [
      balance.length > previews.length && `Shown are ${previews.length} of ${balance.length} classes.`,
      inputDim > MOST_LINES && `Drawn are the first ${MOST_LINES} of ${inputDim} channels.`,
    ];
    byId('previews-note', HTMLElement).textContent = notes.filter(Boolean).join(' ');
  }
}

function shareBar(share: number): HTMLElement {
  const cell = create('td', '', 'share');
  const bar = create('span', '', 'share-bar');
  bar.style.width = `${100 * share}%`;
  cell.append(bar);
  return cell;
}

/** The smallest and the largest of all values. */
function rangeOf(arrays: Float32Array[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const array of arrays) {
    for (const value of array) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}
