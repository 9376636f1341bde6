import { byId, create, tableBody, tableRow } from '../dom.ts';
import { adapterName, formatDate, formatFigure, formatSizes, samplesPerSecond } from './figures.ts';
import { IntervalChart } from './interval_chart.ts';
import type { HistoryEntry } from './result_history.ts';

/** Actions on an entry. */
export interface HistoryActions {
  show(entry: HistoryEntry): void;
  remove(entry: HistoryEntry): void;
}

/** The stored results: their scores in order of size, and a table of all results. */
export class HistoryView {
  private readonly chart = new IntervalChart('bench-scores-chart', 'Score, samples/s', 'linear');
  private readonly body = tableBody('bench-history');
  private readonly note = byId('bench-history-note', HTMLElement);

  constructor(private readonly actions: HistoryActions) {}

  /** Shows these entries, newest first. `shown` is the entry whose figures the page shows. */
  show(entries: HistoryEntry[], shown: number | undefined, isKept: boolean): void {
    this.body.replaceChildren(...entries.map((entry) => this.rowOf(entry, entry.id === shown)));
    this.note.textContent = describeHistory(entries, isKept);
    this.drawScores(entries);
  }

  redraw(): void {
    this.chart.redraw();
  }

  private drawScores(entries: HistoryEntry[]): void {
    const scored = entries
      .flatMap(({ result }) => (result.score ? [{ result, score: result.score }] : []))
      .sort((a, b) => b.score.value - a.score.value);
    this.chart.draw(
      scored.map(({ result }) => adapterName(result)),
      [{ name: 'Score', color: 'training', bars: scored.map(({ score }) => score) }],
    );
  }

  private rowOf(entry: HistoryEntry, isShown: boolean): HTMLTableRowElement {
    const { file, result } = entry;
    const rate = samplesPerSecond(result);
    const row = tableRow([
      '',
      file ? `${adapterName(result)} (${file})` : adapterName(result),
      describeScore(entry),
      rate ? formatFigure(rate) : '–',
      formatSizes(result.environment.config),
      '',
    ]);
    row.toggleAttribute('data-shown', isShown);
    const date = formatDate(result.date);
    row.cells[0].append(createButton(date, `Show the result of ${date}`, () => this.actions.show(entry)));
    row.cells[5].append(createButton('Delete', `Delete the result of ${date}`, () => this.actions.remove(entry)));
    return row;
  }
}

function createButton(text: string, label: string, onClick: () => void): HTMLButtonElement {
  const button = create('button', text, 'small');
  button.type = 'button';
  button.setAttribute('aria-label', label);
  button.addEventListener('click', onClick);
  return button;
}

function describeScore({ result: { score, invalid } }: HistoryEntry): string {
  if (invalid) return 'invalid';
  return score ? formatFigure(score.value) : '–';
}

function describeHistory(entries: HistoryEntry[], isKept: boolean): string {
  const count = entries.length === 1 ? '1 result' : `${entries.length} results`;
  if (!isKept) return `${count}. This browser keeps nothing here: they last until the page is closed.`;
  return entries.length === 0 ? 'No results yet. They stay in this browser.' : `${count}, kept in this browser.`;
}
