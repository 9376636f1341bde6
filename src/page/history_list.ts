import { type EpochRecord, formatEpoch, formatMetric } from '../train/history.ts';
import { byId, create, tableBody, tableRow } from './dom.ts';

/** Lines and rows kept in the page; a run of very many epochs would make it slow. The downloads have all. */
const MAX_SHOWN = 1000;

/** The epochs in words: a log as Keras prints it, and a table of the same numbers. */
export class HistoryList {
  private readonly log = byId('log', HTMLElement);
  private readonly rows = tableBody('history-table');

  clear(): void {
    this.log.replaceChildren(create('p', 'The first epoch is being trained.', 'log-empty'));
    this.rows.replaceChildren();
  }

  add(records: EpochRecord[], epochs: number, steps: number): void {
    if (records.length === 0) return;
    const { log, rows } = this;
    // Whoever scrolled back to read stays there; at the end, the log follows.
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    log.querySelector('.log-empty')?.remove();
    const shown = records.slice(-MAX_SHOWN);
    log.append(...shown.map((record) => logEntry(record, epochs, steps)));
    rows.append(...shown.map(historyRow));
    for (const list of [log, rows]) {
      while (list.childElementCount > MAX_SHOWN) list.firstElementChild?.remove();
    }
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  /** What the log says when a run ended before its first epoch did. */
  sayNoEpoch(): void {
    const empty = this.log.querySelector('.log-empty');
    if (empty) empty.textContent = 'No epoch was finished.';
  }
}

function logEntry(record: EpochRecord, epochs: number, steps: number): HTMLElement {
  const entry = create('p');
  entry.append(create('span', `Epoch ${record.epoch}/${epochs}`), '\n', create('span', formatEpoch(record, steps)));
  return entry;
}

function historyRow({ epoch, seconds, loss, accuracy, valLoss, valAccuracy }: EpochRecord): HTMLTableRowElement {
  const metrics = [loss, accuracy, valLoss, valAccuracy].map((value) =>
    value === undefined ? '–' : formatMetric(value),
  );
  return tableRow([String(epoch), seconds.toFixed(2), ...metrics]);
}
