import { type Comparison, compareResults, describeVerdict, type RowComparison } from '../../bench/compare.ts';
import { chanceOf, changeOf, ERROR } from '../../bench/estimate.ts';
import { formatChange } from '../../bench/figures.ts';
import type { BenchResult, BenchRow } from '../../bench/result.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { asSentence } from '../text.ts';
import { adapterName, formatDate, formatFigure } from './figures.ts';
import { IntervalChart } from './interval_chart.ts';
import type { HistoryEntry } from './result_history.ts';

/** Two results of the history side by side, row by row. */
export class ComparisonView {
  private readonly panel = byId('bench-compare-panel', HTMLElement);
  private readonly oldSelect = byId('bench-then', HTMLSelectElement);
  private readonly nowSelect = byId('bench-now', HTMLSelectElement);
  private readonly note = byId('bench-compare-note', HTMLElement);
  private readonly warnings = byId('bench-compare-warnings', HTMLElement);
  private readonly body = tableBody('bench-compare');
  private readonly chart = new IntervalChart('bench-compare-chart', 'Milliseconds', 'logarithmic');
  private entries: HistoryEntry[] = [];

  constructor() {
    for (const select of [this.oldSelect, this.nowSelect]) select.addEventListener('change', () => this.compare());
  }

  /** Offers these entries. The choice stays; without one the newest is compared with the one before it. */
  offer(entries: HistoryEntry[]): void {
    const chosen = [this.oldSelect, this.nowSelect].map(({ value }) => Number(value));
    this.entries = entries;
    this.panel.hidden = entries.length < 2;
    for (const select of [this.oldSelect, this.nowSelect]) {
      select.replaceChildren(...entries.map((entry) => new Option(describeEntry(entry), String(entry.id))));
    }
    if (entries.length < 2) return;
    const [old, now] = chosen.map((id, i) => (this.resultOf(id) ? id : entries[1 - i].id));
    this.choose(old, now);
  }

  /** Compares two entries by their ids. */
  choose(old: number, now: number): void {
    this.oldSelect.value = String(old);
    this.nowSelect.value = String(now);
    this.compare();
  }

  redraw(): void {
    this.chart.redraw();
  }

  private compare(): void {
    const [old, now] = [this.oldSelect, this.nowSelect].map(({ value }) => this.resultOf(Number(value)));
    if (!old || !now) return;
    const comparison = compareResults(old, now);
    this.note.textContent = describeComparison(comparison, [old, now]);
    this.warnings.hidden = comparison.warnings.length === 0;
    this.warnings.replaceChildren(...comparison.warnings.map((warning) => create('p', asSentence(warning))));
    this.body.replaceChildren(...scoreRows(old, now), ...comparison.rows.map(comparisonRow));
    this.drawRows(comparison, old, now);
  }

  private resultOf(id: number): BenchResult | undefined {
    return this.entries.find((entry) => entry.id === id)?.result;
  }

  private drawRows({ rows }: Comparison, old: BenchResult, now: BenchResult): void {
    const names = rows.map(({ name }) => name);
    const barsOf = (result: BenchResult) => {
      const byName = new Map(result.rows.map((row) => [row.name, row]));
      return names.map((name) => toBar(byName.get(name)));
    };
    this.chart.draw(names, [
      { name: 'Then', color: 'bar', bars: barsOf(old) },
      { name: 'Now', color: 'training', bars: barsOf(now) },
    ]);
  }
}

const SMALLEST = 'In brackets: the smallest change that this comparison would have found with a probability of 90 %.';

function toBar(row: BenchRow | undefined) {
  return row && { value: row.medianMs, low: row.lowMs, high: row.highMs };
}

function describeEntry({ file, result }: HistoryEntry): string {
  return `${adapterName(result)}, ${formatDate(result.date)}${file ? `, ${file}` : ''}`;
}

/** The scores, if both results have one of the same version. */
function scoreRows({ score: old }: BenchResult, { score }: BenchResult): HTMLTableRowElement[] {
  if (!old || !score || old.version !== score.version) return [];
  const change = changeOf(old.starts ?? [old.value], score.starts ?? [score.value]);
  const verdict = chanceOf(change) > ERROR ? 'not told apart' : change.change > 1 ? 'faster' : 'slower';
  const figures = [formatFigure(old.value), formatFigure(score.value), formatChange(score.value / old.value)];
  return [tableRow(['Score, samples/s', ...figures, verdict])];
}

function comparisonRow(compared: RowComparison): HTMLTableRowElement {
  const { name, verdict, oldMs, newMs, change } = compared;
  const ms = (value: number | undefined) => (value === undefined ? '–' : `${formatFigure(value)} ms`);
  const row = tableRow([
    name,
    ms(oldMs),
    ms(newMs),
    change === undefined ? '–' : formatChange(change),
    verdictText(compared),
  ]);
  row.dataset.verdict = verdict;
  return row;
}

/** The change has a column of its own; here stands what would have been found. */
function verdictText(compared: RowComparison): string {
  return compared.verdict === 'not told apart' ? describeVerdict(compared) : compared.verdict;
}

function describeComparison({ rows, isNormalised }: Comparison, results: BenchResult[]): string {
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const counts = `${count('slower')} of ${rows.length} rows became slower, ${count('faster')} faster.`;
  const machine = isNormalised ? ' What the adapter’s limits changed is reckoned with.' : '';
  const invalid = results.some((result) => result.invalid) ? ' One of them is invalid: its figures do not count.' : '';
  const told = rows.some(({ verdict }) => verdict === 'not told apart') ? ` ${SMALLEST}` : '';
  return `${counts}${machine}${invalid}${told}`;
}
