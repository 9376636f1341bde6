import { MOST_LINES } from '../../../model/line_colors.ts';
import {
  attentionByClass,
  attentionOfChannel,
  attentionOverSteps,
  type MeanAttention,
  meanAttention,
} from '../../../train/mean_attention.ts';
import { byId, fillSelect, tableBody, tableHead, tableRow } from '../../dom.ts';
import { shorten } from '../../text.ts';
import { StepChart, styleOf } from '../samples/step_chart.ts';
import { type ComparedSeries, isCompared, type PredictedSeries } from './prediction_run.ts';

/** Longer names would fill the chart with its legend. */
const LEGEND_LETTERS = 24;

/** A line of the chart and a column of the table. */
interface NamedAttention {
  name: string;
  attention: MeanAttention;
}

/**
 * The mean attention over the series of each class; over all series if they have no classes, then of each channel too.
 */
export class ClassAttentionView {
  private readonly chart = new StepChart('class-attention-chart', 'Attention');
  private readonly channel = byId('class-attention-channel', HTMLSelectElement);
  private readonly details = byId('class-attention-details', HTMLDetailsElement);
  private lines: NamedAttention[] = [];

  constructor() {
    this.channel.addEventListener('change', () => this.draw());
    this.details.addEventListener('toggle', () => this.drawTable());
  }

  show(predicted: PredictedSeries): void {
    const { channelNames, inputDim, target } = predicted.set;
    const isByClass = target.kind === 'class' && isCompared(predicted);
    byId('class-attention-heading', HTMLElement).textContent = isByClass ? 'Attention by class' : 'Mean attention';
    const all = isByClass ? ofClasses(predicted, target.classes) : ofChannels(predicted);
    fillSelect(this.channel, inputDim === 1 || !isByClass ? [] : channelNames, 'Mean of all');
    this.lines = all.slice(0, MOST_LINES);
    const hidden = all.length - this.lines.length;
    byId('class-attention-note', HTMLElement).textContent =
      hidden > 0 ? `Shown are the first ${MOST_LINES} of ${all.length} ${isByClass ? 'classes' : 'channels'}.` : '';
    this.draw();
  }

  private draw(): void {
    const lines = this.lines.map(({ name, attention }, i) => {
      return { name: shorten(name, LEGEND_LETTERS), values: this.pick(attention), ...styleOf(i) };
    });
    if (lines.length > 0) this.chart.draw(lines);
    this.drawTable();
  }

  /** A hidden table is not drawn. */
  private drawTable(): void {
    if (!this.details.open) return;
    tableHead('class-attention-table', ['Time step', ...this.lines.map(({ name }) => name)]);
    const columns = this.lines.map(({ attention }) => this.pick(attention));
    const steps = columns[0]?.map((_, t) => tableRow([String(t), ...columns.map((values) => values[t].toFixed(4))]));
    tableBody('class-attention-table').replaceChildren(...(steps ?? []));
  }

  private pick(attention: MeanAttention): number[] {
    const { value } = this.channel;
    return value === '' ? attentionOverSteps(attention) : attentionOfChannel(attention, Number(value));
  }
}

/** The attention of the classes that have series. */
function ofClasses({ set, prediction }: ComparedSeries, classes: readonly string[]): NamedAttention[] {
  return attentionByClass(set, prediction, classes.length)
    .map((attention, index) => ({ name: classes[index], attention }))
    .filter(({ attention }) => !Number.isNaN(attention.values[0]));
}

/** The mean attention over all series, a line for each channel. */
function ofChannels({ set, prediction }: PredictedSeries): NamedAttention[] {
  const all = meanAttention(set, prediction);
  if (set.inputDim === 1) return [{ name: 'All series', attention: all }];
  return set.channelNames.map((name, channel) => {
    const values = attentionOfChannel(all, channel);
    return { name, attention: { timeSteps: set.timeSteps, inputDim: 1, values } };
  });
}
