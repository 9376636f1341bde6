import type { BenchResult } from '../../bench/result.ts';
import type { Check } from '../../verify/check.ts';
import { connectPictures } from '../chart_pictures.ts';
import { applyChartTheme } from '../charts.ts';
import { followColorScheme } from '../theme.ts';
import type { RunOutcome } from './benchmark_run.ts';
import { CheckView } from './check_view.ts';
import { ComparisonView } from './comparison_view.ts';
import { HistoryView } from './history_view.ts';
import { KernelView } from './kernel_view.ts';
import { showMachine } from './machine_view.ts';
import { showPeers } from './peer_view.ts';
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
