import { attentionOverSteps, type MeanAttention } from '../train/fit.ts';
import { formatMetric } from '../train/history.ts';
import { AttentionChart } from './attention_chart.ts';
import { byId, tableBody, tableRow } from './dom.ts';

/** The attention over time steps as a chart, in a sentence and as a table. */
export class AttentionView {
  private readonly chart = new AttentionChart('attention-chart');
  private readonly summary = byId('attention-summary', HTMLElement);
  private readonly rows = tableBody('attention-table');
  private planted = 0;

  reset(timeSteps: number, planted: number): void {
    this.planted = planted;
    this.summary.textContent = '';
    this.rows.replaceChildren();
    this.chart.reset(timeSteps, planted);
  }

  draw(attention: MeanAttention): void {
    const steps = attentionOverSteps(attention);
    this.chart.draw(steps);
    const largest = steps.indexOf(Math.max(...steps));
    this.summary.textContent = this.describe(largest, steps);
    this.rows.replaceChildren(
      ...steps.map((value, t) => tableRow([String(t), value.toFixed(4), this.remark(t, largest)])),
    );
  }

  redraw(): void {
    this.chart.redraw();
  }

  private describe(largest: number, steps: number[]): string {
    const most = `Largest at time step ${largest}: ${formatMetric(steps[largest])}`;
    if (largest === this.planted) return `${most}. That is where the label is planted.`;
    return `${most}. The label is planted in time step ${this.planted}: ${formatMetric(steps[this.planted])}.`;
  }

  private remark(t: number, largest: number): string {
    return [t === this.planted && 'planted', t === largest && 'largest'].filter(Boolean).join(', ');
  }
}
