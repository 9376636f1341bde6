import { metricOf } from '../../model/outputs/index.ts';
import { type EpochRecord, formatEpoch, formatMetric, metricsOf } from '../../train/history.ts';
import { isComparable, KERAS_RUN } from '../../train/keras_run.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import type { TrainingPlan } from './training_plan.ts';

/** Most lines and rows on the page; a run of very many epochs would make it slow. The downloads have all epochs. */
const MAX_SHOWN = 1000;

/**
 * The epochs in words: a log in Keras' format, and a table of the same numbers, beside Keras' numbers for the same run
 * if they are known.
 */
export class HistoryList {
  private readonly log = byId('log', HTMLElement);
  private readonly rows = tableBody('history-table');
  private readonly empty = create('p', '', 'log-empty');
  private comparable = false;

  /** Empties it, for a run. */
  clear({ config, experiment }: TrainingPlan): void {
    this.say('Nothing trained yet. Every epoch adds a line here.');
    this.log.replaceChildren(this.empty);
    this.rows.replaceChildren();
    this.comparable = experiment !== undefined && isComparable(experiment);
    const metric = metricOf(config.output).words;
    byId('history-metric', HTMLElement).textContent = metric.replace(/^./, (letter) => letter.toUpperCase());
    byId('history-val-metric', HTMLElement).textContent = `Validation ${metric}`;
    byId('history-table', HTMLElement).toggleAttribute('data-compared', this.comparable);
    byId('keras-note', HTMLElement).hidden = !this.comparable;
    byId('keras-hint', HTMLElement).hidden = this.comparable || !experiment;
  }

  /** Shows a text while there is no epoch. */
  say(text: string): void {
    this.empty.textContent = text;
  }

  add(records: EpochRecord[], epochs: number, steps: number): void {
    if (records.length === 0) return;
    const { log, rows } = this;
    // If the user has scrolled back to read, the log stays there; otherwise it follows the end.
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    this.empty.remove();
    const shown = records.slice(-MAX_SHOWN);
    log.append(...shown.map((record) => logEntry(record, epochs, steps)));
    rows.append(...shown.map((record) => historyRow(record, this.comparable)));
    for (const list of [log, rows]) {
      while (list.childElementCount > MAX_SHOWN) list.firstElementChild?.remove();
    }
    if (atEnd) log.scrollTop = log.scrollHeight;
  }
}

function logEntry(record: EpochRecord, epochs: number, steps: number): HTMLElement {
  const entry = create('p');
  entry.append(create('span', `Epoch ${record.epoch}/${epochs}`), '\n', create('span', formatEpoch(record, steps)));
  return entry;
}

function historyRow(record: EpochRecord, comparable: boolean): HTMLTableRowElement {
  const row = tableRow([String(record.epoch), record.seconds.toFixed(2), ...metricCells(record)]);
  if (comparable) row.append(...metricCells(KERAS_RUN[record.epoch - 1]).map((text) => create('td', text, 'keras')));
  return row;
}

/** A cell for each metric. */
function metricCells(record?: EpochRecord): string[] {
  return metricsOf(record ? [record] : []).map(([, key]) => {
    const value = record?.[key];
    return value === undefined ? '–' : formatMetric(value);
  });
}
