import { largestStep } from '../../model/attention_bars.ts';
import { lineStyle } from '../../model/line_colors.ts';
import { formatMetric } from '../../train/history.ts';
import { attentionOfChannel, attentionOverSteps, type MeanAttention } from '../../train/mean_attention.ts';
import { largestOf, type Matrix, SEQUENTIAL } from '../color_scale.ts';
import { byId, fillSelect, tableBody, tableRow } from '../dom.ts';
import { HeatMap } from '../heat_map.ts';
import { Refresher } from '../refresher.ts';
import { AttentionChart } from './attention_chart.ts';
import { AttentionHistory, MAX_ROWS } from './attention_history.ts';
import type { TrainingPlan } from './training_plan.ts';

/** Most values in the histories of all channels. */
const MAX_VALUES = 2 ** 22;

/** The attention over time steps, now and epoch by epoch: charts, sentences and a table. */
export class AttentionView {
  private readonly chart = new AttentionChart('attention-chart');
  private readonly map = new HeatMap('attention-map', {
    xTitle: 'Time step',
    yTitle: 'Epoch',
    ramp: SEQUENTIAL,
    firstRow: 1,
  });
  private readonly channel = byId('attention-channel', HTMLSelectElement);
  private readonly summary = byId('attention-summary', HTMLElement);
  private readonly formation = byId('attention-formation', HTMLElement);
  private readonly scaleEnd = byId('attention-scale-end', HTMLElement);
  private readonly reading = byId('attention-reading', HTMLElement);
  private readonly rows = tableBody('attention-table');
  private readonly details = byId('attention-details', HTMLDetailsElement);
  /** One for each chart, because a frame draws one chart. */
  private readonly refreshers = [new Refresher(() => this.drawNow()), new Refresher(() => this.drawFormation())];
  /** Of the mean over the channels and, if there are several, of each channel. */
  private histories: AttentionHistory[] = [new AttentionHistory(1)];
  private latest: MeanAttention | undefined;
  /** The content of the heat map. */
  private matrix: Matrix = { rows: 0, columns: 0, values: [] };
  private planted: number | undefined;
  /** Why the ended run shows nothing yet. */
  private untrained: string | undefined;

  constructor() {
    this.details.addEventListener('toggle', () => this.drawTable());
    this.channel.addEventListener('change', () => this.draw());
    const map = byId('attention-map', HTMLCanvasElement);
    map.addEventListener('pointermove', (event) => this.read(event));
    map.addEventListener('pointerleave', () => this.reading.replaceChildren());
  }

  /** Empties it, for a run. */
  reset({ config, experiment, series }: TrainingPlan): void {
    const { timeSteps, inputDim } = config;
    this.planted = experiment?.attentionColumn;
    const count = inputDim === 1 ? 1 : inputDim + 1;
    const maxRows = Math.min(MAX_ROWS, 2 * Math.floor(MAX_VALUES / (2 * count * timeSteps)));
    this.histories = Array.from({ length: count }, () => new AttentionHistory(timeSteps, maxRows));
    this.latest = undefined;
    this.untrained = undefined;
    const names = series?.channelNames ?? Array.from({ length: inputDim }, (_, d) => `Channel ${d}`);
    fillSelect(this.channel, inputDim === 1 ? [] : names, 'Mean of all channels');
    for (const element of [this.summary, this.formation, this.reading, this.rows]) element.replaceChildren();
    this.chart.reset(timeSteps, this.planted);
    this.map.clear();
  }

  /** The attention after this epoch, or in the middle of one if `epoch` is absent. */
  set(attention: MeanAttention, epoch?: number): void {
    this.latest = attention;
    if (epoch !== undefined) {
      for (const [i, history] of this.histories.entries()) history.add(epoch, pick(attention, i - 1));
    }
    for (const refresher of this.refreshers) refresher.request();
  }

  /** The attention of a run that has ended; `untrained` is a sentence in the place of its largest step. */
  finish(attention: MeanAttention, untrained: string | undefined): void {
    this.untrained = untrained;
    this.set(attention);
  }

  /** Draws the content in the current colours. `set` schedules this. */
  draw(): void {
    this.drawNow();
    this.drawFormation();
  }

  /** The shown channel; −1 for the mean. */
  private get shown(): number {
    return this.channel.value === '' ? -1 : Number(this.channel.value);
  }

  private get now(): number[] {
    return this.latest ? pick(this.latest, this.shown) : [];
  }

  private get history(): AttentionHistory {
    return this.histories[this.shown + 1];
  }

  private drawNow(): void {
    if (!this.latest) return;
    const { shown } = this;
    this.chart.draw(this.now, shown < 0 ? 'bar' : `line-${lineStyle(shown).color}`);
    this.summary.textContent = this.describe();
    this.drawTable();
  }

  private drawFormation(): void {
    const { history, planted } = this;
    if (history.epochs === 0) return;
    const matrix = history.matrix();
    const high = largestOf(matrix.values);
    this.matrix = matrix;
    this.map.draw({ matrix, low: 0, high, unitsPerRow: history.epochsPerRow, marked: planted });
    this.scaleEnd.textContent = formatMetric(high);
    this.formation.textContent = this.untrained ? describeRows(history) : describeFormation(history, planted);
  }

  /** A hidden table is not drawn. */
  private drawTable(): void {
    if (!this.details.open) return;
    const { now } = this;
    const largest = largestStep(now);
    this.rows.replaceChildren(
      ...now.map((value, t) => tableRow([String(t), value.toFixed(4), this.remark(t, largest)])),
    );
  }

  private describe(): string {
    const { now, planted, untrained } = this;
    if (untrained) return untrained;
    const largest = largestStep(now);
    const most = `Largest at time step ${largest}: ${formatMetric(now[largest])}`;
    if (planted === undefined) return `${most}.`;
    if (largest === planted) return `${most}. That is where the label is planted.`;
    return `${most}. The label is planted in time step ${planted}: ${formatMetric(now[planted])}.`;
  }

  private remark(t: number, largest: number): string {
    return [t === this.planted && 'planted', t === largest && !this.untrained && 'largest'].filter(Boolean).join(', ');
  }

  /** Reads out the cell under the pointer. */
  private read(event: MouseEvent): void {
    const cell = this.map.cellAt(event);
    if (!cell) return;
    const { values, columns } = this.matrix;
    const value = formatMetric(values[cell.row * columns + cell.column]);
    this.reading.textContent = `${this.history.nameRow(cell.row)}, time step ${cell.column}: ${value}`;
  }
}

/** Attention over the time steps: of a channel, or with −1 the mean of all. */
function pick(attention: MeanAttention, channel: number): number[] {
  return channel < 0 ? attentionOverSteps(attention) : attentionOfChannel(attention, channel);
}

/** Since when the largest step has been the largest, and what a row of the picture means. */
function describeFormation(history: AttentionHistory, planted?: number): string {
  const since = describeLargest(history.largest, history.largestSince, planted);
  return `${since} ${describeRows(history)}`.trimEnd();
}

/** What a row of the picture means, if it is not an epoch. */
function describeRows({ epochsPerRow }: AttentionHistory): string {
  return epochsPerRow === 1 ? '' : `A row is the mean of ${epochsPerRow} epochs.`;
}

function describeLargest(largest: number, since: number, planted: number | undefined): string {
  if (planted === undefined) return `Largest at time step ${largest} since epoch ${since}.`;
  return largest === planted
    ? `Largest at time step ${planted}, where the label is planted, since epoch ${since}.`
    : `Time step ${planted}, where the label is planted, is not the largest yet.`;
}
