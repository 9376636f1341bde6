import type { PeerRow } from '../../bench/peers/ratios.ts';
import type { BenchResult } from '../../bench/result.ts';
import type { Check } from '../../verify/check.ts';
import { applyChartTheme } from '../charts.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { connectPictures } from '../downloads.ts';
import { asSentence } from '../text.ts';
import { followColorScheme } from '../theme.ts';
import type { RunOutcome } from './benchmark_run.ts';
import { CheckView } from './check_view.ts';
import { ComparisonView } from './comparison_view.ts';
import { formatFigure, formatInterval } from './figures.ts';
import { HistoryView } from './history_view.ts';
import { KernelView } from './kernel_view.ts';
import { showMachine } from './machine_view.ts';
import { connectResultDrop } from './result_drop.ts';
import { type HistoryEntry, ResultHistory } from './result_history.ts';
import { ScoreView } from './score_view.ts';
import { ShareView } from './share_view.ts';
import { SweepView } from './sweep_view.ts';

/** All results: one with all its figures, the history, and two side by side. */
export class ResultsPanels {
  private readonly score = new ScoreView();
  private readonly share = new ShareView();
  private readonly checks = new CheckView();
  private readonly kernels = new KernelView();
  private readonly sweeps = new SweepView();
  private readonly comparison = new ComparisonView();
  private readonly history = new ResultHistory();
  private readonly list: HistoryView;
  private shown: HistoryEntry | undefined;

  constructor() {
    this.list = new HistoryView({
      show: (entry) => this.show(entry),
      remove: (entry) => this.remove(entry),
    });
    followColorScheme(() => this.redraw());
    applyChartTheme();
    connectPictures('benchmark');
    connectResultDrop((result, file) => this.add(result, file));
    void this.history.read().then(() => this.showHistory());
  }

  /** A run starts. The earlier result stays, except its score and its checks. */
  begin(): void {
    this.score.clear('Being measured.');
    this.checks.clear();
  }

  addCheck(check: Check): void {
    this.checks.add(check);
  }

  /** Says during a run that it will not count. */
  warn(why: string): void {
    this.score.setInvalid([why]);
  }

  async finish({ result, notes }: RunOutcome): Promise<void> {
    this.show(await this.history.add(result));
    showPeers(result.ratios, notes);
  }

  /** The run ended without a result. Shows the previous one again, except its checks: those shown are of this run. */
  end(): void {
    const { shown } = this;
    this.score.clear('The last run ended without a result.');
    if (shown) this.share.offer(shown.result);
  }

  private async add(result: BenchResult, file: string): Promise<void> {
    const added = await this.history.add(result, file);
    const own = this.shown?.id;
    this.showHistory();
    if (own !== undefined && own !== added.id) this.comparison.choose(added.id, own);
    if (!this.shown) this.show(added);
  }

  private async remove(entry: HistoryEntry): Promise<void> {
    await this.history.remove(entry.id);
    this.showHistory();
  }

  private show(entry: HistoryEntry): void {
    this.shown = entry;
    const { result } = entry;
    this.score.show(result);
    this.share.offer(result);
    showMachine(result.environment);
    this.checks.show(result.correctness);
    this.kernels.show(result);
    this.sweeps.show(result.sweeps ?? []);
    showPeers(result.ratios, []);
    this.showHistory();
  }

  private showHistory(): void {
    const { entries, isKept } = this.history;
    this.list.show(entries, this.shown?.id, isKept);
    this.comparison.offer(entries);
  }

  private redraw(): void {
    applyChartTheme();
    for (const view of [this.kernels, this.sweeps, this.list, this.comparison]) view.redraw();
  }
}

/** Our step beside other systems', in sentences and as a table; hidden if there is nothing to say. */
function showPeers(rows: PeerRow[], notes: string[]): void {
  byId('bench-peers-panel', HTMLElement).hidden = rows.length + notes.length === 0;
  byId('bench-peers-note', HTMLElement).textContent = rows.map(describeRow).join(' ');
  tableBody('bench-peers-table').replaceChildren(
    ...rows.map(({ peer, version, detail, oursMs, theirsMs, ratio, low, high, rounds }) =>
      tableRow([
        `${peer} ${version} (${detail})`,
        formatFigure(oursMs),
        formatFigure(theirsMs),
        formatFigure(ratio),
        formatInterval(low, high),
        String(rounds),
      ]),
    ),
  );
  byId('bench-peers-notes', HTMLElement).replaceChildren(...notes.map((note) => create('li', asSentence(note))));
}

function describeRow({ peer, version, ratio, low, high }: PeerRow): string {
  const compared = ratio < 1 ? `${formatFigure(1 / ratio)} × as fast` : `${formatFigure(ratio)} × as slow`;
  const interval = low < 1 && high > 1 ? ', though the interval holds 1' : '';
  return `A training step here is ${compared} as by ${peer} ${version}${interval}.`;
}
